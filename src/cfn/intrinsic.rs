//! Intrinsic functions, to be written into templates.

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
