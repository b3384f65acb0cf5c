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
            (Some(Value::String(old)), Some(Value::String(new))) => self.compare_texts(old, new),
            (None, None) => {}
            (before, after) => self.push(before, after, Vec::new()),
        }
    }

    /// Texts that hold JSON, such as the variables of a build in a pipeline, are compared as what they hold.
    fn compare_texts(&mut self, before: &str, after: &str) {
        let told = self.found.len();
        if let (Some(old), Some(new)) = (held(before), held(after)) {
            self.compare(Some(&old), Some(&new));
        }
        // They may hold the same, written otherwise.
        if self.found.len() == told {
            self.push(Some(&before.into()), Some(&after.into()), Vec::new());
        }
    }

    /// What has names is compared by them. Other lists are the same at their beginnings and ends; what is between is compared
    /// one by one if it is as much.
    fn compare_lists(&mut self, before: &[Value], after: &[Value]) {
        if let (Some(old), Some(new)) = (names(before), names(after)) {
            return self.compare_named(&old, &new);
        }
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

    fn compare_named(&mut self, before: &[(&str, &Value)], after: &[(&str, &Value)]) {
        let find = |list: &[(&str, &'_ Value)], wanted: &str| list.iter().position(|(name, _)| *name == wanted);
        let mut order = Vec::new();
        for (name, new) in after {
            let old = find(before, name);
            order.extend(old);
            self.at(name, |deeper| deeper.compare(old.map(|position| before[position].1), Some(new)));
        }
        for (name, old) in before.iter().filter(|(name, _)| find(after, name).is_none()) {
            self.at(name, |deeper| deeper.compare(Some(old), None));
        }
        if !order.is_sorted() {
            let all = |list: &[(&str, &Value)]| list.iter().map(|(name, _)| Value::from(*name)).collect::<Value>();
            self.at(ORDER, |deeper| deeper.push(Some(&all(before)), Some(&all(after)), Vec::new()));
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

/// What stands for the order of a list whose entries have names.
const ORDER: &str = "(order)";

/// The list or object that a text holds as JSON.
fn held(text: &str) -> Option<Value> {
    let value = if text.starts_with(['[', '{']) { serde_json::from_str(text).ok() } else { None };
    value.filter(|value: &Value| value.is_array() || value.is_object())
}

/// The entries of a list with their names, where each has one of its own: stages and actions of a pipeline, say.
fn names(list: &[Value]) -> Option<Vec<(&str, &Value)>> {
    let named = list.iter().map(|entry| Some((entry.get("Name").or(entry.get("name"))?.as_str()?, entry)));
    let named = named.collect::<Option<Vec<_>>>()?;
    let distinct: BTreeSet<&str> = named.iter().map(|(name, _)| *name).collect();
    (distinct.len() == named.len()).then_some(named)
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
