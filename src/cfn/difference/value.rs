//! Two values of a template, compared place by place.

use std::collections::BTreeSet;

use serde_json::Value;

use super::ValueChange;
use crate::cfn::intrinsic::is_function;
use crate::cfn::references;

/// A walk through two values.
pub(super) struct Comparison<'a> {
    /// What becomes another value: parameters, resources that are replaced.
    changed: &'a BTreeSet<&'a str>,
    path: Vec<String>,
    /// What was found.
    pub found: Vec<ValueChange>,
}

impl<'a> Comparison<'a> {
    pub fn new(changed: &'a BTreeSet<&'a str>) -> Self {
        Self { changed, path: Vec::new(), found: Vec::new() }
    }

    /// Does something one step deeper.
    pub fn at(&mut self, key: &str, work: impl FnOnce(&mut Self)) {
        self.path.push(key.to_owned());
        work(self);
        self.path.pop();
    }

    /// Compares two values of one place.
    pub fn compare(&mut self, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (Some(before), Some(after)) if is_same(before, after) => self.follow(after),
            (Some(Value::Object(old)), Some(Value::Object(new)))
                if !before.is_some_and(is_function) && !after.is_some_and(is_function) =>
            {
                let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for key in keys {
                    self.at(key, |deeper| deeper.compare(old.get(key), new.get(key)));
                }
            }
            (Some(Value::Array(old)), Some(Value::Array(new))) => self.compare_lists(old, new),
            (None, None) => {}
            (before, after) => self.push(before, after, Vec::new()),
        }
    }

    /// Lists are the same at their beginnings and ends; what is between is compared one by one if it is as much.
    fn compare_lists(&mut self, before: &[Value], after: &[Value]) {
        let shorter = before.len().min(after.len());
        let head = before.iter().zip(after).take_while(|(before, after)| is_same(before, after)).count();
        let backwards = before.iter().rev().zip(after.iter().rev()).take(shorter - head);
        let tail = backwards.take_while(|(before, after)| is_same(before, after)).count();
        let (old, new) = (head..before.len() - tail, head..after.len() - tail);
        for (position, value) in after.iter().enumerate().filter(|(position, _)| !new.contains(position)) {
            self.at(&position.to_string(), |deeper| deeper.follow(value));
        }
        if old.len() == new.len() {
            for position in old {
                self.at(&position.to_string(), |deeper| {
                    deeper.compare(before.get(position), after.get(position));
                });
            }
            return;
        }
        for position in old {
            self.at(&position.to_string(), |deeper| deeper.push(before.get(position), None, Vec::new()));
        }
        for position in new {
            self.at(&position.to_string(), |deeper| deeper.push(None, after.get(position), Vec::new()));
        }
    }

    /// Finds what becomes another value because something that it refers to does.
    fn follow(&mut self, value: &Value) {
        if self.changed.is_empty() {
            return;
        }
        match value {
            Value::Object(object) if !is_function(value) => {
                for (key, value) in object {
                    self.at(key, |deeper| deeper.follow(value));
                }
            }
            Value::Array(items) => {
                for (position, item) in items.iter().enumerate() {
                    self.at(&position.to_string(), |deeper| deeper.follow(item));
                }
            }
            _ => {
                let targets = references(value).into_iter().map(|reference| reference.target().to_owned());
                let follows: BTreeSet<String> = targets.filter(|name| self.changed.contains(name.as_str())).collect();
                if !follows.is_empty() {
                    self.push(Some(value), Some(value), follows.into_iter().collect());
                }
            }
        }
    }

    fn push(&mut self, before: Option<&Value>, after: Option<&Value>, follows: Vec<String>) {
        let path = self.path.clone();
        self.found.push(ValueChange { path, before: before.cloned(), after: after.cloned(), follows });
    }
}

/// Whether a value holds an intrinsic function anywhere.
pub(super) fn has_function(value: &Value) -> bool {
    match value {
        Value::Object(object) => is_function(value) || object.values().any(has_function),
        Value::Array(items) => items.iter().any(has_function),
        _ => false,
    }
}

/// Whether CloudFormation takes two values for the same: numbers and truth values may be written as texts.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| is_same(value, other)))
        }
        _ => one == other || scalar(one).is_some_and(|one| scalar(other) == Some(one)),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
