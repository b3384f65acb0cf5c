//! Parameters of a template in the place of which their values are written.
//!
//! What the CDK's `CfnInclude` does with the parameters that it is given, so that templates compare equal with its output.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// Writes values in the place of parameters: wherever `Ref` or a placeholder of `Fn::Sub` names one. A `Fn::Split` or
/// `Fn::Select` that becomes literal by it is carried out.
pub fn substitute(value: &mut Value, given: &IndexMap<String, Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| substitute(item, given)),
        Value::Object(object) => {
            object.values_mut().for_each(|member| substitute(member, given));
            if let Some(replacement) = evaluated(object, given) {
                *value = replacement;
            }
        }
        _ => {}
    }
}

/// What stands for an intrinsic function, if it is one that the values change.
fn evaluated(object: &mut Map<String, Value>, given: &IndexMap<String, Value>) -> Option<Value> {
    if object.len() != 1 {
        return None;
    }
    let (key, argument) = object.iter_mut().next()?;
    match key.as_str() {
        "Ref" => given.get(argument.as_str()?).cloned(),
        "Fn::Sub" => {
            substitute_text(argument, given);
            None
        }
        "Fn::Split" => split(argument),
        "Fn::Select" => select(argument),
        _ => None,
    }
}

fn split(argument: &Value) -> Option<Value> {
    let [Value::String(delimiter), Value::String(text)] = argument.as_array()?.as_slice() else { return None };
    Some(text.split(delimiter.as_str()).collect())
}

fn select(argument: &Value) -> Option<Value> {
    let [index, Value::Array(items)] = argument.as_array()?.as_slice() else { return None };
    let index = match index {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let is_literal = items.iter().all(|item| !item.is_object() && !item.is_array());
    is_literal.then(|| items.get(index).cloned())?
}

/// Fills the placeholders of a `Fn::Sub`. A value that is no text itself becomes a variable of the function.
fn substitute_text(argument: &mut Value, given: &IndexMap<String, Value>) {
    let (text, variables) = match argument {
        Value::String(text) => (text, None),
        Value::Array(parts) => match parts.as_mut_slice() {
            [Value::String(text), Value::Object(variables)] => (text, Some(variables)),
            _ => return,
        },
        _ => return,
    };
    let mut added = Map::new();
    let filled = with_placeholders(text, |name| {
        if variables.as_ref().is_some_and(|variables| variables.contains_key(name)) {
            return None;
        }
        let value = given.get(name)?;
        let inline = inline(value);
        if inline.is_none() {
            added.insert(name.to_owned(), value.clone());
        }
        inline
    });
    *text = filled;
    match variables {
        Some(variables) => variables.extend(added),
        None if !added.is_empty() => *argument = json!([argument, added]),
        None => {}
    }
}

/// A value as part of a text with placeholders, where it has such a form.
fn inline(value: &Value) -> Option<String> {
    let literal = |text: &str| text.replace("${", "${!");
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(literal(text)),
        Value::Array(items) => items.iter().map(inline).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        Value::Object(object) => match object.get("Fn::Sub") {
            Some(Value::String(text)) if object.len() == 1 => Some(text.clone()),
            _ => None,
        },
    }
}

/// Replaces `${NAME}` by what a function gives for the name; what it gives nothing for stays, and `${!Literal}` too.
fn with_placeholders(text: &str, mut value_of: impl FnMut(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, placeholder) = rest.split_at(start);
        filled.push_str(before);
        let Some(end) = placeholder.find('}') else {
            rest = placeholder;
            break;
        };
        let name = placeholder[2..end].trim();
        match value_of(name) {
            Some(value) if !name.starts_with('!') => filled.push_str(&value),
            _ => filled.push_str(&placeholder[..=end]),
        }
        rest = &placeholder[end + 1..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn substituted(mut value: Value) -> Value {
        let given = json!({
            "env": "dev", "size": 3, "list": ["a", "b"], "odd": "${x}",
            "bucket": { "Fn::Sub": "assets-${AWS::Region}" }, "other": { "Fn::GetAtt": ["R", "Arn"] },
        });
        let given = given.as_object().unwrap().clone().into_iter().collect();
        substitute(&mut value, &given);
        value
    }

    #[test]
    fn references_become_values() {
        assert_eq!(
            substituted(json!({ "a": { "Ref": "env" }, "b": [{ "Ref": "Other" }, { "Ref": "list" }], "Ref": "env" })),
            json!({ "a": "dev", "b": [{ "Ref": "Other" }, ["a", "b"]], "Ref": "env" })
        );
    }

    #[test]
    fn placeholders_become_texts() {
        let substituted = |text: &str| substituted(json!({ "Fn::Sub": text }))["Fn::Sub"].clone();
        assert_eq!(substituted("x-${env}-${ size }-${R.Arn}"), "x-dev-3-${R.Arn}");
        assert_eq!(substituted("${!env}${list}${odd}"), "${!env}a,b${!x}");
        assert_eq!(substituted("s3://${bucket}/${env}"), "s3://assets-${AWS::Region}/dev");
        assert_eq!(substituted("${other}"), json!(["${other}", { "other": { "Fn::GetAtt": ["R", "Arn"] } }]));
        assert_eq!(substituted("open ${env"), "open ${env");
    }

    #[test]
    fn variables_of_a_text_come_first() {
        assert_eq!(
            substituted(json!({ "Fn::Sub": ["${env}${size}${other}", { "env": { "Ref": "env" } }] })),
            json!({ "Fn::Sub": ["${env}3${other}", { "env": "dev", "other": { "Fn::GetAtt": ["R", "Arn"] } }] })
        );
    }

    #[test]
    fn literal_lists_are_taken_apart() {
        assert_eq!(substituted(json!({ "Fn::Split": ["e", { "Ref": "env" }] })), json!(["d", "v"]));
        assert_eq!(substituted(json!({ "Fn::Select": ["1", { "Ref": "list" }] })), json!("b"));
        let open = json!({ "Fn::Select": [0, [{ "Ref": "Other" }]] });
        assert_eq!(substituted(open.clone()), open);
    }
}
