//! Intrinsic functions, to be written into templates and to be shown.

use serde_json::{Value, json};

/// `Ref`: a parameter, a pseudo parameter, or a resource's main identifier.
pub fn reference(name: &str) -> Value {
    json!({ "Ref": name })
}

/// `Fn::GetAtt`: an attribute of a resource.
pub fn attribute(resource: &str, name: &str) -> Value {
    json!({ "Fn::GetAtt": [resource, name] })
}

/// `Fn::Sub`: a text with `${…}` replaced; a text without any is left as it is.
pub fn substitute(text: impl Into<String>) -> Value {
    let text = text.into();
    if text.contains("${") { json!({ "Fn::Sub": text }) } else { Value::String(text) }
}

/// Whether a value is an intrinsic function, whose result only CloudFormation knows.
pub fn is_function(value: &Value) -> bool {
    value
        .as_object()
        .filter(|object| object.len() == 1)
        .is_some_and(|object| object.keys().all(|key| key == "Ref" || key.starts_with("Fn::")))
}

/// A value as text, with the usual intrinsic functions in the short notation of `Fn::Sub`.
pub fn short_text(value: &Value) -> String {
    let only = value.as_object().filter(|object| object.len() == 1).and_then(|object| object.iter().next());
    match (value, only) {
        (Value::String(text), _) => text.clone(),
        (_, Some((function, Value::String(text)))) if function == "Fn::Sub" => text.clone(),
        (_, Some((function, Value::String(name)))) if function == "Ref" => format!("${{{name}}}"),
        (_, Some((function, Value::Array(parts)))) if function == "Fn::GetAtt" => {
            format!("${{{}}}", parts.iter().map(short_text).collect::<Vec<_>>().join("."))
        }
        _ => value.to_string(),
    }
}

/// The text that a value of a template stands for, with placeholders for what is referred to; none if a
/// function has to be computed.
pub fn plain_text(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str().or_else(|| value.get("Fn::Sub")?.as_str()) {
        return Some(text.to_owned());
    }
    if let Some(name) = value.get("Ref") {
        return Some(format!("${{{}}}", name.as_str()?));
    }
    let separator = value.pointer("/Fn::Join/0")?.as_str()?;
    let parts: Option<Vec<String>> = value.pointer("/Fn::Join/1")?.as_array()?.iter().map(plain_text).collect();
    Some(parts?.join(separator))
}
