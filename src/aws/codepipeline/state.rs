//! What every stage and action of a pipeline does at this moment (`GetPipelineState`).

use aws_sdk_codepipeline::types;
use jiff::Timestamp;

use super::{ActionError, ActionStatus, StageStatus};
use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::id::{ExecutionId, PipelineName};

/// The state of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipelineState {
    /// The version of its structure, counted by the service.
    pub version: i32,
    /// Its stages, in order.
    pub stages: Vec<StageState>,
    /// When its structure was last changed.
    pub updated: Option<Timestamp>,
}

/// The state of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageState {
    /// Its name.
    pub name: String,
    /// The executions that wait before it.
    pub inbound: Vec<StageRun>,
    /// Whether executions may enter it.
    pub transition: Transition,
    /// The execution that was last in it.
    pub latest: Option<StageRun>,
    /// How often that execution was tried again in it.
    pub retries: Retries,
    /// Its actions, in order.
    pub actions: Vec<ActionState>,
}

/// An execution in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRun {
    /// The execution.
    pub execution: ExecutionId,
    /// How it does in this stage.
    pub status: StageStatus,
}

/// How often a stage was tried again in one execution (`RetryStageMetadata`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retries {
    /// By itself.
    pub automatic: i32,
    /// Because somebody asked for it.
    pub by_hand: i32,
}

/// Whether executions may enter a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Transition {
    /// They may.
    #[default]
    Enabled,
    /// Somebody shut the door.
    Disabled {
        /// Why.
        reason: Option<String>,
        /// Who did it, as an ARN.
        by: Option<String>,
        /// Since when.
        since: Option<Timestamp>,
    },
}

/// The state of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionState {
    /// Its name.
    pub name: String,
    /// Its last run, if it ever ran.
    pub latest: Option<ActionRun>,
}

/// The last run of an action, as the pipeline's state tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRun {
    /// The run's own id, which is not the execution's.
    pub id: Option<String>,
    /// How it does.
    pub status: ActionStatus,
    /// What the service or the approver says about it.
    pub summary: Option<String>,
    /// When the status changed last.
    pub changed: Option<Timestamp>,
    /// The token that answers a waiting approval.
    pub token: Option<String>,
    /// The id of the build, for a build.
    pub external_id: Option<String>,
    /// Why it failed.
    pub error: Option<ActionError>,
}

impl Aws {
    /// Reads the state of a pipeline.
    pub async fn pipeline_state(&self, pipeline: &PipelineName) -> Result<PipelineState> {
        const OPERATION: &str = "codepipeline:GetPipelineState";
        let answer = self
            .codepipeline()
            .get_pipeline_state()
            .name(pipeline.as_str())
            .send()
            .await
            .map_err(Error::of(OPERATION))?;
        let stages = answer.stage_states().iter().map(|stage| stage_state(OPERATION, stage)).collect::<Result<_>>()?;
        Ok(PipelineState {
            version: answer.pipeline_version().unwrap_or_default(),
            stages,
            updated: timestamp(answer.updated()),
        })
    }
}

fn stage_state(operation: &'static str, stage: &types::StageState) -> Result<StageState> {
    let inbound = match (stage.inbound_executions(), stage.inbound_execution()) {
        // The older field holds the same execution where only one can wait.
        ([], Some(one)) => std::slice::from_ref(one),
        (several, _) => several,
    };
    Ok(StageState {
        name: stage.stage_name().ok_or(Error::Incomplete { operation, what: "stage name" })?.to_owned(),
        inbound: inbound.iter().map(|run| stage_run(operation, run)).collect::<Result<_>>()?,
        transition: match stage.inbound_transition_state() {
            Some(state) if !state.enabled() => Transition::Disabled {
                reason: state.disabled_reason().map(str::to_owned),
                by: state.last_changed_by().map(str::to_owned),
                since: timestamp(state.last_changed_at()),
            },
            _ => Transition::Enabled,
        },
        latest: stage.latest_execution().map(|run| stage_run(operation, run)).transpose()?,
        retries: stage.retry_stage_metadata().map_or_else(Retries::default, |retried| Retries {
            automatic: retried.auto_stage_retry_attempt().unwrap_or_default(),
            by_hand: retried.manual_stage_retry_attempt().unwrap_or_default(),
        }),
        actions: stage.action_states().iter().map(|action| action_state(operation, action)).collect::<Result<_>>()?,
    })
}

fn stage_run(operation: &'static str, run: &types::StageExecution) -> Result<StageRun> {
    Ok(StageRun {
        execution: super::execution_id(operation, Some(run.pipeline_execution_id()))?,
        status: StageStatus::from(run.status().as_str()),
    })
}

fn action_state(operation: &'static str, action: &types::ActionState) -> Result<ActionState> {
    Ok(ActionState {
        name: action.action_name().ok_or(Error::Incomplete { operation, what: "action name" })?.to_owned(),
        latest: action.latest_execution().map(|run| ActionRun {
            id: run.action_execution_id().map(str::to_owned),
            status: ActionStatus::from(run.status().map_or("", types::ActionExecutionStatus::as_str)),
            summary: run.summary().map(str::to_owned),
            changed: timestamp(run.last_status_change()),
            token: run.token().map(str::to_owned),
            external_id: run.external_execution_id().map(str::to_owned),
            error: run.error_details().map(ActionError::read),
        }),
    })
}
