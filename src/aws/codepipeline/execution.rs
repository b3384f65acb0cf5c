//! Executions of a pipeline: list, start, stop, and what steers them.

use std::collections::BTreeMap;

use aws_sdk_codepipeline::types;
use jiff::Timestamp;

use super::{ExecutionStatus, execution_id};
use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::id::{ExecutionId, PipelineName};

/// An execution of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// Its id.
    pub id: ExecutionId,
    /// Whether it is an ordinary one.
    pub kind: ExecutionKind,
    /// How it does.
    pub status: ExecutionStatus,
    /// What the service says about the status.
    pub summary: Option<String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it changed last.
    pub updated: Option<Timestamp>,
    /// What it works on, one entry for each source action that has run.
    pub revisions: Vec<SourceRevision>,
    /// What began it.
    pub trigger: Option<Trigger>,
    /// Why it was stopped, as whoever stopped it says.
    pub stop_reason: Option<String>,
}

/// What kind of execution it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ExecutionKind {
    /// One from the source on.
    #[default]
    Standard,
    /// One that takes a single stage back to what an earlier one deployed.
    Rollback(Rollback),
}

/// What a roll-back takes back, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// The execution whose artifacts and variables the stage runs with, where the service tells.
    pub target: Option<ExecutionId>,
    /// What it follows from.
    pub cause: RollbackCause,
}

/// What a roll-back follows from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RollbackCause {
    /// Somebody asked for it.
    Asked,
    /// An execution failed in the stage: this one, where the service tells.
    Failure(Option<ExecutionId>),
}

impl Execution {
    /// What it takes back, if it is a roll-back.
    pub fn rollback(&self) -> Option<&Rollback> {
        match &self.kind {
            ExecutionKind::Standard => None,
            ExecutionKind::Rollback(rollback) => Some(rollback),
        }
    }

    /// Tells whether it follows from a failure of the execution, which began before it.
    pub fn takes_back(&self, failed: &ExecutionId) -> bool {
        match self.rollback().map(|rollback| &rollback.cause) {
            None | Some(RollbackCause::Asked) => false,
            Some(RollbackCause::Failure(known)) => known.as_ref().is_none_or(|known| known == failed),
        }
    }

    /// Tells whether what it stands for went well: it succeeded, and does not make up for a failure.
    pub fn went_well(&self) -> bool {
        let makes_up = self.rollback().is_some_and(|rollback| rollback.cause != RollbackCause::Asked);
        self.status == ExecutionStatus::Succeeded && !makes_up
    }
}

/// The revision that a source action found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SourceRevision {
    /// The source action.
    pub action: String,
    /// The commit's or the object version's id.
    pub revision: Option<String>,
    /// The commit's message; connections give a JSON object that holds it.
    pub summary: Option<String>,
    /// Where it can be looked at.
    pub url: Option<String>,
}

impl SourceRevision {
    /// The first line of the commit's message.
    pub fn message(&self) -> Option<String> {
        let summary = self.summary.as_deref()?;
        let wrapped = serde_json::from_str::<serde_json::Value>(summary).ok();
        let message = wrapped.as_ref().and_then(|object| object.get("CommitMessage")?.as_str()).unwrap_or(summary);
        message.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
    }
}

/// What began an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The service's word, such as `Webhook` or `StartPipelineExecution`.
    pub kind: String,
    /// The webhook's or the principal's ARN, say.
    pub detail: Option<String>,
}

/// What becomes of actions under way when their execution is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopMode {
    /// They are finished first.
    Finish,
    /// They are left alone and no more followed.
    Abandon,
}

/// Which actions of a failed stage run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RetryMode {
    /// Those that failed.
    FailedActions,
    /// All, from the stage's first.
    AllActions,
}

impl Aws {
    /// Lists the newest executions of a pipeline, the newest first, at most `limit`.
    pub async fn executions(&self, pipeline: &PipelineName, limit: usize) -> Result<Vec<Execution>> {
        const OPERATION: &str = "codepipeline:ListPipelineExecutions";
        let page_size = i32::try_from(limit.clamp(1, 100)).unwrap_or(100);
        let mut pages = self
            .codepipeline()
            .list_pipeline_executions()
            .pipeline_name(pipeline.as_str())
            .max_results(page_size)
            .into_paginator()
            .send();
        let mut executions = Vec::new();
        while executions.len() < limit
            && let Some(page) = pages.next().await
        {
            for summary in page.map_err(Error::of(OPERATION))?.pipeline_execution_summaries() {
                executions.push(execution(OPERATION, summary)?);
            }
        }
        executions.truncate(limit);
        Ok(executions)
    }

    /// How an execution does; `None` where the pipeline knows none of that id.
    pub async fn execution_status(
        &self,
        pipeline: &PipelineName,
        execution: &ExecutionId,
    ) -> Result<Option<ExecutionStatus>> {
        const OPERATION: &str = "codepipeline:GetPipelineExecution";
        let call = self.codepipeline().get_pipeline_execution().pipeline_name(pipeline.as_str());
        let answer = call.pipeline_execution_id(execution.as_str()).send().await;
        match answer.map_err(Error::of(OPERATION)) {
            Err(error) if error.code() == Some("PipelineExecutionNotFoundException") => Ok(None),
            answer => {
                let answer = answer?;
                let status = answer.pipeline_execution().and_then(|execution| execution.status());
                Ok(Some(ExecutionStatus::from(status.map_or("", types::PipelineExecutionStatus::as_str))))
            }
        }
    }

    /// Starts an execution, with other values of some of its variables. Repeating the call with the same token starts no
    /// second one.
    pub async fn start_execution(
        &self,
        pipeline: &PipelineName,
        variables: &BTreeMap<String, String>,
        token: &str,
    ) -> Result<ExecutionId> {
        const OPERATION: &str = "codepipeline:StartPipelineExecution";
        let variables = variables
            .iter()
            .map(|(name, value)| types::PipelineVariable::builder().name(name).value(value).build())
            .collect::<std::result::Result<Vec<_>, _>>()
            // Both are there.
            .map_err(|_| Error::Incomplete { operation: OPERATION, what: "variables" })?;
        let answer = self
            .codepipeline()
            .start_pipeline_execution()
            .name(pipeline.as_str())
            .set_variables((!variables.is_empty()).then_some(variables))
            .client_request_token(token)
            .send()
            .await
            .map_err(Error::of(OPERATION))?;
        execution_id(OPERATION, answer.pipeline_execution_id())
    }

    /// Stops an execution.
    pub async fn stop_execution(
        &self,
        pipeline: &PipelineName,
        execution: &ExecutionId,
        mode: StopMode,
        reason: &str,
    ) -> Result<()> {
        // The service takes no longer reason.
        let reason: String = reason.chars().take(200).collect();
        self.codepipeline()
            .stop_pipeline_execution()
            .pipeline_name(pipeline.as_str())
            .pipeline_execution_id(execution.as_str())
            .abandon(mode == StopMode::Abandon)
            .reason(reason)
            .send()
            .await
            .map_err(Error::of("codepipeline:StopPipelineExecution"))?;
        Ok(())
    }

    /// Runs a failed stage again, in the execution that failed.
    pub async fn retry_stage(
        &self,
        pipeline: &PipelineName,
        stage: &str,
        execution: &ExecutionId,
        mode: RetryMode,
    ) -> Result<ExecutionId> {
        const OPERATION: &str = "codepipeline:RetryStageExecution";
        let answer = self
            .codepipeline()
            .retry_stage_execution()
            .pipeline_name(pipeline.as_str())
            .stage_name(stage)
            .pipeline_execution_id(execution.as_str())
            .retry_mode(match mode {
                RetryMode::FailedActions => types::StageRetryMode::FailedActions,
                RetryMode::AllActions => types::StageRetryMode::AllActions,
            })
            .send()
            .await
            .map_err(Error::of(OPERATION))?;
        execution_id(OPERATION, answer.pipeline_execution_id())
    }
}

fn execution(operation: &'static str, summary: &types::PipelineExecutionSummary) -> Result<Execution> {
    Ok(Execution {
        id: execution_id(operation, summary.pipeline_execution_id())?,
        status: ExecutionStatus::from(summary.status().map_or("", types::PipelineExecutionStatus::as_str)),
        kind: match summary.execution_type() {
            Some(types::ExecutionType::Rollback) => ExecutionKind::Rollback(rollback(summary)),
            _ => ExecutionKind::Standard,
        },
        summary: summary.status_summary().map(str::to_owned),
        started: timestamp(summary.start_time()),
        updated: timestamp(summary.last_update_time()),
        revisions: summary
            .source_revisions()
            .iter()
            .map(|revision| SourceRevision {
                action: revision.action_name().to_owned(),
                revision: revision.revision_id().map(str::to_owned),
                summary: revision.revision_summary().map(str::to_owned),
                url: revision.revision_url().map(str::to_owned),
            })
            .collect(),
        trigger: summary.trigger().map(|trigger| Trigger {
            kind: trigger.trigger_type().map_or_else(String::new, |kind| kind.as_str().to_owned()),
            detail: trigger.trigger_detail().map(str::to_owned),
        }),
        stop_reason: summary.stop_trigger().and_then(|trigger| trigger.reason()).map(str::to_owned),
    })
}

fn rollback(summary: &types::PipelineExecutionSummary) -> Rollback {
    let target = summary.rollback_metadata().and_then(|metadata| metadata.rollback_target_pipeline_execution_id());
    let trigger = summary.trigger();
    let is_automatic =
        trigger.and_then(|trigger| trigger.trigger_type()) == Some(&types::TriggerType::AutomatedRollback);
    Rollback {
        target: target.and_then(|target| target.parse().ok()),
        cause: match is_automatic {
            true => RollbackCause::Failure(trigger.and_then(|trigger| execution_in(trigger.trigger_detail()?))),
            false => RollbackCause::Asked,
        },
    }
}

/// The id of an execution in the detail of a trigger, which may be a JSON object that holds it.
fn execution_in(detail: &str) -> Option<ExecutionId> {
    let is_part = |character: char| character.is_ascii_hexdigit() || character == '-';
    let is_id = |part: &&str| part.len() == 36 && part.matches('-').count() == 4;
    detail.split(|character| !is_part(character)).find(is_id)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_execution_that_failed_is_found_in_a_triggers_detail() {
        let id = "b2e77fa5-9285-4dea-ae66-438912345678";
        let found = |detail: &str| execution_in(detail).map(|found| found.to_string());
        assert_eq!(found(id).as_deref(), Some(id));
        assert_eq!(found(&format!("{{\"FailedPipelineExecutionId\":\"{id}\"}}")).as_deref(), Some(id));
        assert_eq!(found("arn:aws:sts::111111111111:assumed-role/deployer"), None);
    }

    #[test]
    fn a_commit_message_is_found_in_both_forms() {
        let message = |summary: &str| {
            let (action, summary) = ("Source".to_owned(), Some(summary.to_owned()));
            SourceRevision { action, revision: None, summary, url: None }.message()
        };
        assert_eq!(message("Fix it\n\nReally.").as_deref(), Some("Fix it"));
        assert_eq!(message(r#"{"ProviderType":"GitHub","CommitMessage":"Fix it\nnow"}"#).as_deref(), Some("Fix it"));
        assert_eq!(message("Amazon S3 version id: x").as_deref(), Some("Amazon S3 version id: x"));
        assert_eq!(message(""), None);
    }
}
