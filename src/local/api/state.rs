//! The state of a pipeline as GetPipelineState shows it: per stage what went through it last, and what waits.

use serde::Deserialize;
use serde_json::{Value, json};

use super::execution::kind;
use super::{input, key, seconds, without_nulls};
use crate::local::engine::Engine;
use crate::local::engine::machine::{ActionRun, ConditionRun, Execution, Machine, StageRun};
use crate::local::engine::structure::{Action, Provider, Stage};
use crate::local::{Call, Fault};

#[derive(Deserialize)]
struct Input {
    name: String,
}

pub(super) fn get(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let Input { name } = input(call)?;
    engine.read(&key(call, &name), |record| {
        let machine = &record.machine;
        let structure = machine.structure();
        without_nulls(json!({
            "pipelineName": structure.name,
            "pipelineVersion": structure.version,
            "stageStates": structure.stages.iter().map(|stage| stage_state(machine, stage)).collect::<Vec<_>>(),
            "created": seconds(machine.created),
            "updated": seconds(machine.updated),
        }))
    })
}

fn stage_state(machine: &Machine, stage: &Stage) -> Value {
    let inbound: Vec<Value> = machine
        .executions()
        .iter()
        .filter(|execution| execution.is_before(&stage.name))
        .map(
            |execution| json!({ "pipelineExecutionId": execution.id, "status": "InProgress", "type": kind(execution) }),
        )
        .collect();
    let latest =
        newest(machine, |execution| execution.stage(&stage.name).map(|run| (execution, run)), |(_, run)| run.beginning);
    let transition = match machine.closed(&stage.name) {
        None => json!({ "enabled": true }),
        Some(closed) => json!({
            "enabled": false,
            "lastChangedBy": closed.by,
            "lastChangedAt": seconds(closed.at),
            "disabledReason": closed.reason,
        }),
    };
    json!({
        "stageName": stage.name,
        "inboundExecution": inbound.last(),
        "inboundExecutions": inbound,
        "inboundTransitionState": transition,
        "actionStates": stage.actions.iter().map(|action| action_state(machine, stage, action)).collect::<Vec<_>>(),
        "latestExecution": latest.map(|(execution, run)| stage_execution(execution, run)),
        "beforeEntryConditionState": latest.and_then(|(_, run)| run.before_entry.as_ref()).map(condition_state),
        "onSuccessConditionState": latest.and_then(|(_, run)| run.on_success.as_ref()).map(condition_state),
        "retryStageMetadata": latest.filter(|(_, run)| run.retries + run.auto_retries > 0).map(|(_, run)| json!({
            "autoStageRetryAttempt": run.auto_retries,
            "manualStageRetryAttempt": run.retries,
            // What a stage does by itself it does first.
            "latestRetryTrigger": if run.retries > 0 { "ManualStageRetry" } else { "AutomatedStageRetry" },
        })),
    })
}

fn stage_execution(execution: &Execution, run: &StageRun) -> Value {
    json!({ "pipelineExecutionId": execution.id, "status": run.status, "type": kind(execution) })
}

/// A stage has one condition at each place, so what holds of it holds of the place.
fn condition_state(condition: &ConditionRun) -> Value {
    let ConditionRun { status, summary, changed, rules, .. } = condition;
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "ruleName": rule.rule,
                "latestExecution": {
                    "ruleExecutionId": rule.id,
                    "status": rule.status,
                    "summary": rule.summary,
                    "lastStatusChange": seconds(rule.changed),
                    "errorDetails": rule.error,
                },
            })
        })
        .collect();
    json!({
        "latestExecution": { "status": status, "summary": summary },
        "conditionStates": [{
            "latestExecution": { "status": status, "summary": summary, "lastStatusChange": seconds(*changed) },
            "ruleStates": rules,
        }],
    })
}

/// An action shows its newest run, even if it belongs to an older execution than the stage's.
fn action_state(machine: &Machine, stage: &Stage, action: &Action) -> Value {
    let newest_run = |execution: &'_ Execution| -> Option<usize> {
        execution.stage(&stage.name)?.actions.iter().rposition(|run| run.action == action.name)
    };
    let latest = newest(
        machine,
        |execution| {
            let position = newest_run(execution)?;
            execution.stage(&stage.name).map(|run| &run.actions[position])
        },
        |run| run.beginning,
    );
    json!({
        "actionName": action.name,
        "currentRevision": latest.and_then(|run| run.revision.as_ref().map(|revision| json!({
            "revisionId": revision.id,
            "revisionChangeId": revision.id.chars().take(100).collect::<String>(),
            "created": seconds(revision.created.unwrap_or(run.updated)),
        }))),
        "latestExecution": latest.map(action_execution),
        "entityUrl": entity_url(machine, action),
        "revisionUrl": latest.and_then(|run| run.revision.as_ref()).and_then(|revision| revision.url.as_ref()),
    })
}

fn action_execution(run: &ActionRun) -> Value {
    json!({
        "actionExecutionId": run.id,
        "status": run.status,
        "summary": run.external.summary,
        "lastStatusChange": seconds(run.updated),
        "token": run.token,
        "lastUpdatedBy": run.updated_by,
        "externalExecutionId": run.external.id,
        "externalExecutionUrl": run.external.url,
        "percentComplete": run.external.percent,
        "errorDetails": run.error,
        "logStreamARN": run.external.log_stream,
    })
}

/// Where to look at what an action works on.
fn entity_url(machine: &Machine, action: &Action) -> Option<String> {
    let region = action.region.as_deref().unwrap_or(machine.environment.region.as_str());
    let setting = |key: &str| action.setting(key);
    match action.provider()? {
        Provider::GitHub => {
            Some(format!("https://github.com/{}/{}/tree/{}", setting("Owner")?, setting("Repo")?, setting("Branch")?))
        }
        Provider::S3Source => Some(format!("https://console.aws.amazon.com/s3/buckets/{}", setting("S3Bucket")?)),
        Provider::CodeBuild => Some(format!(
            "https://{region}.console.aws.amazon.com/codesuite/codebuild/projects/{}/view",
            setting("ProjectName")?
        )),
        Provider::CloudFormation => {
            Some(format!("https://console.aws.amazon.com/cloudformation/home?region={region}#/"))
        }
        Provider::Approval => setting("ExternalEntityLink").map(str::to_owned),
        Provider::Connection | Provider::S3Deploy => None,
    }
}

/// The thing that began last among those that executions have.
fn newest<'a, T: Copy>(
    machine: &'a Machine,
    of: impl Fn(&'a Execution) -> Option<T>,
    beginning: impl Fn(&T) -> u64,
) -> Option<T> {
    machine.executions().iter().filter_map(of).max_by_key(beginning)
}
