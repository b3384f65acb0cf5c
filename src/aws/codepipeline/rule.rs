//! Looks at the rules of stages' conditions in one execution (`ListRuleExecutions`).

use std::collections::BTreeMap;

use aws_sdk_codepipeline::types;
use jiff::Timestamp;

use super::{ActionError, ActionStatus, execution_id};
use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::id::{ExecutionId, PipelineName};

/// One look at a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleExecution {
    /// The execution it belongs to.
    pub execution: ExecutionId,
    /// The stage.
    pub stage: String,
    /// The rule.
    pub rule: String,
    /// How it stands; the service has the same words as for actions.
    pub status: ActionStatus,
    /// Who looks, such as `DeploymentWindow` or `CloudWatchAlarm`.
    pub provider: String,
    /// What it looks for, with all references replaced.
    pub configuration: BTreeMap<String, String>,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it changed last.
    pub updated: Option<Timestamp>,
    /// What the rule says.
    pub summary: Option<String>,
    /// Why it could not be looked at.
    pub error: Option<ActionError>,
}

#[cfg(test)]
impl RuleExecution {
    /// A look of which nothing is known but how it stands.
    pub fn sample(execution: &ExecutionId, stage: &str, rule: &str, status: ActionStatus) -> Self {
        Self {
            execution: execution.clone(),
            stage: stage.to_owned(),
            rule: rule.to_owned(),
            status,
            provider: String::new(),
            configuration: BTreeMap::new(),
            started: None,
            updated: None,
            summary: None,
            error: None,
        }
    }
}

impl Aws {
    /// Lists all looks at rules in an execution, the oldest first.
    pub async fn rule_executions(
        &self,
        pipeline: &PipelineName,
        execution: &ExecutionId,
    ) -> Result<Vec<RuleExecution>> {
        const OPERATION: &str = "codepipeline:ListRuleExecutions";
        let mut pages = self
            .codepipeline()
            .list_rule_executions()
            .pipeline_name(pipeline.as_str())
            .filter(types::RuleExecutionFilter::builder().pipeline_execution_id(execution.as_str()).build())
            .max_results(100)
            .into_paginator()
            .send();
        let mut rules = Vec::new();
        while let Some(page) = pages.next().await {
            for detail in page.map_err(Error::of(OPERATION))?.rule_execution_details() {
                rules.push(rule_execution(OPERATION, detail)?);
            }
        }
        // The service lists the newest first.
        rules.reverse();
        Ok(rules)
    }
}

fn rule_execution(operation: &'static str, detail: &types::RuleExecutionDetail) -> Result<RuleExecution> {
    let missing = |what| Error::Incomplete { operation, what };
    let input = detail.input();
    let result = detail.output().and_then(types::RuleExecutionOutput::execution_result);
    Ok(RuleExecution {
        execution: execution_id(operation, detail.pipeline_execution_id())?,
        stage: detail.stage_name().ok_or_else(|| missing("stage name"))?.to_owned(),
        rule: detail.rule_name().ok_or_else(|| missing("rule name"))?.to_owned(),
        status: ActionStatus::from(detail.status().map_or("", types::RuleExecutionStatus::as_str)),
        provider: input
            .and_then(|input| input.rule_type_id())
            .map_or_else(String::new, |kind| kind.provider().to_owned()),
        configuration: input
            .and_then(|input| input.resolved_configuration().or(input.configuration()))
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        started: timestamp(detail.start_time()),
        updated: timestamp(detail.last_update_time()),
        summary: result.and_then(types::RuleExecutionResult::external_execution_summary).map(str::to_owned),
        error: result.and_then(types::RuleExecutionResult::error_details).map(ActionError::read),
    })
}
