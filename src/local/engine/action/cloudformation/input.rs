//! What a stack is given: parameters, tags and a policy from the template configuration and from the action itself.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;

use super::override_value;
use crate::local::engine::action::bench::Bench;
use crate::local::engine::action::failure::misconfigured;
use crate::local::engine::machine::Failure;

/// How long the overrides may be as JSON.
const LONGEST_OVERRIDES: usize = 1000;

/// A template configuration file ("AWS CloudFormation artifacts" of CodePipeline's user guide).
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TemplateConfiguration {
    parameters: IndexMap<String, Value>,
    tags: IndexMap<String, Value>,
    stack_policy: Option<Value>,
}

/// What a stack is given.
#[derive(Debug, Default)]
pub(super) struct StackInput {
    /// Values of parameters.
    pub parameters: IndexMap<String, String>,
    /// Tags.
    pub tags: IndexMap<String, String>,
    /// The stack policy, as JSON.
    pub policy: Option<String>,
}

/// Reads what the stack is given.
pub(super) async fn read(bench: &Bench<'_>) -> Result<StackInput, Failure> {
    let configuration = configuration(bench).await?;
    let mut parameters: IndexMap<String, String> =
        configuration.parameters.into_iter().map(|(name, value)| (name, text(&value))).collect();
    if let Some(overrides) = bench.order().setting("ParameterOverrides") {
        if overrides.chars().count() > LONGEST_OVERRIDES {
            return Err(misconfigured(format!(
                "ParameterOverrides has {} characters with all variables filled in; the limit is {LONGEST_OVERRIDES}",
                overrides.chars().count()
            )));
        }
        let overrides: IndexMap<String, Value> = serde_json::from_str(overrides)
            .map_err(|error| misconfigured(format!("ParameterOverrides is not a JSON object: {error}")))?;
        for (name, value) in overrides {
            parameters.insert(name, override_value::resolve(bench, &value).await?);
        }
    }
    Ok(StackInput {
        parameters,
        tags: configuration.tags.into_iter().map(|(name, value)| (name, text(&value))).collect(),
        policy: configuration.stack_policy.as_ref().map(Value::to_string),
    })
}

async fn configuration(bench: &Bench<'_>) -> Result<TemplateConfiguration, Failure> {
    let Some(place) = bench.order().setting("TemplateConfiguration") else {
        return Ok(TemplateConfiguration::default());
    };
    let text = file(bench, place).await?;
    serde_json::from_str(&text)
        .map_err(|error| misconfigured(format!("the template configuration {place} cannot be read: {error}")))
}

/// Reads a file of an artifact: `Artifact::path`.
pub(super) async fn file(bench: &Bench<'_>, place: &str) -> Result<String, Failure> {
    /// The largest template that CloudFormation takes.
    const LARGEST: u64 = 1 << 20;

    let (artifact, path) = place
        .split_once("::")
        .ok_or_else(|| misconfigured(format!("`{place}` does not have the form Artifact::path")))?;
    let folder = bench.unpacked(artifact).await?;
    let stays_inside = camino::Utf8Path::new(path)
        .components()
        .all(|component| matches!(component, camino::Utf8Component::Normal(_) | camino::Utf8Component::CurDir));
    let whole = folder.join(path);
    if !stays_inside || !whole.is_file() {
        return Err(misconfigured(format!("File [{path}] does not exist in artifact [{artifact}]")));
    }
    Ok(tokio::task::spawn_blocking(move || crate::disk::read_text(&whole, LARGEST)).await??)
}

/// A scalar as text; lists are joined by commas, as CloudFormation's own are.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
