//! Executions of a pipeline: list, start, stop, and what steers them.

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExecutionKind {
    /// One from the source on.
    #[default]
    Standard,
    /// One that takes a single stage back to what an earlier one deployed.
    Rollback,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

    /// Starts an execution. Repeating the call with the same token starts no second one.
    pub async fn start_execution(&self, pipeline: &PipelineName, token: &str) -> Result<ExecutionId> {
        const OPERATION: &str = "codepipeline:StartPipelineExecution";
        let answer = self
            .codepipeline()
            .start_pipeline_execution()
            .name(pipeline.as_str())
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
            Some(types::ExecutionType::Rollback) => ExecutionKind::Rollback,
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

#[cfg(test)]
mod tests {
    use super::*;

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
