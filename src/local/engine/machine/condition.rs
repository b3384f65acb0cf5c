//! Conditions of stages: rules are looked at when an execution comes to a stage.
//!
//! ```text
//! enter ─▶ before entry ─all rules succeeded─▶ actions …
//!                 └─a rule failed─▶ SKIP: on to the next stage, FAIL: the stage has failed
//! ```

use std::collections::BTreeMap;

use jiff::Timestamp;
use regex::RegexBuilder;
use serde::{Deserialize, Serialize};

use super::begin::variable;
use super::{ActionId, Execution, ExecutionId, Machine};
use crate::local::engine::structure::condition::Operator;
use crate::local::engine::structure::{Condition, ConditionResult, Rule, RuleProvider, substitute};

/// How large a regular expression of a rule may become.
const LARGEST_EXPRESSION: usize = 1 << 20;

/// How the look at a condition stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConditionRun {
    /// How it stands.
    pub status: ConditionStatus,
    /// What follows if it failed.
    pub result: Option<ConditionResult>,
    /// Why it stands so.
    pub summary: Option<String>,
    /// When it last changed.
    pub changed: Timestamp,
    /// Its rules, in their order.
    pub rules: Vec<RuleRun>,
}

/// How a condition stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum ConditionStatus {
    Failed,
    Errored,
    Succeeded,
}

/// One look at a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRun {
    /// Its id.
    pub id: ActionId,
    /// The rule's name.
    pub rule: String,
    /// How it stands.
    pub status: RuleStatus,
    /// Why it stands so.
    pub summary: String,
    /// When it last changed.
    pub changed: Timestamp,
    /// The configuration with all references replaced.
    pub configuration: BTreeMap<String, String>,
}

/// How a look at a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum RuleStatus {
    Succeeded,
    Failed,
}

/// What a look at a rule gives.
enum Verdict {
    /// It holds, or does not.
    Is(RuleStatus, String),
    /// It could not be looked at.
    Error(String),
}

impl Machine {
    /// Looks at the condition before a stage, which the execution has just come to.
    pub(super) fn look_before(&mut self, id: &ExecutionId, stage: &str, at: Timestamp) {
        let Some(condition) = self.execution(id).and_then(|execution| {
            let stage = self.structure_of(execution.version)?.stage(stage)?;
            stage.before_entry.as_ref()?.conditions.first().cloned()
        }) else {
            return;
        };
        let looked = self.look(id, &condition, at);
        if let Some(run) = self.execution_mut(id).and_then(|execution| execution.stage_mut(stage)) {
            run.before_entry = looked;
        }
    }

    fn look(&mut self, id: &ExecutionId, condition: &Condition, at: Timestamp) -> Option<ConditionRun> {
        let mut status = ConditionStatus::Succeeded;
        let mut rules = Vec::new();
        for rule in &condition.rules {
            let beginning = self.begin_next();
            let execution = self.execution(id)?;
            let configuration = configuration(execution, rule);
            let verdict = match &configuration {
                Ok(configuration) => judge(rule, configuration),
                Err(error) => Verdict::Error(error.clone()),
            };
            let (outcome, summary) = match verdict {
                Verdict::Is(outcome, summary) => (outcome, summary),
                Verdict::Error(summary) => {
                    status = ConditionStatus::Errored;
                    (RuleStatus::Failed, summary)
                }
            };
            if outcome == RuleStatus::Failed && status == ConditionStatus::Succeeded {
                status = ConditionStatus::Failed;
            }
            rules.push(RuleRun {
                id: ActionId::derive(id, beginning),
                rule: rule.name.clone(),
                status: outcome,
                summary,
                changed: at,
                configuration: configuration.unwrap_or_default(),
            });
        }
        let failed = rules.iter().find(|rule| rule.status == RuleStatus::Failed);
        let summary = failed.map(|rule| format!("rule {}: {}", rule.rule, rule.summary));
        Some(ConditionRun { status, result: condition.result, summary, changed: at, rules })
    }
}

/// The configuration of a rule with all references replaced.
fn configuration(execution: &Execution, rule: &Rule) -> Result<BTreeMap<String, String>, String> {
    let resolve = |(key, value): (&String, &String)| match substitute(value, |used| variable(execution, used)) {
        Ok(value) => Ok((key.clone(), value)),
        Err(reference) => Err(format!("the variable reference {reference} in {key} has no value")),
    };
    rule.configuration.iter().map(resolve).collect()
}

fn judge(rule: &Rule, configuration: &BTreeMap<String, String>) -> Verdict {
    let text = |key: &str| configuration.get(key).map(String::as_str).unwrap_or_default();
    match rule.provider() {
        Some(RuleProvider::VariableCheck) => compare(text("Variable"), text("Operator"), text("Value")),
        None => Verdict::Error("the local endpoint does not execute this rule".to_owned()),
    }
}

/// Compares a variable with a value (rule reference, "VariableCheck").
fn compare(variable: &str, operator: &str, value: &str) -> Verdict {
    let holds = match Operator::of(operator) {
        Some(Operator::Equal) => variable == value,
        Some(Operator::NotEqual) => variable != value,
        Some(Operator::Contains) => variable.contains(value),
        // As Java matches: the whole text.
        Some(Operator::Matches) => {
            match RegexBuilder::new(&format!("^(?:{value})$")).size_limit(LARGEST_EXPRESSION).build() {
                Ok(expression) => expression.is_match(variable),
                Err(error) => return Verdict::Error(format!("`{value}` cannot be matched here: {error}")),
            }
        }
        None => return Verdict::Error(format!("`{operator}` is no operator")),
    };
    let (status, word) = if holds { (RuleStatus::Succeeded, "holds") } else { (RuleStatus::Failed, "does not hold") };
    Verdict::Is(status, format!("`{variable}` {operator} `{value}` {word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_compared() {
        let holds = |variable: &str, operator: &str, value: &str| match compare(variable, operator, value) {
            Verdict::Is(status, _) => Some(status == RuleStatus::Succeeded),
            Verdict::Error(_) => None,
        };
        assert_eq!(holds("a", "EQ", "a"), Some(true));
        assert_eq!(holds("a", "EQ", "A"), Some(false));
        assert_eq!(holds("a", "NE", "b"), Some(true));
        assert_eq!(holds("/Staging/Prod/", "CONTAINS", "/Prod/"), Some(true));
        assert_eq!(holds("/Staging/Prod2/", "CONTAINS", "/Prod/"), Some(false));
        assert_eq!(holds("release-7", "MATCHES", "release-[0-9]+"), Some(true));
        assert_eq!(holds("a release-7", "MATCHES", "release-[0-9]+"), Some(false));
        assert_eq!(holds("a", "MATCHES", "(?!b)a"), None);
        assert_eq!(holds("a", "LIKE", "a"), None);
    }
}
