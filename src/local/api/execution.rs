//! Executions: start, stop, retry, read, list.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::page;
use super::{input, key, seconds, without_nulls};
use crate::local::engine::machine::{
    ActionRun, Execution, ExecutionId, ExecutionKind, Location, Machine, Refusal, RetryMode, Revision, SourceOverride,
    StageStatus, StartTrigger, StopMode, TriggerKind,
};
use crate::local::engine::{Engine, Start};
use crate::local::{Call, Fault};

/// How many entries a call lists at most.
pub(super) const MOST_LISTED: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StartInput {
    name: String,
    #[serde(default)]
    variables: Vec<GivenVariable>,
    client_request_token: Option<String>,
    #[serde(default)]
    source_revisions: Vec<SourceOverride>,
}

#[derive(Deserialize)]
struct GivenVariable {
    name: String,
    value: String,
}

pub(super) fn start(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let StartInput { name, variables, client_request_token, source_revisions } = input(call)?;
    let start = Start {
        trigger: StartTrigger { kind: TriggerKind::StartPipelineExecution, detail: call.caller.arn.clone() },
        client_token: client_request_token,
        variables: variables.into_iter().map(|variable| (variable.name, variable.value)).collect::<BTreeMap<_, _>>(),
        source_overrides: source_revisions,
    };
    let id = engine.start(&key(call, &name), start)?;
    Ok(json!({ "pipelineExecutionId": id }))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StopInput {
    pipeline_name: String,
    pipeline_execution_id: ExecutionId,
    #[serde(default)]
    abandon: bool,
    reason: Option<String>,
}

pub(super) fn stop(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let StopInput { pipeline_name, pipeline_execution_id: id, abandon, reason } = input(call)?;
    let mode = if abandon { StopMode::Abandon } else { StopMode::Wait };
    engine.change(&key(call, &pipeline_name), |record, at| {
        let commands = record.machine.stop(&id, mode, reason, at)?;
        Ok((json!({ "pipelineExecutionId": id }), commands))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetryInput {
    pipeline_name: String,
    stage_name: String,
    pipeline_execution_id: ExecutionId,
    retry_mode: WantedRetry,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum WantedRetry {
    FailedActions,
    AllActions,
}

pub(super) fn retry(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let RetryInput { pipeline_name, stage_name, pipeline_execution_id: id, retry_mode } = input(call)?;
    let mode = match retry_mode {
        WantedRetry::FailedActions => RetryMode::FailedActions,
        WantedRetry::AllActions => RetryMode::AllActions,
    };
    engine.change(&key(call, &pipeline_name), |record, at| {
        let commands = record.machine.retry(&id, &stage_name, mode, at)?;
        Ok((json!({ "pipelineExecutionId": id }), commands))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RollbackInput {
    pipeline_name: String,
    stage_name: String,
    target_pipeline_execution_id: ExecutionId,
}

pub(super) fn roll_back(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let RollbackInput { pipeline_name, stage_name, target_pipeline_execution_id: target } = input(call)?;
    let id = engine.roll_back(&key(call, &pipeline_name), &stage_name, &target, &call.caller.arn)?;
    Ok(json!({ "pipelineExecutionId": id }))
}

/// What kind of execution it is, in the service's word.
pub(super) fn kind(execution: &Execution) -> &'static str {
    match execution.kind {
        ExecutionKind::Standard => "STANDARD",
        ExecutionKind::Rollback { .. } => "ROLLBACK",
    }
}

fn rollback_metadata(execution: &Execution) -> Option<Value> {
    match &execution.kind {
        ExecutionKind::Standard => None,
        ExecutionKind::Rollback { target } => Some(json!({ "rollbackTargetPipelineExecutionId": target })),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GetInput {
    pipeline_name: String,
    pipeline_execution_id: ExecutionId,
}

pub(super) fn get(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let GetInput { pipeline_name, pipeline_execution_id: id } = input(call)?;
    engine.read(&key(call, &pipeline_name), |record| {
        let execution = record
            .machine
            .execution(&id)
            .ok_or_else(|| Refusal::NoExecution { pipeline: pipeline_name.clone(), execution: id.clone() })?;
        Ok(without_nulls(json!({ "pipelineExecution": {
            "pipelineName": pipeline_name,
            "pipelineVersion": execution.version,
            "pipelineExecutionId": execution.id,
            "status": execution.status,
            "statusSummary": execution.status_summary,
            "artifactRevisions": execution.revisions.iter().map(artifact_revision).collect::<Vec<_>>(),
            "variables": execution
                .variables
                .iter()
                .map(|(name, value)| json!({ "name": name, "resolvedValue": value }))
                .collect::<Vec<_>>(),
            "trigger": trigger(execution),
            "executionMode": execution.mode,
            "executionType": kind(execution),
            "rollbackMetadata": rollback_metadata(execution),
        } })))
    })?
}

fn trigger(execution: &Execution) -> Value {
    json!({ "triggerType": execution.trigger.kind, "triggerDetail": execution.trigger.detail })
}

fn artifact_revision(revision: &Revision) -> Value {
    json!({
        "name": revision.artifact,
        "revisionId": revision.id,
        "revisionSummary": revision.summary,
        "revisionUrl": revision.url,
        "created": revision.created.map(seconds),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListInput {
    pipeline_name: String,
    max_results: Option<usize>,
    filter: Option<ExecutionFilter>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionFilter {
    succeeded_in_stage: Option<SucceededInStage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SucceededInStage {
    stage_name: String,
}

pub(super) fn list(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let ListInput { pipeline_name, max_results, filter, next_token } = input(call)?;
    let stage = filter.and_then(|filter| filter.succeeded_in_stage).map(|filter| filter.stage_name);
    let counts = |execution: &&Execution| match &stage {
        None => true,
        Some(stage) => execution.stage(stage).is_some_and(|run| run.status == StageStatus::Succeeded),
    };
    engine.read(&key(call, &pipeline_name), |record| {
        let newest_first: Vec<&Execution> = record.machine.executions().iter().rev().filter(counts).collect();
        let name = |execution: &&Execution| execution.id.to_string();
        let page = page(newest_first, name, MOST_LISTED, max_results, next_token.as_deref())?;
        let summaries: Vec<Value> = page.items.into_iter().map(summary).collect();
        Ok(without_nulls(json!({ "pipelineExecutionSummaries": summaries, "nextToken": page.next })))
    })?
}

fn summary(execution: &Execution) -> Value {
    let revisions: Vec<Value> = execution
        .revisions
        .iter()
        .map(|revision| {
            json!({
                "actionName": revision.action,
                "revisionId": revision.id,
                "revisionSummary": revision.summary,
                "revisionUrl": revision.url,
            })
        })
        .collect();
    json!({
        "pipelineExecutionId": execution.id,
        "status": execution.status,
        "statusSummary": execution.status_summary,
        "startTime": seconds(execution.started),
        "lastUpdateTime": seconds(execution.updated),
        "sourceRevisions": revisions,
        "trigger": trigger(execution),
        "stopTrigger": execution.stop.as_ref().map(|stop| json!({ "reason": stop.reason })),
        "executionMode": execution.mode,
        "executionType": kind(execution),
        "rollbackMetadata": rollback_metadata(execution),
    })
}

/// A request for what happened in executions: runs of actions, or looks at rules.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HistoryInput {
    pub(super) pipeline_name: String,
    filter: Option<HistoryFilter>,
    pub(super) max_results: Option<usize>,
    pub(super) next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HistoryFilter {
    pipeline_execution_id: Option<ExecutionId>,
    latest_in_pipeline_execution: Option<LatestFilter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LatestFilter {
    pipeline_execution_id: ExecutionId,
}

impl HistoryInput {
    /// The executions that are asked about.
    pub(super) fn executions<'a>(&self, machine: &'a Machine) -> Result<Vec<&'a Execution>, Refusal> {
        let wanted = self.filter.as_ref().and_then(|filter| {
            let latest = filter.latest_in_pipeline_execution.as_ref();
            filter.pipeline_execution_id.as_ref().or(latest.map(|latest| &latest.pipeline_execution_id))
        });
        match wanted {
            None => Ok(machine.executions().iter().collect()),
            Some(id) => machine
                .execution(id)
                .map(|execution| vec![execution])
                .ok_or_else(|| Refusal::NoExecution { pipeline: self.pipeline_name.clone(), execution: id.clone() }),
        }
    }
}

pub(super) fn list_actions(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let request: HistoryInput = input(call)?;
    engine.read(&key(call, &request.pipeline_name), |record| {
        let machine = &record.machine;
        let mut runs: Vec<(&Execution, &str, &ActionRun)> = request
            .executions(machine)?
            .into_iter()
            .flat_map(|execution| execution.stages.iter().map(move |stage| (execution, stage)))
            .flat_map(|(execution, stage)| stage.actions.iter().map(move |run| (execution, stage.stage.as_str(), run)))
            .collect();
        runs.sort_by_key(|(_, _, run)| std::cmp::Reverse(run.beginning));
        let name = |(_, _, run): &(&Execution, &str, &ActionRun)| run.id.to_string();
        let page = page(runs, name, MOST_LISTED, request.max_results, request.next_token.as_deref())?;
        let details: Vec<Value> =
            page.items.into_iter().map(|(execution, stage, run)| detail(machine, execution, stage, run)).collect();
        Ok(without_nulls(json!({ "actionExecutionDetails": details, "nextToken": page.next })))
    })?
}

fn detail(machine: &Machine, execution: &Execution, stage: &str, run: &ActionRun) -> Value {
    let action = machine
        .structure_of(run.version)
        .and_then(|structure| structure.stage(stage))
        .and_then(|stage| stage.action(&run.action));
    json!({
        "pipelineExecutionId": execution.id,
        "actionExecutionId": run.id,
        "pipelineVersion": run.version,
        "stageName": stage,
        "actionName": run.action,
        "startTime": seconds(run.started),
        "lastUpdateTime": seconds(run.updated),
        "updatedBy": run.updated_by,
        "status": run.status,
        "input": {
            "actionTypeId": action.map(|action| &action.action_type_id),
            "configuration": action.map(|action| &action.configuration),
            "resolvedConfiguration": run.configuration,
            "roleArn": action.and_then(|action| action.role_arn.as_ref()),
            "region": action.and_then(|action| action.region.as_deref()).unwrap_or(machine.environment.region.as_str()),
            "inputArtifacts": artifacts(&run.inputs),
            "namespace": run.namespace,
        },
        "output": {
            "outputArtifacts": artifacts(&run.outputs),
            "executionResult": {
                // The token of an approval, which the state of a pipeline in mode PARALLEL does not tell.
                "externalExecutionId": run.external.id.as_ref().or(run.token.as_ref()),
                "externalExecutionSummary": run.external.summary,
                "externalExecutionUrl": run.external.url,
                "errorDetails": run.error,
                "logStreamARN": run.external.log_stream,
            },
            "outputVariables": run.variables,
        },
    })
}

fn artifacts(locations: &BTreeMap<String, Location>) -> Value {
    locations.iter().map(|(name, location)| json!({ "name": name, "s3location": location })).collect()
}
