//! Tags of pipelines and webhooks.

use serde::Deserialize;
use serde_json::{Value, json};

use super::pipeline::{Tag, tag_list, tags};
use super::{environment, input};
use crate::id::Environment;
use crate::local::engine::{Engine, PipelineKey, Tags};
use crate::local::{Call, Fault};

/// Which resource an ARN names.
enum Resource {
    Pipeline(PipelineKey),
    Webhook(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddInput {
    resource_arn: String,
    tags: Vec<Tag>,
}

pub(super) fn add(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let AddInput { resource_arn, tags: list } = input(call)?;
    change(engine, call, &resource_arn, |known| known.extend(tags(list)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RemoveInput {
    resource_arn: String,
    tag_keys: Vec<String>,
}

pub(super) fn remove(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let RemoveInput { resource_arn, tag_keys } = input(call)?;
    change(engine, call, &resource_arn, |known| known.retain(|key, _| !tag_keys.contains(key)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    resource_arn: String,
}

pub(super) fn list(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let ListInput { resource_arn } = input(call)?;
    Ok(json!({ "tags": tag_list(&read(engine, &environment(call), &resource(call, &resource_arn)?)?) }))
}

fn change(engine: &Engine, call: &Call, arn: &str, change: impl FnOnce(&mut Tags)) -> Result<Value, Fault> {
    let resource = resource(call, arn)?;
    let mut tags = read(engine, &environment(call), &resource)?;
    change(&mut tags);
    match &resource {
        Resource::Pipeline(key) => engine.set_tags(key, tags)?,
        Resource::Webhook(name) => {
            engine
                .change_webhook(&environment(call), name, |webhook| webhook.tags = tags)?
                .ok_or_else(|| not_found(arn))?;
        }
    }
    Ok(json!({}))
}

fn read(engine: &Engine, environment: &Environment, resource: &Resource) -> Result<Tags, Fault> {
    match resource {
        Resource::Pipeline(key) => engine.read(key, |record| record.tags.clone()).map_err(|_| not_found(&key.arn())),
        Resource::Webhook(name) => engine
            .webhooks(environment)
            .into_iter()
            .find(|webhook| webhook.name == *name)
            .map(|webhook| webhook.tags)
            .ok_or_else(|| not_found(name)),
    }
}

/// Reads an ARN; only resources of the caller's own account and region can be meant.
fn resource(call: &Call, arn: &str) -> Result<Resource, Fault> {
    let home = environment(call);
    let prefix = format!("arn:aws:codepipeline:{}:{}:", home.region, home.account);
    let rest =
        arn.strip_prefix(&prefix).ok_or_else(|| Fault::client("InvalidArnException", format!("Invalid ARN: {arn}")))?;
    Ok(match rest.strip_prefix("webhook:") {
        Some(name) => Resource::Webhook(name.to_owned()),
        None => Resource::Pipeline(PipelineKey { environment: home, name: rest.to_owned() }),
    })
}

fn not_found(resource: &str) -> Fault {
    Fault::client("ResourceNotFoundException", format!("The resource {resource} does not exist"))
}
