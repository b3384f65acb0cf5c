//! The CodePipeline API of the local endpoint (`CodePipeline_20150709`), the connections' API, and the CloudFormation
//! types of both.
//!
//! Requests and answers have the shapes of the service's model, API version 2015-07-09.

mod approval;
mod connection;
mod delivery;
mod execution;
mod filter;
mod page;
mod permission;
mod pipeline;
mod resource;
mod rule;
mod state;
mod tag;
#[cfg(test)]
mod tests;
mod transition;
mod webhook;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use connection::{Connections, Spelling};
pub use delivery::Deliveries;
pub use resource::{ConnectionType, PipelineType, WebhookType};

use crate::id::Environment;
use crate::local::engine::{Engine, PipelineKey};
use crate::local::{Call, Fault, Permission, Service};

/// The prefix of `X-Amz-Target`.
pub const TARGET: &str = "CodePipeline_20150709";

/// The CodePipeline service.
#[derive(Debug, Clone)]
pub struct CodePipeline {
    engine: Engine,
}

impl CodePipeline {
    /// Makes the service of an engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    fn answer(&self, call: &Call) -> Result<Value, Fault> {
        let engine = &self.engine;
        match call.operation.as_str() {
            "CreatePipeline" => pipeline::create(engine, call),
            "UpdatePipeline" => pipeline::update(engine, call),
            "GetPipeline" => pipeline::get(engine, call),
            "DeletePipeline" => pipeline::delete(engine, call),
            "ListPipelines" => pipeline::list(engine, call),
            "GetPipelineState" => state::get(engine, call),
            "StartPipelineExecution" => execution::start(engine, call),
            "StopPipelineExecution" => execution::stop(engine, call),
            "RetryStageExecution" => execution::retry(engine, call),
            "RollbackStage" => execution::roll_back(engine, call),
            "GetPipelineExecution" => execution::get(engine, call),
            "ListPipelineExecutions" => execution::list(engine, call),
            "ListActionExecutions" => execution::list_actions(engine, call),
            "ListRuleExecutions" => rule::list(engine, call),
            "PutApprovalResult" => approval::put(engine, call),
            "EnableStageTransition" => transition::enable(engine, call),
            "DisableStageTransition" => transition::disable(engine, call),
            "PutWebhook" => webhook::put(engine, call),
            "ListWebhooks" => webhook::list(engine, call),
            "DeleteWebhook" => webhook::delete(engine, call),
            "RegisterWebhookWithThirdParty" => webhook::register(engine, call),
            "DeregisterWebhookWithThirdParty" => webhook::deregister(engine, call),
            "TagResource" => tag::add(engine, call),
            "UntagResource" => tag::remove(engine, call),
            "ListTagsForResource" => tag::list(engine, call),
            operation => Err(unknown_operation(operation)),
        }
    }
}

impl Service for CodePipeline {
    fn permissions(&self, call: &Call) -> Result<Vec<Permission>, Fault> {
        permission::needed(call)
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Value, Fault>> {
        Box::pin(async move { self.answer(&call) })
    }
}

fn unknown_operation(operation: &str) -> Fault {
    Fault::client("UnknownOperationException", format!("the local endpoint does not answer {operation}"))
}

/// Where a call is at home.
fn environment(call: &Call) -> Environment {
    Environment { account: call.caller.account.clone(), region: call.region.clone() }
}

/// The pipeline of a name that a call speaks of.
fn key(call: &Call, name: &str) -> PipelineKey {
    PipelineKey { environment: environment(call), name: name.to_owned() }
}

/// Reads the request of a call.
fn input<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    serde_json::from_value(call.body.clone())
        .map_err(|error| Fault::client("ValidationException", format!("the request is not valid: {error}")))
}

/// A point in time as the protocol writes it: seconds with fractions.
fn seconds(moment: Timestamp) -> Value {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium fit exactly")]
    let seconds = moment.as_millisecond() as f64 / 1000.0;
    Value::from(seconds)
}

/// Removes the members of an object that are null, which the protocol leaves out.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, member)| !member.is_null())
                .map(|(name, member)| (name, without_nulls(member)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}
