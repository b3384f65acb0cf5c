//! Policy documents, wherever they are in a resource: as objects, and as texts that hold such.

use serde_json::{Map, Value};

use super::guard::{Guards, branches};
use crate::cfn::intrinsic::is_function;
use crate::cfn::plain_text;

/// What is found of policies.
pub(super) trait Finder {
    /// A statement. `source` is what it is written in, with all that its values depend on.
    fn statement(&mut self, statement: &Map<String, Value>, source: &Value, guards: &Guards);

    /// Statements that cannot be read, since only the deployment puts them together.
    fn unread(&mut self, source: &Value, guards: &Guards);
}

/// Finds every policy document below a value. Returns whether there is any.
pub(super) fn find(value: &Value, guards: &Guards, finder: &mut impl Finder) -> bool {
    if let Some(branches) = branches(value, guards) {
        return branches.iter().fold(false, |found, (branch, guards)| find(branch, guards, finder) || found);
    }
    match value {
        Value::String(_) => find_in_text(value, guards, finder),
        Value::Object(_) if is_function(value) && find_in_text(value, guards, finder) => true,
        // All are looked into, not only those up to the first one.
        Value::Array(values) => values.iter().filter(|value| find(value, guards, finder)).count() > 0,
        Value::Object(object) => object.iter().fold(false, |found, (key, value)| {
            let is_here = match key.as_str() {
                "Statement" => {
                    statements(value, None, guards, finder);
                    true
                }
                _ => find(value, guards, finder),
            };
            is_here || found
        }),
        _ => false,
    }
}

/// Adds the statements of a document; each of the branches of a condition may come true.
fn statements(value: &Value, source: Option<&Value>, guards: &Guards, finder: &mut impl Finder) {
    if let Some(branches) = branches(value, guards) {
        return branches.iter().for_each(|(branch, guards)| statements(branch, source, guards, finder));
    }
    match value {
        Value::Array(several) => several.iter().for_each(|one| statements(one, source, guards, finder)),
        Value::Object(statement) if statement.get("Effect").is_some_and(Value::is_string) => {
            finder.statement(statement, source.unwrap_or(value), guards);
        }
        Value::Object(_) if *value == no_value() => {}
        // Firewalls, too, have what they call statements.
        Value::Object(other) if !is_function(value) && !other.contains_key("Effect") => {
            let _ = find(value, guards, finder);
        }
        Value::String(_) => {
            let _ = find_in_text(value, guards, finder);
        }
        _ => finder.unread(source.unwrap_or(value), guards),
    }
}

/// A text that begins like JSON and speaks of statements is a policy.
fn find_in_text(source: &Value, guards: &Guards, finder: &mut impl Finder) -> bool {
    let mut all = String::new();
    pieces(source, &mut all);
    if !(all.trim_start().starts_with(['{', '[']) && all.contains("\"Statement\"")) {
        return false;
    }
    let held = plain_text(source).and_then(|text| serde_json::from_str::<Value>(&text).ok());
    match held.as_ref().and_then(|held| held.get("Statement")) {
        Some(held) => statements(held, Some(source), guards, finder),
        None => finder.unread(source, guards),
    }
    true
}

/// Puts the texts in a value one after the other.
fn pieces(value: &Value, all: &mut String) {
    match value {
        Value::String(text) => all.push_str(text),
        Value::Array(values) => values.iter().for_each(|value| pieces(value, all)),
        Value::Object(object) => object.values().for_each(|value| pieces(value, all)),
        _ => {}
    }
}

/// What stands where nothing is given.
pub(super) fn no_value() -> Value {
    crate::cfn::intrinsic::reference("AWS::NoValue")
}
