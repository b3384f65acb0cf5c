//! Which stage is retried, and how. Pure.

use super::{RetryError, Wanted};
use crate::aws::cloudformation::ChangeSet;
use crate::aws::codepipeline::{
    ActionExecution, ActionStatus, PipelineState, Provider, RetryMode, RuleExecution, StageRun, StageState, StageStatus,
};
use crate::id::{ExecutionId, PipelineName};
use crate::ops::naming;
use crate::ops::stack::{ChangeSetMove, Origin, change_set_move};
use crate::ops::status::last_looks;

/// Chooses the failed stage that is meant: the only one, or the one that is named.
pub fn choose<'a>(
    pipeline: &PipelineName,
    state: &'a PipelineState,
    wanted: Wanted<'_>,
) -> Result<(&'a StageState, &'a StageRun), RetryError> {
    let failed: Vec<(&StageState, &StageRun)> = state
        .stages
        .iter()
        .filter_map(|stage| Some((stage, stage.latest.as_ref()?)))
        .filter(|(_, run)| run.status == StageStatus::Failed)
        .filter(|(_, run)| wanted.execution.is_none_or(|execution| run.execution == *execution))
        .collect();
    let execution = wanted.execution.cloned();
    let names = || failed.iter().map(|(stage, _)| stage.name.clone()).collect::<Vec<_>>();
    match (failed.as_slice(), wanted.stage) {
        ([], _) => Err(match wanted.execution {
            Some(execution) => RetryError::NothingFailedIn(execution.clone()),
            None => RetryError::NothingFailed(pipeline.clone()),
        }),
        (_, Some(wanted)) => failed
            .iter()
            .find(|(stage, _)| is_called(stage, wanted))
            .copied()
            .ok_or_else(|| RetryError::NotThere { wanted: wanted.to_owned(), failed: names(), execution }),
        ([only], None) => Ok(*only),
        (_, None) => Err(RetryError::Several { failed: names(), execution }),
    }
}

/// Whether a stage of the pipeline has a name, or holds the stage of the definition that has it.
fn is_called(stage: &StageState, wanted: &str) -> bool {
    let holds = |action: &str| naming::stage_prefix(action, &Provider::Manual) == Some(wanted);
    stage.name == wanted || stage.actions.iter().any(|action| holds(&action.name))
}

/// Tells whether a stage has not failed any more in the execution that is retried.
pub fn runs_again(state: &PipelineState, stage: &str, execution: &ExecutionId) -> bool {
    let runs =
        state.stages.iter().filter(|candidate| candidate.name == stage).filter_map(|stage| stage.latest.as_ref());
    runs.into_iter().any(|run| run.execution == *execution && run.status != StageStatus::Failed)
}

/// The last run of each action of a stage that failed.
pub fn failed_runs<'a>(stage: &str, runs: &'a [ActionExecution]) -> Vec<&'a ActionExecution> {
    let in_stage = || runs.iter().filter(|run| run.stage == stage);
    in_stage()
        .enumerate()
        .filter(|(position, run)| {
            let is_last = !in_stage().skip(position + 1).any(|later| later.action == run.action);
            is_last && run.status == ActionStatus::Failed
        })
        .map(|(_, run)| run)
        .collect()
}

/// The rules of a stage whose last look failed in an execution.
pub fn failed_rules<'a>(
    stage: &str,
    execution: &ExecutionId,
    rules: &'a [RuleExecution],
    runs: &[ActionExecution],
) -> Vec<&'a str> {
    let failed = |rule: &&RuleExecution| rule.stage == stage && rule.status == ActionStatus::Failed;
    last_looks(rules, runs, execution).filter(failed).map(|rule| rule.rule.as_str()).collect()
}

/// The change set that a run executes.
pub fn executed_change_set(run: &ActionExecution) -> Option<(&str, &str)> {
    let setting = |key: &str| run.configuration.get(key).map(String::as_str);
    (run.provider == Provider::CloudFormation && setting("ActionMode") == Some("CHANGE_SET_EXECUTE"))
        .then(|| Some((setting("StackName")?, setting("ChangeSetName")?)))
        .flatten()
}

/// Which actions have to run again when an action that executes this change set is repeated: a change set that cannot be
/// executed any more has to be made again by the stage's earlier actions.
pub fn mode_for(change_set: Option<&ChangeSet>) -> RetryMode {
    match change_set_move(change_set, Origin::Found) {
        ChangeSetMove::Ready | ChangeSetMove::Follow => RetryMode::FailedActions,
        ChangeSetMove::Create
        | ChangeSetMove::Wait
        | ChangeSetMove::LookAgain
        | ChangeSetMove::Empty
        | ChangeSetMove::Discard
        | ChangeSetMove::Fail => RetryMode::AllActions,
    }
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
