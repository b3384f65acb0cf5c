//! `pipectl retry`: runs a failed stage again, after removing what would make it fail again.
//!
//! ```text
//! choose the failed stage ─▶ stacks that were never created: delete ─▶ change sets: executable? ─▶ retry
//!                            failed roll-backs: continue              no, or a stack was mended: all actions
//!                            failed deletions: refuse                 yes: the failed ones
//! ```
//!
//! Where a window or an alarm failed the stage, no action has: all of them run again.

mod choose;
mod error;
mod repair;
mod skip;

use serde::Serialize;

pub use error::RetryError;
pub use skip::SkippedResource;

use repair::{Repair, Repaired};

use super::action_access::ActionAccess;
use super::parallel;
use super::stack::Pace;
use super::status::last_looks;
use super::subject::Subject;
use crate::aws::codepipeline::{PipelineState, RetryMode, RuleExecution, Structure};
use crate::event::Events;
use crate::id::{ExecutionId, StackName};

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
    /// The stacks whose failed roll-back was continued first.
    pub continued: Vec<StackName>,
}

/// Which failed stage is meant.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// The stage; needed only where several have failed.
    pub stage: Option<&'a str>,
    /// The execution; the newest of a pipeline whose executions run in parallel, unless one is named.
    pub execution: Option<&'a ExecutionId>,
    /// What is left as it is where a roll-back is continued.
    pub skipped: &'a [SkippedResource],
}

/// Retries the failed stage, or the one that is named.
pub async fn retry(subject: &Subject, wanted: Wanted<'_>, pace: Pace, events: &Events) -> Result<Retried, RetryError> {
    let structure = subject.structure().await?;
    let state = state(subject, &structure, wanted.execution).await?;
    let (stage, run) = choose::choose(&subject.name, &state, wanted)?;
    let runs = subject.aws.action_executions(&subject.name, &run.execution).await?;
    let failed = choose::failed_runs(&stage.name, &runs);
    let again = subject.invocation.command(&format!("retry {}", stage.name));
    let repair = Repair { subject, access: ActionAccess::new(&subject.aws), pace, events, again };
    let repaired = repair.repair(&structure, &stage.name, &failed, wanted.skipped).await?;
    let rules = if failed.is_empty() { rules(subject, &structure, &run.execution).await? } else { Vec::new() };
    let failed_rules = choose::failed_rules(&stage.name, &run.execution, &rules, &runs);
    if !failed_rules.is_empty() {
        let named = failed_rules.iter().map(|rule| format!("`{rule}`")).collect::<Vec<_>>().join(", ");
        let stage = &stage.name;
        events.step(format!("stage `{stage}` failed by {named}, not by an action: all of its actions run again"));
    }
    let mode = match repaired.is_empty() && failed_rules.is_empty() {
        true => repair.mode(&failed).await?,
        false => RetryMode::AllActions,
    };
    let error = match subject.aws.retry_stage(&subject.name, &stage.name, &run.execution, mode).await {
        Ok(execution) => return Ok(retried(&stage.name, execution, mode, repaired)),
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
        return Ok(retried(&stage.name, run.execution.clone(), mode, repaired));
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

fn retried(stage: &str, execution: ExecutionId, mode: RetryMode, repaired: Repaired) -> Retried {
    let Repaired { deleted, continued } = repaired;
    Retried { stage: stage.to_owned(), execution, mode, deleted, continued }
}
