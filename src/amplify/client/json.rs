//! Objects of which some members may be missing, and truth as JavaScript sees it.

use serde_json::{Map, Value};

/// An object with those members that are there.
pub(super) fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    Value::Object(members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect())
}

/// A member of an object within an object and so on.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| value.get(key)).filter(|value| !value.is_null())
}

/// A copy of what stands at a path.
pub(super) fn copy(value: &Value, path: &[&str]) -> Option<Value> {
    at(value, path).cloned()
}

/// A copy of what stands at a path, if JavaScript takes it for true.
pub(super) fn copy_true(value: &Value, path: &[&str]) -> Option<Value> {
    copy(value, path).filter(is_true)
}

/// Tells whether JavaScript takes a value for true.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// The texts of a list.
pub(super) fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The members of an object; none of what is no object.
pub(super) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
