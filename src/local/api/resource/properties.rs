//! Translation of CloudFormation's properties to the shapes of the API.
//!
//! The names are the same but for the case of their first letter; what users name themselves is left alone.

use serde_json::{Map, Value};

/// Members whose own members are named by users.
const MAPS: [&str; 1] = ["configuration"];

/// Translates properties to the shape of the API.
pub(super) fn to_api(properties: &Value) -> Value {
    match properties {
        Value::Object(members) => Value::Object(members.iter().map(|(name, value)| member(name, value)).collect()),
        Value::Array(items) => Value::Array(items.iter().map(to_api).collect()),
        other => other.clone(),
    }
}

fn member(name: &str, value: &Value) -> (String, Value) {
    let name = decapitalised(name);
    let value = if MAPS.contains(&name.as_str()) {
        texts(value)
    } else if matches!(name.as_str(), "runOrder" | "timeoutInMinutes") {
        number(value)
    } else {
        to_api(value)
    };
    (name, value)
}

fn decapitalised(name: &str) -> String {
    let mut characters = name.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// A map of texts: CloudFormation lets users write numbers and booleans too.
fn texts(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members.iter().map(|(name, value)| (name.clone(), Value::String(text(value)))).collect::<Map<_, _>>(),
        ),
        other => other.clone(),
    }
}

/// A scalar as text; anything else as JSON.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number, even if it was written as text.
fn number(value: &Value) -> Value {
    match value.as_str().and_then(|text| text.parse::<u64>().ok()) {
        Some(number) => Value::from(number),
        None => value.clone(),
    }
}

/// A boolean, even if it was written as text.
pub(super) fn is_true(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(value)) => *value,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// The tags of a resource: a list of `Key` and `Value`.
pub(super) fn tags(properties: &Value) -> crate::local::engine::Tags {
    let list = properties.get("Tags").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|tag| Some((tag.get("Key")?.as_str()?.to_owned(), text(tag.get("Value")?))))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_lose_their_capital_and_maps_keep_theirs() {
        let properties = json!({
            "RoleArn": "r",
            "Stages": [{"Name": "S", "Actions": [{
                "ActionTypeId": {"Owner": "AWS"}, "RunOrder": "2",
                "Configuration": {"PollForSourceChanges": false, "S3Bucket": "b"},
            }]}],
        });
        assert_eq!(
            to_api(&properties),
            json!({
                "roleArn": "r",
                "stages": [{"name": "S", "actions": [{
                    "actionTypeId": {"owner": "AWS"}, "runOrder": 2,
                    "configuration": {"PollForSourceChanges": "false", "S3Bucket": "b"},
                }]}],
            })
        );
    }
}
