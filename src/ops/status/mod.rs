//! `pipectl status`: how a pipeline stands, the cause of a failure first.

mod cause;
mod difference;
mod investigate;
mod join;
mod note;
mod report;
mod rule;
mod watch;

pub(super) use join::last_looks;
pub use report::{
    ActionReport, ApprovalReport, BuildReport, Cause, Disabled, ExecutionReport, Failure, Freshness, Next, Note,
    PhaseReport, Report, RetryReport, Revision, RollbackReport, RuleReport, StageReport, StuckReport,
};
pub(super) use rule::{cause as cause_of_rule, has_failed as rule_has_failed};
pub use watch::{Awaited, Watch, WatchError, Watched, watch};

use std::collections::BTreeSet;

use investigate::Investigation;
use join::{Age, Observation};

use super::action_access::ActionAccess;
use super::parallel;
use super::subject::{Subject, SubjectError};
use crate::aws::codepipeline::{
    ActionExecution, ActionStatus, Execution, PipelineState, Provider, RollbackCause, RuleExecution, StageStatus,
    Structure,
};
use crate::definition::Definition;
use crate::id::ExecutionId;

/// How many executions are looked at.
const EXECUTIONS: usize = 10;

/// How many executions are looked through for one that is named.
const LOOK_BACK: usize = 100;

/// Tells how a pipeline stands, or how it stood for an execution that is named. With its definition, what the deployed
/// pipeline has differently is told too.
pub async fn status(
    subject: &Subject,
    definition: Option<&Definition>,
    named: Option<&ExecutionId>,
) -> Result<Report, SubjectError> {
    let structure = subject.structure().await?;
    let mut report = look(subject, &structure, named).await?;
    report.notes = note::notes(subject, definition, &structure).await;
    Ok(report)
}

/// Tells how a pipeline stands, without notes.
async fn look(subject: &Subject, structure: &Structure, named: Option<&ExecutionId>) -> Result<Report, SubjectError> {
    let mut executions = subject.executions(if named.is_some() { LOOK_BACK } else { EXECUTIONS }).await?;
    let age = match named {
        Some(named) if executions.first().is_none_or(|newest| newest.id != *named) => {
            let Some(position) = executions.iter().position(|execution| execution.id == *named) else {
                return Err(SubjectError::NoExecution { pipeline: subject.name.clone(), execution: named.clone() });
            };
            executions.drain(..position);
            Age::Past
        }
        _ => Age::Newest,
    };
    executions.truncate(EXECUTIONS);
    let newest = executions.first();
    let mut past = Past::default();
    if let Some(newest) = newest {
        past.add(subject, structure, &newest.id).await?;
    }
    let state = match newest {
        // The state of stages is that of whatever was in them last.
        Some(newest) if age == Age::Past || parallel::is_parallel(structure) => {
            let mut state = parallel::state_of(structure, &newest.id, &past.actions);
            let looks: Vec<&RuleExecution> = last_looks(&past.rules, &past.actions, &newest.id).collect();
            parallel::heed_rules(&mut state, &newest.id, &looks);
            state
        }
        _ => subject.state().await?,
    };
    let others: BTreeSet<&ExecutionId> = holders(&state).chain(newest.and_then(made_up_for)).collect();
    for other in others.into_iter().filter(|other| newest.is_some_and(|newest| newest.id != **other)) {
        past.add(subject, structure, other).await?;
    }
    let Past { actions, rules } = past;
    let builds = subject.aws.builds(&interesting_builds(structure, &state, &actions)).await?;
    let observation = Observation {
        pipeline: &subject.name,
        age,
        invocation: &subject.invocation,
        state: &state,
        structure,
        executions: &executions,
        actions: &actions,
        rules: &rules,
        builds: &builds,
    };
    let mut report = observation.report();
    let access = ActionAccess::new(&subject.aws);
    let investigation = Investigation {
        aws: &subject.aws,
        invocation: &subject.invocation,
        access: &access,
        state: &state,
        structure,
        actions: &actions,
        rules: &rules,
        builds: &builds,
    };
    investigation.explain(&mut report).await;
    Ok(report)
}

/// What happened in some executions.
#[derive(Debug, Default)]
struct Past {
    actions: Vec<ActionExecution>,
    rules: Vec<RuleExecution>,
}

impl Past {
    async fn add(
        &mut self,
        subject: &Subject,
        structure: &Structure,
        execution: &ExecutionId,
    ) -> Result<(), SubjectError> {
        self.actions.extend(subject.aws.action_executions(&subject.name, execution).await?);
        // Rules that only skip stages say nothing that their stages do not.
        if structure.stages.iter().any(|stage| stage.conditions.can_fail) {
            self.rules.extend(subject.aws.rule_executions(&subject.name, execution).await?);
        }
        Ok(())
    }
}

/// The execution that failed, where a roll-back makes up for one.
fn made_up_for(execution: &Execution) -> Option<&ExecutionId> {
    match &execution.rollback()?.cause {
        RollbackCause::Failure(failed) => failed.as_ref(),
        RollbackCause::Asked => None,
    }
}

/// The executions that are at work in a stage: the state of such a stage's other actions is that of earlier executions.
fn holders(state: &PipelineState) -> impl Iterator<Item = &ExecutionId> {
    let held = state.stages.iter().filter_map(|stage| stage.latest.as_ref());
    let at_work = held.filter(|run| run.status == StageStatus::InProgress).map(|run| &run.execution);
    at_work.collect::<BTreeSet<_>>().into_iter()
}

/// The ids of the builds that run or failed: those whose phases are told.
fn interesting_builds(structure: &Structure, state: &PipelineState, actions: &[ActionExecution]) -> Vec<String> {
    let is_interesting = |status: &ActionStatus| *status != ActionStatus::Succeeded;
    let in_newest = actions
        .iter()
        .filter(|run| run.provider == Provider::CodeBuild && is_interesting(&run.status))
        .filter_map(|run| run.external_id.clone());
    let in_state = state.stages.iter().flat_map(|stage| {
        stage.actions.iter().filter_map(|action| {
            let run = action.latest.as_ref().filter(|run| is_interesting(&run.status))?;
            let declared = structure.action(&stage.name, &action.name)?;
            run.external_id.clone().filter(|_| declared.provider == Provider::CodeBuild)
        })
    });
    let mut ids: Vec<String> = in_newest.chain(in_state).collect();
    ids.sort();
    ids.dedup();
    ids
}
