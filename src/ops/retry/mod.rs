//! `pipectl retry`: runs a failed stage again, after removing what would make it fail again.
//!
//! ```text
//! choose the failed stage ─▶ stacks that were never created: delete ─▶ change sets: executable? ─▶ retry
//!                            (as the guard does in the pipeline)       no, or a stack is gone: all actions
//!                                                                      yes: the failed ones
//! ```
//!
//! Where a window or an alarm failed the stage, no action has: all of them run again.

mod choose;
mod error;

use serde::Serialize;

pub use error::RetryError;

use super::action_access::{ActionAccess, Preference};
use super::parallel;
use super::stack::{Deployer, Pace, Removal, Unfinished};
use super::status::last_looks;
use super::subject::Subject;
use crate::aws::codepipeline::{ActionExecution, PipelineState, Provider, RetryMode, RuleExecution, Structure};
use crate::event::Events;
use crate::id::{ExecutionId, StackName};
use crate::pipeline::Owner;

/// What was done. Its JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Retried {
    /// The stage of the deployed pipeline.
    pub stage: String,
    /// The execution that goes on.
    pub execution: ExecutionId,
    /// Which of its actions run again.
    pub mode: RetryMode,
    /// The stacks that were deleted first, because they were never created.
    pub deleted: Vec<StackName>,
}

/// Which failed stage is meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The stage; needed only where several have failed.
    pub stage: Option<&'a str>,
    /// The execution; the newest of a pipeline whose executions run in parallel, unless one is named.
    pub execution: Option<&'a ExecutionId>,
}

/// Retries the failed stage, or the one that is named.
pub async fn retry(subject: &Subject, wanted: Wanted<'_>, pace: Pace, events: &Events) -> Result<Retried, RetryError> {
    let structure = subject.structure().await?;
    let state = state(subject, &structure, wanted.execution).await?;
    let (stage, run) = choose::choose(&subject.name, &state, wanted)?;
    let runs = subject.aws.action_executions(&subject.name, &run.execution).await?;
    let failed = choose::failed_runs(&stage.name, &runs);
    let repair = Repair { subject, access: ActionAccess::new(&subject.aws), pace, events };
    let deleted = repair.delete_never_created(&structure, &stage.name, &failed).await?;
    let rules = if failed.is_empty() { rules(subject, &structure, &run.execution).await? } else { Vec::new() };
    let failed_rules = choose::failed_rules(&stage.name, &run.execution, &rules, &runs);
    if !failed_rules.is_empty() {
        let named = failed_rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
        let stage = &stage.name;
        events.step(format!("stage `{stage}` failed by {named}, not by an action: all of its actions run again"));
    }
    let mode = match deleted.is_empty() && failed_rules.is_empty() {
        true => repair.mode(&failed).await?,
        false => RetryMode::AllActions,
    };
    let error = match subject.aws.retry_stage(&subject.name, &stage.name, &run.execution, mode).await {
        Ok(execution) => return Ok(Retried { stage: stage.name.clone(), execution, mode, deleted }),
        Err(error) => error,
    };
    match error.code() {
        Some("StageNotRetryableException" | "NotLatestPipelineExecutionException" | "ConflictException") => {}
        _ => return Err(error.into()),
    }
    // The answer to an earlier attempt may have got lost, or someone else was faster.
    let now = self::state(subject, &structure, Some(&run.execution)).await?;
    if choose::runs_again(&now, &stage.name, &run.execution)
        || subject.aws.action_executions(&subject.name, &run.execution).await?.len() > runs.len()
    {
        return Ok(Retried { stage: stage.name.clone(), execution: run.execution.clone(), mode, deleted });
    }
    Err(RetryError::NotRetryable {
        stage: stage.name.clone(),
        reason: error.message().unwrap_or("a newer execution has been there since").to_owned(),
    })
}

/// The state of the pipeline; where executions run in parallel, that of one of them.
async fn state(
    subject: &Subject,
    structure: &Structure,
    execution: Option<&ExecutionId>,
) -> Result<PipelineState, RetryError> {
    if !parallel::is_parallel(structure) {
        return Ok(subject.state().await?);
    }
    let execution = subject.execution(execution).await?.id;
    let runs = subject.aws.action_executions(&subject.name, &execution).await?;
    let rules = rules(subject, structure, &execution).await?;
    let mut state = parallel::state_of(structure, &execution, &runs);
    let looks: Vec<&RuleExecution> = last_looks(&rules, &runs, &execution).collect();
    parallel::heed_rules(&mut state, &execution, &looks);
    Ok(state)
}

/// The looks at rules in an execution, where rules can make a stage fail.
async fn rules(
    subject: &Subject,
    structure: &Structure,
    execution: &ExecutionId,
) -> Result<Vec<RuleExecution>, RetryError> {
    match structure.stages.iter().any(|stage| stage.conditions.can_fail) {
        true => Ok(subject.aws.rule_executions(&subject.name, execution).await?),
        false => Ok(Vec::new()),
    }
}

/// What is put right before a stage is retried.
struct Repair<'a> {
    subject: &'a Subject,
    access: ActionAccess<'a>,
    pace: Pace,
    events: &'a Events,
}

impl Repair<'_> {
    /// Deletes the stacks of a stage whose first creation failed, and those that failed to get beyond their change set:
    /// neither can be updated, and neither holds anything.
    async fn delete_never_created(
        &self,
        structure: &Structure,
        stage: &str,
        failed: &[&ActionExecution],
    ) -> Result<Vec<StackName>, RetryError> {
        let mut deleted: Vec<StackName> = Vec::new();
        let actions =
            structure.stages.iter().filter(|candidate| candidate.name == stage).flat_map(|stage| &stage.actions);
        for action in actions.filter(|action| action.provider == Provider::CloudFormation) {
            let Some(name) = action.configuration.get("StackName") else { continue };
            let unreadable = |cause| RetryError::Unreadable { stack: name.clone(), cause };
            let connection =
                self.access.connect(action.role.as_deref(), action.region.as_deref(), Preference::ActionRole);
            let there = connection.await.map_err(unreadable)?;
            let Some(stack) = there.stack(name).await.map_err(unreadable)? else { continue };
            let has_failed = failed.iter().any(|run| run.action == action.name);
            let unfinished = if has_failed { Unfinished::FailedOrReserved } else { Unfinished::Failed };
            let deployer = Deployer { aws: there, bucket: None, pace: self.pace, events: self.events.clone() };
            let role = action.configuration.get("RoleArn").map(String::as_str);
            let removal =
                deployer.delete_unfinished(&stack, unfinished, Some(&Owner::from(&self.subject.name)), role).await?;
            if removal == Removal::Deleted {
                deleted.push(stack.name);
            }
        }
        Ok(deleted)
    }

    /// Which actions have to run again.
    async fn mode(&self, failed: &[&ActionExecution]) -> Result<RetryMode, RetryError> {
        for run in failed {
            let Some((stack, change_set)) = choose::executed_change_set(run) else { continue };
            let unreadable = |cause| RetryError::Unreadable { stack: stack.to_owned(), cause };
            let connection = self.access.connect(run.role.as_deref(), run.region.as_deref(), Preference::ActionRole);
            let there = connection.await.map_err(unreadable)?;
            let found = there.change_set(stack, change_set).await.map_err(unreadable)?;
            if choose::mode_for(found.as_ref()) == RetryMode::AllActions {
                return Ok(RetryMode::AllActions);
            }
        }
        Ok(RetryMode::FailedActions)
    }
}
