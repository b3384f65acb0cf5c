//! A statement of a policy.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::entries;
use crate::cfn::short_text;

/// A statement of a policy, with single values made lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    actions: BTreeSet<String>,
    resources: BTreeSet<String>,
    principals: BTreeSet<String>,
    condition: String,
    /// Elements that are compared as they are, such as `NotAction`.
    others: String,
}

/// An element with a list, its opposite, and the words before each of them.
const ELEMENTS: [[(&str, &str); 2]; 3] = [
    [("Action", ""), ("NotAction", "everything but ")],
    [("Resource", " on "), ("NotResource", " on everything but ")],
    [("Principal", " to "), ("NotPrincipal", " to everybody but ")],
];

impl Statement {
    /// Reads a statement.
    pub fn of(statement: &Map<String, Value>) -> Self {
        let texts = |key: &str| listed(statement, key, Value::to_string).into_iter().collect();
        let others: Map<String, Value> = ["NotAction", "NotResource", "NotPrincipal"]
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), statement.get(key)?.clone())))
            .collect();
        Self {
            actions: texts("Action"),
            resources: texts("Resource"),
            principals: texts("Principal"),
            condition: statement.get("Condition").map(Value::to_string).unwrap_or_default(),
            others: Value::Object(others).to_string(),
        }
    }

    /// Tells whether another statement says nothing beyond this one.
    pub fn covers(&self, other: &Self) -> bool {
        // An element that is not there says nothing of what it would restrict.
        let includes = |ours: &BTreeSet<String>, theirs: &BTreeSet<String>| {
            theirs.is_subset(ours) && theirs.is_empty() == ours.is_empty()
        };
        includes(&self.actions, &other.actions)
            && includes(&self.resources, &other.resources)
            && includes(&self.principals, &other.principals)
            && (self.condition.is_empty() || self.condition == other.condition)
            && self.others == other.others
    }
}

/// A statement for people.
pub(super) fn described(statement: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (key, words) in ELEMENTS.iter().flatten() {
        let listed = listed(statement, key, short_text);
        if !listed.is_empty() {
            text = format!("{text}{words}{}", listed.join(", "));
        }
    }
    match statement.get("Condition") {
        Some(condition) => format!("{text} if {condition}"),
        None => text,
    }
}

/// The values of an element, each as text; those of principals after their kinds.
fn listed(statement: &Map<String, Value>, key: &str, text: impl Fn(&Value) -> String) -> Vec<String> {
    match statement.get(key) {
        Some(Value::Object(kinds)) if key.ends_with("Principal") => {
            let of = |(kind, values)| entries(Some(values)).into_iter().map(move |value| (kind, value));
            let all = kinds.iter().flat_map(of);
            all.map(|(kind, value): (&String, &Value)| format!("{kind} {}", text(value))).collect()
        }
        other => entries(other).into_iter().map(text).collect(),
    }
}
