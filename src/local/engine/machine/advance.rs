//! What follows from a state by itself: executions enter stages, begin actions, leave stages and end.

use jiff::Timestamp;

use super::condition::{ConditionPlace, ConditionStatus};
use super::execution::{ActionStatus, StageRun};
use super::{Command, Execution, ExecutionId, ExecutionStatus, Machine, Place, RetryMode, StageStatus};
use crate::local::engine::structure::{ConditionResult, ExecutionMode, Stage};

/// What an execution does next in the stage where it is.
enum Step {
    /// Actions are under way.
    Wait,
    /// The condition at a place of the stage is to be looked at.
    Look(ConditionPlace),
    /// The condition before the stage lets the execution pass it by.
    Skip,
    /// The actions of the next run order begin.
    Begin(Vec<String>),
    /// All actions succeeded, and the stage's conditions hold.
    Succeed,
    /// The stage failed, and is tried again.
    Retry(RetryMode),
    /// The stage failed, and is taken back.
    RollBack,
    /// An action failed and none is under way, or the stage must not be entered.
    Fail,
    /// It was asked to stop, and no action is under way.
    Stop,
}

impl Machine {
    /// Lets everything happen that can happen now.
    pub(super) fn advance(&mut self, at: Timestamp) -> Vec<Command> {
        let mut commands = Vec::new();
        loop {
            self.supersede(at);
            let ids: Vec<ExecutionId> = self.active().map(|execution| execution.id.clone()).collect();
            let moved = ids.iter().filter(|id| self.step(id, at, &mut commands)).count();
            if moved == 0 {
                return commands;
            }
        }
    }

    fn active(&self) -> impl Iterator<Item = &Execution> {
        self.executions.iter().filter(|execution| !execution.status.is_settled())
    }

    /// Ends executions that wait in front of the same stage as a newer one, in the mode SUPERSEDED.
    fn supersede(&mut self, at: Timestamp) {
        if self.structure().execution_mode != ExecutionMode::Superseded {
            return;
        }
        let mut taken: Vec<(String, ExecutionId)> = Vec::new();
        for execution in self.executions.iter_mut().rev() {
            let Place::Before(stage) = &execution.place else { continue };
            if !execution.is_exclusive() || execution.is_rollback() {
                continue;
            }
            match taken.iter().find(|(name, _)| name == stage) {
                None => taken.push((stage.clone(), execution.id.clone())),
                Some((_, newer)) => {
                    execution.status_summary = Some(format!("superseded by execution {newer}"));
                    settle(execution, ExecutionStatus::Superseded, at);
                }
            }
        }
    }

    /// Moves one execution by one step; tells whether it moved.
    fn step(&mut self, id: &ExecutionId, at: Timestamp, commands: &mut Vec<Command>) -> bool {
        let Some(execution) = self.execution(id) else { return false };
        match execution.place.clone() {
            Place::Over => false,
            Place::Before(stage) => self.enter_if_free(id, &stage, at),
            Place::In(stage) => {
                let next = self.next_in_stage(execution, &stage);
                self.take(id, &stage, next, at, commands)
            }
        }
    }

    fn enter_if_free(&mut self, id: &ExecutionId, stage: &str, at: Timestamp) -> bool {
        if self.obstacle(id, stage).is_some() {
            return false;
        }
        let beginning = self.begin_next();
        let Some(execution) = self.execution_mut(id) else { return false };
        execution.place = Place::In(stage.to_owned());
        execution.updated = at;
        execution.stages.push(StageRun {
            stage: stage.to_owned(),
            status: StageStatus::InProgress,
            beginning,
            retries: 0,
            auto_retries: 0,
            before_entry: None,
            on_success: None,
            actions: Vec::new(),
        });
        true
    }

    /// Why an execution that waits in front of a stage cannot enter it, in a sentence.
    pub fn obstacle(&self, id: &ExecutionId, stage: &str) -> Option<String> {
        let execution = self.execution(id)?;
        if self.closed.contains_key(stage) && !execution.is_rollback() {
            return Some(format!("the transition into stage `{stage}` is disabled"));
        }
        if !execution.is_exclusive() {
            return None;
        }
        if let Some(other) = self.occupant(stage) {
            return Some(format!("execution {} is in stage `{stage}`", other.id));
        }
        let waiting = || self.active().filter(|other| other.is_exclusive() && other.is_before(stage));
        // Who takes the stage back goes first.
        let first = waiting().find(|other| other.is_rollback()).or_else(|| waiting().next())?;
        (first.id != *id).then(|| format!("execution {} is first in front of stage `{stage}`", first.id))
    }

    /// The execution that locks a stage.
    pub(super) fn occupant(&self, stage: &str) -> Option<&Execution> {
        self.active().find(|execution| execution.is_exclusive() && execution.is_in(stage))
    }

    fn next_in_stage(&self, execution: &Execution, name: &str) -> Step {
        let structure = self.structure_of(execution.version).and_then(|structure| structure.stage(name));
        let (Some(stage), Some(run)) = (structure, execution.stage(name)) else { return Step::Fail };
        if !execution.is_rollback()
            && let Some(step) = before_entry(execution, stage, run)
        {
            return step;
        }
        if run.under_way().next().is_some() {
            return Step::Wait;
        }
        let failed = stage
            .actions
            .iter()
            .filter_map(|action| run.current(&action.name))
            .any(|run| matches!(run.status, ActionStatus::Failed | ActionStatus::Abandoned));
        if failed {
            return on_failure(execution, stage, run);
        }
        if execution.stop.is_some() {
            return Step::Stop;
        }
        match next_run_order(stage, run) {
            Some(names) => Step::Begin(names),
            None if execution.is_rollback() => Step::Succeed,
            None => on_success(stage, run),
        }
    }

    fn take(&mut self, id: &ExecutionId, stage: &str, step: Step, at: Timestamp, commands: &mut Vec<Command>) -> bool {
        match step {
            Step::Wait => return false,
            Step::Look(place) => commands.extend(self.look(id, stage, place, at)),
            Step::Retry(mode) => self.retry_by_itself(id, stage, mode, at),
            Step::RollBack => {
                self.leave(id, stage, StageStatus::Failed, Some(ExecutionStatus::Failed), at);
                self.roll_back(id, stage, at);
            }
            Step::Skip => self.leave(id, stage, StageStatus::Skipped, None, at),
            Step::Begin(actions) => {
                for action in actions {
                    commands.extend(self.begin(id, stage, &action, at));
                }
            }
            Step::Fail => self.leave(id, stage, StageStatus::Failed, Some(ExecutionStatus::Failed), at),
            Step::Stop => {
                if let Some(run) = self.execution_mut(id).and_then(|execution| execution.stage_mut(stage)) {
                    commands.extend(run.abandon_rules(at));
                }
                self.leave(id, stage, StageStatus::Stopped, Some(ExecutionStatus::Stopped), at);
            }
            Step::Succeed => self.leave(id, stage, StageStatus::Succeeded, None, at),
        }
        true
    }

    /// Ends a stage, and the execution with it if a status is given; else the execution goes on to the next stage.
    fn leave(
        &mut self,
        id: &ExecutionId,
        stage: &str,
        status: StageStatus,
        end: Option<ExecutionStatus>,
        at: Timestamp,
    ) {
        let next = self.execution(id).filter(|execution| !execution.is_rollback()).and_then(|execution| {
            let next = self.structure_of(execution.version)?.stage_after(stage)?;
            Some(next.name.clone())
        });
        let Some(execution) = self.execution_mut(id) else { return };
        if let Some(run) = execution.stage_mut(stage) {
            run.status = status;
        }
        match (end, next) {
            (Some(end), _) => settle(execution, end, at),
            (None, Some(next)) => {
                execution.place = Place::Before(next);
                execution.updated = at;
            }
            (None, None) => settle(execution, ExecutionStatus::Succeeded, at),
        }
    }
}

/// What the condition before a stage leads to; `None` if the stage may be entered.
fn before_entry(execution: &Execution, stage: &Stage, run: &StageRun) -> Option<Step> {
    ConditionPlace::BeforeEntry.condition(stage)?;
    let Some(condition) = &run.before_entry else { return Some(Step::Look(ConditionPlace::BeforeEntry)) };
    match (condition.status, condition.result) {
        (ConditionStatus::Succeeded, _) => None,
        (ConditionStatus::InProgress, _) if execution.stop.is_some() => Some(Step::Stop),
        (ConditionStatus::InProgress, _) => Some(Step::Wait),
        (ConditionStatus::Failed, Some(ConditionResult::Skip)) => Some(Step::Skip),
        (ConditionStatus::Failed | ConditionStatus::Errored | ConditionStatus::Abandoned, _) => Some(Step::Fail),
    }
}

/// What follows when all actions have succeeded.
fn on_success(stage: &Stage, run: &StageRun) -> Step {
    if ConditionPlace::OnSuccess.condition(stage).is_none() {
        return Step::Succeed;
    }
    let Some(condition) = &run.on_success else { return Step::Look(ConditionPlace::OnSuccess) };
    match (condition.status, condition.result) {
        (ConditionStatus::Succeeded, _) => Step::Succeed,
        (ConditionStatus::InProgress, _) => Step::Wait,
        (ConditionStatus::Failed, Some(ConditionResult::Rollback)) => Step::RollBack,
        (ConditionStatus::Failed | ConditionStatus::Errored | ConditionStatus::Abandoned, _) => Step::Fail,
    }
}

/// What follows when an action has failed.
fn on_failure(execution: &Execution, stage: &Stage, run: &StageRun) -> Step {
    let failure = stage.on_failure.as_ref().filter(|_| !execution.is_rollback() && execution.stop.is_none());
    let Some(failure) = failure else { return Step::Fail };
    match failure.result {
        // The service tries once.
        Some(ConditionResult::Retry) if run.auto_retries == 0 => {
            let mode = failure.retry_configuration.as_ref().and_then(|configuration| configuration.retry_mode);
            Step::Retry(mode.map_or(RetryMode::FailedActions, RetryMode::from))
        }
        Some(ConditionResult::Rollback) => Step::RollBack,
        _ => Step::Fail,
    }
}

/// The actions of the lowest run order that have not all succeeded, without those that have; `None` at the end.
fn next_run_order(stage: &Stage, run: &StageRun) -> Option<Vec<String>> {
    let is_open = |name: &str| run.current(name).is_none_or(|run| run.status != ActionStatus::Succeeded);
    let lowest = stage.actions.iter().filter(|action| is_open(&action.name)).map(|action| action.run_order).min()?;
    Some(
        stage
            .actions
            .iter()
            .filter(|action| action.run_order == lowest && is_open(&action.name))
            .map(|action| action.name.clone())
            .collect(),
    )
}

/// Ends an execution.
pub(super) fn settle(execution: &mut Execution, status: ExecutionStatus, at: Timestamp) {
    execution.status = status;
    execution.place = Place::Over;
    execution.updated = at;
}
