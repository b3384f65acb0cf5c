//! Which properties the types of resources have.

use serde_json::Value;

use crate::cfn::intrinsic::is_function;
use crate::text;

/// The properties of some types, one type a line: names, those of nested properties in brackets behind them. `*` stands for
/// names that are the user's.
const KNOWN: &str = include_str!("properties.txt");
/// Any name will do.
const ANY: &str = "*";

/// Says what is odd about a path below a resource's properties. Where the type is not known, names that are nearly those
/// that are there are odd.
pub(super) fn oddity(resource_type: &str, properties: Option<&Value>, keys: &[String]) -> Option<String> {
    match of_type(resource_type) {
        Some(known) => unknown(known, keys),
        None => nearly(properties?, keys),
    }
}

/// Why a value is odd for its property.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Oddity {
    /// What is odd: the end of a sentence that begins with the property's name.
    pub problem: String,
    /// What would not be.
    pub help: String,
}

/// Says what is odd about a value for a property that its type has: plain where there are properties below it, a table where
/// there are none, or a table with other properties.
pub(super) fn odd_value(resource_type: &str, keys: &[String], value: &Value) -> Option<Oddity> {
    let mut known = of_type(resource_type)?;
    for key in keys.iter().filter(|key| key.parse::<usize>().is_err()) {
        known = members(known).into_iter().find(|(name, _)| name == key)?.1;
    }
    odd_below(known, value)
}

fn odd_below(known: &str, value: &Value) -> Option<Oddity> {
    let names: Vec<&str> = members(known).into_iter().map(|(name, _)| name).collect();
    match value {
        _ if names.contains(&ANY) || is_function(value) => None,
        Value::Array(items) => items.iter().find_map(|item| odd_below(known, item)),
        Value::Object(members_given) if names.is_empty() && !members_given.is_empty() => Some(Oddity {
            problem: "has no properties of its own, but is set to a table".to_owned(),
            help: "set it to a plain value, or to a list of such".to_owned(),
        }),
        Value::Object(given) => {
            given.iter().find_map(|(key, value)| match members(known).into_iter().find(|(name, _)| name == key) {
                Some((_, below)) => odd_below(below, value),
                None => Some(Oddity {
                    problem: format!("is set to a table with `{key}`, which is not known to be a property of it"),
                    help: text::suggestion(key, &names, "property"),
                }),
            })
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => (!names.is_empty()).then(|| Oddity {
            problem: format!("has properties of its own, but is set to the plain value `{value}`"),
            help: format!("its properties: {}", text::list(&names)),
        }),
    }
}

/// The properties of a type, if it is known.
fn of_type(resource_type: &str) -> Option<&'static str> {
    KNOWN.lines().find_map(|line| line.strip_prefix(resource_type)?.strip_prefix(' '))
}

fn unknown(known: &str, keys: &[String]) -> Option<String> {
    let mut known = known;
    for key in keys.iter().filter(|key| key.parse::<usize>().is_err()) {
        let properties = members(known);
        let found = properties.iter().find(|(name, _)| name == key);
        match found {
            Some((_, below)) => known = below,
            None if properties.iter().any(|(name, _)| *name == ANY) => return None,
            None => {
                let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
                return Some(text::suggestion(key, &names, "property"));
            }
        }
    }
    None
}

/// The members of a list, each with the list of its own members.
fn members(list: &str) -> Vec<(&str, &str)> {
    let mut members = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let end = rest.find([' ', '(']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let below = inner(after);
        members.push((name, below));
        let brackets = if after.starts_with('(') { 2 } else { 0 };
        rest = after[below.len() + brackets..].trim_start_matches(' ');
    }
    members
}

/// What stands between the bracket that a text begins with and the one that closes it.
fn inner(text: &str) -> &str {
    let mut depth = 0_usize;
    for (position, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 => return "",
            _ => {}
        }
        if depth == 0 {
            return &text[1..position];
        }
    }
    ""
}

fn nearly(properties: &Value, keys: &[String]) -> Option<String> {
    let mut value = properties;
    for key in keys {
        let object = value.as_object()?;
        match object.get(key) {
            Some(below) => value = below,
            None => {
                let near = text::nearest(key, object.keys().map(String::as_str))?;
                return Some(format!("a property with a similar name is set: `{near}`"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn odd(resource_type: &str, path: &str) -> Option<String> {
        let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
        oddity(resource_type, Some(&json!({ "billingMode": "x" })), &keys)
    }

    #[test]
    fn unknown_properties_are_odd() {
        let pool = "AWS::Cognito::UserPool";
        assert_eq!(odd(pool, "Policies.PasswordPolicy.MinimumLength"), None);
        assert_eq!(odd(pool, "UserPoolTags.anything"), None);
        assert_eq!(odd(pool, "Schema.0.Name"), None);
        assert_eq!(
            odd(pool, "Policies.PasswordPolicy.MinimumLenght").as_deref(),
            Some("a property with a similar name exists: `MinimumLength`")
        );
        assert!(odd(pool, "policies.passwordPolicy").is_some_and(|told| told.ends_with("`Policies`")));
        assert!(odd(pool, "UserPoolName.X").is_some(), "a text has no properties");
        assert_eq!(odd("AWS::Lambda::Function", "Environment.Variables.ANY"), None);
    }

    #[test]
    fn values_have_the_shape_of_their_property() {
        let odd = |path: &str, value: Value| {
            let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
            odd_value("AWS::Cognito::UserPool", &keys, &value).map(|oddity| oddity.problem)
        };
        assert_eq!(odd("Policies", json!({ "PasswordPolicy": { "MinimumLength": 10 } })), None);
        assert_eq!(odd("UserPoolTags", json!({ "any": "x" })), None);
        assert_eq!(odd("Policies", json!({ "Ref": "P" })), None);
        assert_eq!(odd("Schema", json!([{ "Name": "x" }])), None);
        let told = |path: &str, value: Value| odd(path, value).unwrap_or_default();
        assert!(told("Policies", json!(10)).starts_with("has properties of its own"));
        assert!(told("UserPoolName", json!({ "a": 1 })).starts_with("has no properties of its own"));
        assert!(told("Policies.PasswordPolicy", json!({ "MinimumLenght": 1 })).contains("`MinimumLenght`"));
    }

    #[test]
    fn names_of_unknown_types_are_held_against_what_is_there() {
        assert_eq!(odd("Custom::AmplifyDynamoDBTable", "pointInTimeRecovery"), None);
        assert!(odd("Custom::AmplifyDynamoDBTable", "BillingMode").is_some_and(|told| told.ends_with("`billingMode`")));
    }

    #[test]
    fn every_line_can_be_read() {
        for line in KNOWN.lines().filter(|line| !line.starts_with('#')) {
            let (_, list) = line.split_once(' ').unwrap();
            for (name, below) in members(list) {
                assert!(name == ANY || name.chars().all(|letter| letter.is_ascii_alphanumeric()), "{line}");
                assert!(members(below).iter().all(|(name, _)| !name.is_empty()), "{line}");
            }
        }
    }
}
