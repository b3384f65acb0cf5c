//! IAM policies as data, so that tests can say what a role may do.

use serde_json::{Value, json};

/// What a statement says of its actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// They are allowed.
    Allow,
    /// They are forbidden.
    Deny,
}

/// A statement of a policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Whether it allows or forbids.
    pub effect: Effect,
    /// The actions, such as `s3:GetObject`.
    pub actions: Vec<String>,
    /// The resources: texts or intrinsic functions.
    pub resources: Vec<Value>,
    /// The principals, in a resource's policy.
    pub principal: Option<Value>,
    /// The condition, if any, as IAM writes it.
    pub condition: Option<Value>,
}

impl Statement {
    /// Allows actions on resources.
    pub(super) fn allow(actions: &[&str], resources: impl IntoIterator<Item = Value>) -> Self {
        Self {
            effect: Effect::Allow,
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            resources: resources.into_iter().collect(),
            principal: None,
            condition: None,
        }
    }

    /// The same for everybody, but forbidden.
    pub(super) fn deny_all(actions: &[&str], resources: impl IntoIterator<Item = Value>) -> Self {
        Self { effect: Effect::Deny, ..Self::allow(actions, resources) }.for_principal(json!("*"))
    }

    /// Narrows the statement.
    #[must_use]
    pub(super) fn when(mut self, condition: Value) -> Self {
        self.condition = Some(condition);
        self
    }

    /// Says to whom the statement applies, in a resource's policy.
    #[must_use]
    pub(super) fn for_principal(mut self, principal: Value) -> Self {
        self.principal = Some(principal);
        self
    }

    /// The statement as IAM writes it.
    pub(super) fn render(&self) -> Value {
        let effect = match self.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        };
        let mut statement =
            json!({ "Effect": effect, "Action": one_or_all(self.actions.iter().map(|action| json!(action))) });
        statement["Resource"] = one_or_all(self.resources.iter().cloned());
        if let Some(principal) = &self.principal {
            statement["Principal"] = principal.clone();
        }
        if let Some(condition) = &self.condition {
            statement["Condition"] = condition.clone();
        }
        statement
    }
}

/// A policy document.
pub(super) fn document(statements: &[Statement]) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": statements.iter().map(Statement::render).collect::<Vec<_>>(),
    })
}

fn one_or_all(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<Value> = values.collect();
    if values.len() == 1 { values.remove(0) } else { Value::Array(values) }
}
