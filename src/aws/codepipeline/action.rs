//! Actions of one execution (`ListActionExecutions`), and the answer to a waiting approval.

use std::collections::BTreeMap;

use aws_sdk_codepipeline::types;
use jiff::Timestamp;

use super::{ActionStatus, Provider, execution_id};
use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::id::{ExecutionId, PipelineName};

/// One run of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionExecution {
    /// The execution it belongs to.
    pub execution: ExecutionId,
    /// The run's own id.
    pub id: String,
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// Who does the work.
    pub provider: Provider,
    /// How it does.
    pub status: ActionStatus,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it changed last.
    pub updated: Option<Timestamp>,
    /// Its configuration, with variables resolved where the service tells.
    pub configuration: BTreeMap<String, String>,
    /// The role it works as, if not the pipeline's.
    pub role: Option<String>,
    /// The region it works in, if not the pipeline's.
    pub region: Option<String>,
    /// What the provider calls the work: the build's id, for a build.
    pub external_id: Option<String>,
    /// What the provider says about it.
    pub summary: Option<String>,
    /// Why it failed.
    pub error: Option<ActionError>,
}

/// Why an action failed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ActionError {
    /// The provider's code.
    pub code: Option<String>,
    /// The provider's message.
    pub message: Option<String>,
}

impl ActionError {
    pub(super) fn read(error: &types::ErrorDetails) -> Self {
        Self { code: error.code().map(str::to_owned), message: error.message().map(str::to_owned) }
    }
}

/// The answer to an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub enum Verdict {
    /// The execution goes on.
    Approved,
    /// The stage fails.
    Rejected,
}

impl Verdict {
    /// The verb that gives it.
    pub fn verb(self) -> &'static str {
        match self {
            Self::Approved => "approve",
            Self::Rejected => "reject",
        }
    }
}

/// An approval that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalTicket {
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// The token of this very wait; the service refuses that of an earlier one.
    pub token: String,
}

impl Aws {
    /// Lists all runs of actions in an execution, the oldest first.
    pub async fn action_executions(
        &self,
        pipeline: &PipelineName,
        execution: &ExecutionId,
    ) -> Result<Vec<ActionExecution>> {
        const OPERATION: &str = "codepipeline:ListActionExecutions";
        let mut pages = self
            .codepipeline()
            .list_action_executions()
            .pipeline_name(pipeline.as_str())
            .filter(types::ActionExecutionFilter::builder().pipeline_execution_id(execution.as_str()).build())
            .max_results(100)
            .into_paginator()
            .send();
        let mut actions = Vec::new();
        while let Some(page) = pages.next().await {
            for detail in page.map_err(Error::of(OPERATION))?.action_execution_details() {
                actions.push(action_execution(OPERATION, detail)?);
            }
        }
        // The service lists the newest first.
        actions.reverse();
        actions.sort_by_key(|action| action.started);
        Ok(actions)
    }

    /// Answers a waiting approval.
    pub async fn answer_approval(
        &self,
        pipeline: &PipelineName,
        ticket: &ApprovalTicket,
        verdict: Verdict,
        message: &str,
    ) -> Result<()> {
        const OPERATION: &str = "codepipeline:PutApprovalResult";
        let result = types::ApprovalResult::builder()
            // The service takes no longer summary.
            .summary(message.chars().take(512).collect::<String>())
            .status(match verdict {
                Verdict::Approved => types::ApprovalStatus::Approved,
                Verdict::Rejected => types::ApprovalStatus::Rejected,
            })
            .build()
            .map_err(|_| Error::Incomplete { operation: OPERATION, what: "summary" })?;
        self.codepipeline()
            .put_approval_result()
            .pipeline_name(pipeline.as_str())
            .stage_name(&ticket.stage)
            .action_name(&ticket.action)
            .token(&ticket.token)
            .result(result)
            .send()
            .await
            .map_err(Error::of(OPERATION))?;
        Ok(())
    }
}

fn action_execution(operation: &'static str, detail: &types::ActionExecutionDetail) -> Result<ActionExecution> {
    let missing = |what| Error::Incomplete { operation, what };
    let input = detail.input();
    let mut configuration = BTreeMap::new();
    for settings in [
        input.and_then(types::ActionExecutionInput::configuration),
        input.and_then(types::ActionExecutionInput::resolved_configuration),
    ] {
        configuration.extend(settings.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())));
    }
    let result = detail.output().and_then(types::ActionExecutionOutput::execution_result);
    Ok(ActionExecution {
        execution: execution_id(operation, detail.pipeline_execution_id())?,
        id: detail.action_execution_id().ok_or_else(|| missing("action execution id"))?.to_owned(),
        stage: detail.stage_name().ok_or_else(|| missing("stage name"))?.to_owned(),
        action: detail.action_name().ok_or_else(|| missing("action name"))?.to_owned(),
        provider: Provider::read(input.and_then(types::ActionExecutionInput::action_type_id)),
        status: ActionStatus::from(detail.status().map_or("", types::ActionExecutionStatus::as_str)),
        started: timestamp(detail.start_time()),
        updated: timestamp(detail.last_update_time()),
        configuration,
        role: input.and_then(types::ActionExecutionInput::role_arn).map(str::to_owned),
        region: input.and_then(types::ActionExecutionInput::region).map(str::to_owned),
        external_id: result.and_then(types::ActionExecutionResult::external_execution_id).map(str::to_owned),
        summary: result.and_then(types::ActionExecutionResult::external_execution_summary).map(str::to_owned),
        error: result.and_then(types::ActionExecutionResult::error_details).map(ActionError::read),
    })
}

#[cfg(test)]
impl ActionExecution {
    /// A run with nothing but its place, its provider and its status, for tests.
    pub(crate) fn sample(stage: &str, action: &str, provider: Provider, status: ActionStatus) -> Self {
        Self {
            execution: "e".parse().unwrap(),
            id: format!("{stage}-{action}"),
            stage: stage.to_owned(),
            action: action.to_owned(),
            provider,
            status,
            started: None,
            updated: None,
            configuration: BTreeMap::new(),
            role: None,
            region: None,
            external_id: None,
            summary: None,
            error: None,
        }
    }
}
