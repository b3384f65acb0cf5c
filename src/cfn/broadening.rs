//! What a change of a template newly permits: the comparison behind `--require-approval broadening`. Pure.
//!
//! Rights are found by their form and not by a list of types: every policy document of every resource, managed policies
//! of roles, permissions of functions, and rules of security groups. A statement that an earlier one of the same resource
//! covers is no broadening; a denial that is gone is one.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Template, short_text};

/// Something that a change newly permits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Broadening {
    /// The resource whose rights, or the rights to which, grow.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// What is permitted, for people.
    pub permits: String,
}

/// Lists what a template permits that the former one did not. Everything is new where there was none. What is permitted by
/// the value of a parameter is new where this value changes.
pub fn broadenings(former: Option<&Template>, template: &Template, changed_values: &BTreeSet<&str>) -> Vec<Broadening> {
    let mut found = Vec::new();
    for (logical_id, resource) in template.resources() {
        let before = former.and_then(|former| former.resources().find(|(id, _)| *id == logical_id)).map(|(_, old)| old);
        let before = before.map(Rights::of).unwrap_or_default();
        let now = Rights::of(resource);
        let resource_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        found.extend(now.beyond(&before, changed_values).into_iter().map(|permits| Broadening {
            logical_id: logical_id.clone(),
            resource_type: resource_type.to_owned(),
            permits,
        }));
    }
    found
}

/// The rights that a resource gives.
#[derive(Debug, Default)]
struct Rights {
    allowed: Vec<Statement>,
    denied: Vec<Statement>,
    /// Managed policies, whom policies are attached to, permissions of functions, rules of security groups.
    grants: BTreeSet<String>,
    /// Permissions boundaries.
    boundaries: BTreeSet<String>,
}

/// What a policy is attached to, by the property that names it.
const ATTACHMENTS: [(&str, &str); 3] = [("Roles", "role"), ("Users", "user"), ("Groups", "group")];

/// A statement of a policy, with single values made lists.
#[derive(Debug, PartialEq, Eq)]
struct Statement {
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
    principals: BTreeSet<String>,
    condition: String,
    /// Elements that are compared as they are, such as `NotAction`.
    others: String,
}

impl Rights {
    fn of(resource: &Value) -> Self {
        let mut rights = Self::default();
        let resource_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        let Some(properties) = resource.get("Properties") else { return rights };
        rights.collect_statements(properties);
        for arn in list(properties.get("ManagedPolicyArns")) {
            rights.grants.insert(format!("the managed policy {arn}"));
        }
        rights.boundaries = list(properties.get("PermissionsBoundary")).into_iter().collect();
        match resource_type {
            "AWS::IAM::Policy" | "AWS::IAM::ManagedPolicy" => {
                for (property, kind) in ATTACHMENTS {
                    let attached = list(properties.get(property)).into_iter();
                    rights.grants.extend(attached.map(|name| format!("the policy's rights for {kind} {name}")));
                }
            }
            "AWS::IAM::UserToGroupAddition" => {
                rights.grants.insert(format!("membership of a group: {properties}"));
            }
            "AWS::Lambda::Permission" => {
                rights.grants.insert(format!("calls of a function: {properties}"));
            }
            "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => {
                rights.grants.insert(format!("traffic: {properties}"));
            }
            "AWS::EC2::SecurityGroup" => {
                for direction in ["SecurityGroupIngress", "SecurityGroupEgress"] {
                    for rule in list(properties.get(direction)) {
                        rights.grants.insert(format!("traffic ({direction}): {rule}"));
                    }
                }
            }
            _ => {}
        }
        rights
    }

    /// Finds every policy document below a value.
    fn collect_statements(&mut self, value: &Value) {
        match value {
            Value::Object(object) => {
                if let Some(statements) = object.get("Statement") {
                    self.add_statements(statements);
                }
                for (key, value) in object {
                    if key != "Statement" {
                        self.collect_statements(value);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.collect_statements(value)),
            _ => {}
        }
    }

    fn add_statements(&mut self, statements: &Value) {
        match statements {
            Value::Array(statements) => statements.iter().for_each(|statement| self.add_statements(statement)),
            Value::Object(statement) if statement.contains_key("Effect") => {
                let is_denied = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
                if is_denied { &mut self.denied } else { &mut self.allowed }.push(Statement::of(statement));
            }
            // A condition of the template: each of its branches may come true.
            Value::Object(branches) => branches.values().for_each(|branch| self.add_statements(branch)),
            _ => {}
        }
    }

    /// What these rights permit beyond others, for people.
    fn beyond(&self, others: &Self, changed_values: &BTreeSet<&str>) -> Vec<String> {
        let covered = |statement: &&Statement| others.allowed.iter().any(|other| other.covers(statement));
        let (known, allowed): (Vec<_>, Vec<_>) = self.allowed.iter().partition(covered);
        let lifted = others.denied.iter().filter(|statement| !self.denied.iter().any(|other| other.covers(statement)));
        let known = known.into_iter().map(|statement| format!("allows {}", statement.describe()));
        let revalued = known.chain(self.grants.intersection(&others.grants).cloned()).filter_map(|permits| {
            let changed = changed_values.iter().find(|name| mentions(&permits, name))?;
            Some(format!("{permits}, with another value of `{changed}`"))
        });
        allowed
            .into_iter()
            .map(|statement| format!("allows {}", statement.describe()))
            .chain(lifted.map(|statement| format!("no longer denies {}", statement.describe())))
            .chain(self.grants.difference(&others.grants).cloned())
            .chain(
                others
                    .boundaries
                    .difference(&self.boundaries)
                    .map(|boundary| format!("no longer bounded by {boundary}")),
            )
            .chain(revalued)
            .collect()
    }
}

/// Whether a text, as [`short_text`] makes it, refers to a parameter.
fn mentions(permits: &str, parameter: &str) -> bool {
    permits.contains(&format!("${{{parameter}}}")) || permits.contains(&format!("\"Ref\":\"{parameter}\""))
}

impl Statement {
    fn of(statement: &Map<String, Value>) -> Self {
        let texts = |key: &str| list(statement.get(key)).into_iter().collect();
        let principals = match statement.get("Principal") {
            Some(Value::Object(principals)) => principals
                .iter()
                .flat_map(|(kind, values)| list(Some(values)).into_iter().map(move |value| format!("{kind} {value}")))
                .collect(),
            other => list(other).into_iter().collect(),
        };
        let others: Map<String, Value> = ["NotAction", "NotResource", "NotPrincipal"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), statement.get(key)?.clone())))
            .collect();
        Self {
            actions: texts("Action"),
            resources: texts("Resource"),
            principals,
            condition: statement.get("Condition").map(Value::to_string).unwrap_or_default(),
            others: Value::Object(others).to_string(),
        }
    }

    /// Tells whether another statement says nothing beyond this one.
    fn covers(&self, other: &Self) -> bool {
        other.actions.is_subset(&self.actions)
            && other.resources.is_subset(&self.resources)
            && other.principals.is_subset(&self.principals)
            && (self.condition.is_empty() || self.condition == other.condition)
            && self.others == other.others
    }

    fn describe(&self) -> String {
        let join = |texts: &BTreeSet<String>| texts.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let mut text = match self.actions.is_empty() {
            true => self.others.clone(),
            false => join(&self.actions),
        };
        if !self.resources.is_empty() {
            text = format!("{text} on {}", join(&self.resources));
        }
        if !self.principals.is_empty() {
            text = format!("{text} to {}", join(&self.principals));
        }
        text
    }
}

/// The values of an element that may be one or many, each as text.
fn list(value: Option<&Value>) -> Vec<String> {
    match value {
        None => Vec::new(),
        Some(Value::Array(values)) => values.iter().map(short_text).collect(),
        Some(value) => vec![short_text(value)],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn template(statement: &Value) -> Template {
        let root = json!({ "Resources": { "R": {
            "Type": "AWS::IAM::Role",
            "Properties": { "Policies": [{ "PolicyDocument": { "Statement": [statement] } }] },
        } } });
        Template::from_value(root.as_object().unwrap().clone())
    }

    fn permits(former: &Value, now: &Value) -> Vec<String> {
        broadenings(Some(&template(former)), &template(now), &BTreeSet::new())
            .into_iter()
            .map(|found| found.permits)
            .collect()
    }

    #[test]
    fn what_was_permitted_before_is_no_broadening() {
        let wide = json!({ "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*" });
        let narrow = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*"] });
        assert_eq!(permits(&wide, &wide), [""; 0]);
        assert_eq!(permits(&wide, &narrow), [""; 0]);
        assert_eq!(permits(&narrow, &wide), ["allows s3:GetObject, s3:PutObject on *"]);
        assert_eq!(broadenings(None, &template(&narrow), &BTreeSet::new()).len(), 1);
    }

    #[test]
    fn a_condition_that_is_gone_and_a_denial_that_is_gone_are_broadenings() {
        let allow = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "*" });
        let mut bounded = allow.clone();
        bounded["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
        assert_eq!(permits(&allow, &bounded), [""; 0]);
        assert_eq!(permits(&bounded, &allow), ["allows a:B on *"]);
        let mut deny = allow.clone();
        deny["Effect"] = json!("Deny");
        assert_eq!(
            permits(&deny, &json!({ "Effect": "Deny", "Action": "x:Y", "Resource": "*" })),
            ["no longer denies a:B on *"]
        );
    }

    #[test]
    fn managed_policies_and_rules_of_networks_count() {
        let resource = |properties: Value, resource_type: &str| {
            let root = json!({ "Resources": { "R": { "Type": resource_type, "Properties": properties } } });
            Template::from_value(root.as_object().unwrap().clone())
        };
        let role = resource(json!({ "ManagedPolicyArns": ["arn:a"] }), "AWS::IAM::Role");
        assert_eq!(broadenings(None, &role, &BTreeSet::new())[0].permits, "the managed policy arn:a");
        assert_eq!(broadenings(Some(&role), &role, &BTreeSet::new()), []);
        let group = resource(json!({ "SecurityGroupIngress": [{ "CidrIp": "0.0.0.0/0" }] }), "AWS::EC2::SecurityGroup");
        assert_eq!(broadenings(None, &group, &BTreeSet::new()).len(), 1);
    }

    #[test]
    fn attachments_boundaries_and_values_count() {
        let policy = |properties: Value| {
            let root = json!({ "Resources": { "R": { "Type": "AWS::IAM::Policy", "Properties": properties } } });
            Template::from_value(root.as_object().unwrap().clone())
        };
        let of = |former: &Value, now: &Value, changed: &[&str]| -> Vec<String> {
            let changed = changed.iter().copied().collect();
            let found = broadenings(Some(&policy(former.clone())), &policy(now.clone()), &changed);
            found.into_iter().map(|found| found.permits).collect()
        };
        let (one, two) = (json!({ "Roles": ["a"] }), json!({ "Roles": ["a", "b"] }));
        assert_eq!(of(&one, &two, &[]), ["the policy's rights for role b"]);
        assert_eq!(of(&two, &one, &[]), [""; 0]);
        let bounded = json!({ "PermissionsBoundary": "arn:b" });
        assert_eq!(of(&bounded, &json!({}), &[]), ["no longer bounded by arn:b"]);
        assert_eq!(of(&json!({}), &bounded, &[]), [""; 0]);
        let statement = json!({ "Effect": "Allow", "Action": "a:B", "Resource": { "Ref": "Target" } });
        let valued = json!({ "PolicyDocument": { "Statement": statement } });
        assert_eq!(of(&valued, &valued, &["Other"]), [""; 0]);
        assert_eq!(of(&valued, &valued, &["Target"]), ["allows a:B on ${Target}, with another value of `Target`"]);
    }
}
