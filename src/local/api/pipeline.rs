//! Pipelines: create, update, read, delete, list.

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::page;
use super::{environment, input, key, seconds, without_nulls};
use crate::local::engine::machine::{Restart, StartTrigger, TriggerKind};
use crate::local::engine::structure::Structure;
use crate::local::engine::{Engine, PipelineKey, Start, Tags};
use crate::local::{Call, Fault};

const MOST_LISTED: usize = 1000;

#[derive(Deserialize)]
struct CreateInput {
    pipeline: Structure,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// A tag as this API writes it.
#[derive(Deserialize)]
pub(super) struct Tag {
    pub key: String,
    pub value: String,
}

/// Makes a map of a list of tags.
pub(super) fn tags(list: Vec<Tag>) -> Tags {
    list.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// Writes tags as a list.
pub(super) fn tag_list(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

pub(super) fn create(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let CreateInput { pipeline, tags: list } = input(call)?;
    let key = engine.create(&environment(call), pipeline, tags(list))?;
    let trigger = StartTrigger { kind: TriggerKind::CreatePipeline, detail: call.caller.arn.clone() };
    begin(engine, &key, trigger)?;
    engine.read(&key, |record| json!({ "pipeline": record.machine.structure(), "tags": tag_list(&record.tags) }))
}

/// Starts the first execution of a new pipeline. One that cannot start by itself, because a variable has no default
/// value, waits for a start that gives it.
pub(super) fn begin(engine: &Engine, key: &PipelineKey, trigger: StartTrigger) -> Result<(), Fault> {
    match engine.start(key, Start::plain(trigger)) {
        Err(fault) if fault.code != "ValidationException" => Err(fault),
        _ => Ok(()),
    }
}

#[derive(Deserialize)]
struct UpdateInput {
    pipeline: Structure,
}

pub(super) fn update(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let UpdateInput { pipeline } = input(call)?;
    let key = key(call, &pipeline.name);
    engine.update(&key, pipeline, Restart::GoOn)?;
    engine.read(&key, |record| json!({ "pipeline": record.machine.structure() }))
}

#[derive(Deserialize)]
struct GetInput {
    name: String,
    version: Option<u32>,
}

pub(super) fn get(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let GetInput { name, version } = input(call)?;
    let key = key(call, &name);
    engine.read(&key, |record| {
        let machine = &record.machine;
        let structure = match version {
            None => machine.structure(),
            Some(version) => machine.structure_of(version).ok_or_else(|| {
                Fault::client(
                    "PipelineVersionNotFoundException",
                    format!("The pipeline '{name}' does not have a version '{version}'"),
                )
            })?,
        };
        Ok(json!({
            "pipeline": structure,
            "metadata": {
                "pipelineArn": key.arn(),
                "created": seconds(machine.created),
                "updated": seconds(machine.updated),
            },
        }))
    })?
}

#[derive(Deserialize)]
struct DeleteInput {
    name: String,
}

pub(super) fn delete(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let DeleteInput { name } = input(call)?;
    engine.delete(&key(call, &name))?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    next_token: Option<String>,
    max_results: Option<usize>,
}

pub(super) fn list(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let ListInput { next_token, max_results } = input(call)?;
    let keys = engine.names(&environment(call));
    let page = page(keys, |key| key.name.clone(), MOST_LISTED, max_results, next_token.as_deref())?;
    let pipelines: Vec<Value> = page
        .items
        .iter()
        .filter_map(|key| {
            // One that was deleted meanwhile is left out.
            let summary = engine.read(key, |record| {
                let machine = &record.machine;
                let structure = machine.structure();
                json!({
                    "name": structure.name,
                    "version": structure.version,
                    "pipelineType": structure.pipeline_type,
                    "executionMode": structure.execution_mode,
                    "created": seconds(machine.created),
                    "updated": seconds(machine.updated),
                })
            });
            summary.ok()
        })
        .collect();
    Ok(without_nulls(json!({ "pipelines": pipelines, "nextToken": page.next })))
}
