//! Values of parameter overrides: texts, `Fn::GetArtifactAtt` and `Fn::GetParam`.

use serde_json::Value;

use super::input::file;
use crate::local::engine::action::bench::Bench;
use crate::local::engine::action::failure::misconfigured;
use crate::local::engine::machine::Failure;

/// Finds the value of an override.
pub(super) async fn resolve(bench: &Bench<'_>, value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Object(members) if members.len() == 1 => {
            if let Some([artifact, attribute]) = members.get("Fn::GetArtifactAtt").and_then(texts).as_deref() {
                return attribute_of(bench, artifact, attribute);
            }
            if let Some([artifact, path, key]) = members.get("Fn::GetParam").and_then(texts).as_deref() {
                return parameter_of(bench, artifact, path, key).await;
            }
            Err(unknown(value))
        }
        Value::Null | Value::Array(_) | Value::Object(_) => Err(unknown(value)),
    }
}

fn unknown(value: &Value) -> Failure {
    misconfigured(format!(
        "the parameter override {value} is neither a text nor Fn::GetArtifactAtt [artifact, attribute] nor Fn::GetParam \
         [artifact, file, key]"
    ))
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

/// Where an artifact is.
fn attribute_of(bench: &Bench<'_>, artifact: &str, attribute: &str) -> Result<String, Failure> {
    let location = &bench.input(artifact)?.taken;
    match attribute {
        "BucketName" => Ok(location.bucket.clone()),
        "ObjectKey" => Ok(location.key.clone()),
        "URL" => Ok(format!("{}/{}/{}", bench.task.engine.0.surroundings.endpoint, location.bucket, location.key)),
        other => Err(misconfigured(format!("an artifact has no attribute `{other}`: BucketName, ObjectKey or URL"))),
    }
}

/// A member of a JSON file in an artifact.
async fn parameter_of(bench: &Bench<'_>, artifact: &str, path: &str, key: &str) -> Result<String, Failure> {
    let text = file(bench, &format!("{artifact}::{path}")).await?;
    let object: Value = serde_json::from_str(&text)
        .map_err(|error| misconfigured(format!("{path} of artifact {artifact} is not JSON: {error}")))?;
    match object.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(misconfigured(format!("{path} of artifact {artifact} has no member `{key}`"))),
    }
}
