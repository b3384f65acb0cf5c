//! How custom outputs get in: as Amplify merges objects.
//!
//! Objects are merged member by member, lists are joined, and what is there already is not given a second value. A
//! `version` may be there twice; the later one stays.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::ClientError;
use super::json::is_true;

/// The member that may be there twice.
const VERSION: &str = "version";

/// Merges the members of an object into those of another one.
pub(super) fn merge(into: &mut Map<String, Value>, members: Map<String, Value>) -> Result<(), ClientError> {
    for (key, value) in members {
        match into.get_mut(&key) {
            Some(Value::Array(items)) => match value {
                Value::Array(more) => items.extend(more),
                one => items.push(one),
            },
            Some(Value::Object(below)) if value.is_object() => merge(below, super::json::members(value))?,
            Some(there) if is_scalar(there) && key == VERSION => later(there, value)?,
            Some(there) if is_scalar(there) => return Err(ClientError::Taken { key }),
            // Nothing, what JavaScript takes for nothing, and an object that gives way to something else.
            _ => {
                into.insert(key, value);
            }
        }
    }
    Ok(())
}

/// Tells whether a value counts as given: it is no list and no object, and JavaScript takes it for true.
fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object() && is_true(value)
}

/// Keeps the later of two versions.
fn later(there: &mut Value, value: Value) -> Result<(), ClientError> {
    match (numbers(there), numbers(&value)) {
        (Some(ours), Some(theirs)) if ours[0] != theirs[0] => {
            Err(ClientError::Conflict { ours: plain(there), theirs: plain(&value) })
        }
        (Some(ours), Some(theirs)) if theirs.cmp(&ours) == Ordering::Less => Ok(()),
        _ => {
            *there = value;
            Ok(())
        }
    }
}

/// The first numbers of a version, three of them.
fn numbers(version: &Value) -> Option<[u64; 3]> {
    let text = plain(version);
    let digits = &text[text.find(|character: char| character.is_ascii_digit())?..];
    let end = digits.find(|character: char| !character.is_ascii_digit() && character != '.').unwrap_or(digits.len());
    let mut numbers = digits[..end].split('.').map_while(|number| number.parse().ok());
    Some([numbers.next()?, numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default()])
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(one: Value, other: Value) -> Result<Value, String> {
        let mut one = super::super::json::members(one);
        merge(&mut one, super::super::json::members(other)).map_err(|error| error.to_string())?;
        Ok(one.into())
    }

    #[test]
    fn objects_are_merged_and_lists_joined() {
        assert_eq!(
            merged(
                json!({ "auth": { "a": 1, "list": [1] } }),
                json!({ "auth": { "b": 2, "list": [2, 3] }, "geo": [] })
            ),
            Ok(json!({ "auth": { "a": 1, "b": 2, "list": [1, 2, 3] }, "geo": [] }))
        );
        assert_eq!(
            merged(json!({ "list": [1] }), json!({ "list": { "a": 1 } })),
            Ok(json!({ "list": [1, { "a": 1 }] }))
        );
    }

    #[test]
    fn what_is_there_is_not_given_twice() {
        let twice = merged(json!({ "auth": { "user_pool_id": "a" } }), json!({ "auth": { "user_pool_id": "a" } }));
        assert_eq!(twice, Err("the custom outputs of the backend give `user_pool_id` a second value".to_owned()));
        // As with Amplify, what JavaScript takes for nothing does not count as there.
        assert_eq!(merged(json!({ "a": false, "b": "" }), json!({ "a": 1, "b": 2 })), Ok(json!({ "a": 1, "b": 2 })));
    }

    #[test]
    fn the_later_version_stays() {
        for (ours, theirs, expected) in [("1.5", "1", "1.5"), ("1", "1.4", "1.4"), ("1.2", "1.2", "1.2")] {
            assert_eq!(
                merged(json!({ "version": ours }), json!({ "version": theirs })),
                Ok(json!({ "version": expected }))
            );
        }
        assert!(merged(json!({ "version": "1.5" }), json!({ "version": "2" })).unwrap_err().contains("of version `2`"));
    }
}
