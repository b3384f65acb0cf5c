//! `AWS::CodePipeline::Pipeline`.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::properties::{is_true, tags, text, to_api};
use super::{environment, generated_name, reason};
use crate::local::api::pipeline::begin;
use crate::local::engine::machine::{Closed, Restart, StartTrigger, TriggerKind};
use crate::local::engine::structure::{Structure, check};
use crate::local::engine::{Change, Engine, PipelineKey};
use crate::local::{Provisioned, ResourceCall, ResourceType};

const LONGEST_NAME: usize = 100;

/// Who makes, changes and starts pipelines for stacks.
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// The resource type of pipelines.
#[derive(Debug, Clone)]
pub struct PipelineType {
    engine: Engine,
}

impl PipelineType {
    /// The name of the type.
    pub const NAME: &str = "AWS::CodePipeline::Pipeline";

    /// Makes the type of an engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    fn make(&self, call: &ResourceCall) -> Result<Provisioned, String> {
        let name = match call.properties.get("Name").map(text).filter(|name| !name.is_empty()) {
            Some(name) => name,
            None => generated_name(call, LONGEST_NAME)?,
        };
        let structure = structure(&call.properties, &name)?;
        let closed = closed_stages(&call.properties);
        let key = self.engine.create(&environment(call), structure, tags(&call.properties)).map_err(reason)?;
        let made =
            self.close_stages(&key, &Value::Null, &closed).and_then(|()| self.begin(&key, TriggerKind::CreatePipeline));
        if let Err(cause) = made {
            self.engine.delete(&key).map_err(reason)?;
            return Err(cause);
        }
        self.provisioned(&key)
    }

    fn change(&self, call: &ResourceCall) -> Result<Provisioned, String> {
        let name = call.properties.get("Name").map_or_else(|| call.physical_id.clone(), text);
        if name != call.physical_id {
            // A pipeline of another name is another one; CloudFormation deletes the old one when all else is done.
            return self.make(call);
        }
        let key = PipelineKey { environment: environment(call), name };
        let restarts = is_true(call.properties.get("RestartExecutionOnUpdate"));
        let structure = structure(&call.properties, &key.name)?;
        let closed = closed_stages(&call.properties);
        // The engine checks the structure too, but by then it would be too late to refuse the rest.
        check(&structure, call.region.as_str()).map_err(|defect| defect.to_string())?;
        check_closed(&structure, &closed)?;
        let restart = if restarts { Restart::Cancel } else { Restart::GoOn };
        self.engine.set_tags(&key, tags(&call.properties)).map_err(reason)?;
        let change = self.engine.update_if_changed(&key, structure, restart).map_err(reason)?;
        self.close_stages(&key, &closed_stages(&call.old_properties), &closed)?;
        if change == Change::Changed && restarts {
            self.begin(&key, TriggerKind::StartPipelineExecution)?;
        }
        self.provisioned(&key)
    }

    fn begin(&self, key: &PipelineKey, kind: TriggerKind) -> Result<(), String> {
        begin(&self.engine, key, StartTrigger { kind, detail: CLOUDFORMATION.to_owned() }).map_err(reason)
    }

    /// Opens the stages that were closed by the template before, and closes those that are now.
    fn close_stages(&self, key: &PipelineKey, before: &Value, now: &Value) -> Result<(), String> {
        self.engine
            .change(key, |record, at| {
                let mut commands = Vec::new();
                for (stage, _) in pairs(before) {
                    let is_still_closed = pairs(now).any(|(name, _)| name == stage);
                    if !is_still_closed && record.machine.structure().stage(&stage).is_some() {
                        commands.extend(record.machine.open(&stage, at)?);
                    }
                }
                for (stage, reason) in pairs(now) {
                    record.machine.close(&stage, closed(reason, at))?;
                }
                Ok(((), commands))
            })
            .map_err(reason)
    }

    fn provisioned(&self, key: &PipelineKey) -> Result<Provisioned, String> {
        let version = self.engine.read(key, |record| record.machine.structure().version).map_err(reason)?;
        Ok(Provisioned {
            physical_id: key.name.clone(),
            attributes: BTreeMap::from([("Version".to_owned(), json!(version.to_string()))]),
        })
    }
}

fn closed(reason: String, at: Timestamp) -> Closed {
    Closed { reason, by: CLOUDFORMATION.to_owned(), at }
}

/// The structure that properties describe.
fn structure(properties: &Value, name: &str) -> Result<Structure, String> {
    let mut api = to_api(properties);
    api["name"] = json!(name);
    if let Some(stores) = properties.get("ArtifactStores").and_then(Value::as_array) {
        let by_region: serde_json::Map<String, Value> = stores
            .iter()
            .filter_map(|store| Some((text(store.get("Region")?), to_api(store.get("ArtifactStore")?))))
            .collect();
        api["artifactStores"] = Value::Object(by_region);
    }
    serde_json::from_value(api).map_err(|error| format!("Properties validation failed: {error}"))
}

/// The stages that the template closes, with their reasons.
fn closed_stages(properties: &Value) -> Value {
    properties.get("DisableInboundStageTransitions").cloned().unwrap_or(Value::Null)
}

fn pairs(closed: &Value) -> impl Iterator<Item = (String, String)> {
    closed.as_array().into_iter().flatten().filter_map(|transition| {
        Some((text(transition.get("StageName")?), transition.get("Reason").map(text).unwrap_or_default()))
    })
}

/// Checks before anything changes that all stages to be closed are there.
fn check_closed(structure: &Structure, closed: &Value) -> Result<(), String> {
    match pairs(closed).find(|(stage, _)| structure.stage(stage).is_none()) {
        Some((stage, _)) => Err(format!("Stage with name '{stage}' does not exist in pipeline '{}'", structure.name)),
        None => Ok(()),
    }
}

impl ResourceType for PipelineType {
    fn create(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(async move { self.make(&call) })
    }

    fn update(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(async move { self.change(&call) })
    }

    fn delete(&self, call: ResourceCall) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move {
            let key = PipelineKey { environment: environment(&call), name: call.physical_id.clone() };
            self.engine.delete(&key).map_err(reason)
        })
    }
}
