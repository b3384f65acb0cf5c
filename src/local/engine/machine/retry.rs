//! The event that retries a failed stage.

use jiff::Timestamp;

use super::execution::{ActionStatus, Standing};
use super::{
    Command, ConditionStatus, Execution, ExecutionId, ExecutionStatus, Machine, Place, Refusal, StageRun, StageStatus,
};
use crate::local::engine::structure::StageRetryMode;

/// Which actions of a stage a retry runs again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryMode {
    /// Those that failed, and all that come after them.
    FailedActions,
    /// All.
    AllActions,
}

impl From<StageRetryMode> for RetryMode {
    fn from(mode: StageRetryMode) -> Self {
        match mode {
            StageRetryMode::FailedActions => Self::FailedActions,
            StageRetryMode::AllActions => Self::AllActions,
        }
    }
}

impl StageRun {
    fn begin_again(&mut self, mode: RetryMode, beginning: u64) {
        self.status = StageStatus::InProgress;
        self.beginning = beginning;
        // A condition that let the execution in is not looked at again.
        self.before_entry = self.before_entry.take().filter(|looked| looked.status == ConditionStatus::Succeeded);
        self.on_success = None;
        for action in &mut self.actions {
            if mode == RetryMode::AllActions || action.status != ActionStatus::Succeeded {
                action.standing = Standing::SetAside;
            }
        }
    }
}

impl Machine {
    /// Retries the stage in which an execution failed.
    pub fn retry(
        &mut self,
        id: &ExecutionId,
        stage: &str,
        mode: RetryMode,
        at: Timestamp,
    ) -> Result<Vec<Command>, Refusal> {
        self.check_stage(stage)?;
        let pipeline = self.structure().name.clone();
        let Some(execution) = self.execution(id) else {
            return Err(Refusal::NoExecution { pipeline, execution: id.clone() });
        };
        self.check_retryable(execution, stage)?;
        let version = match execution.is_exclusive() {
            true => self.structure().version,
            false => execution.version,
        };
        let beginning = self.begin_next();
        let Some(execution) = self.execution_mut(id) else {
            return Err(Refusal::NoExecution { pipeline, execution: id.clone() });
        };
        execution.status = ExecutionStatus::InProgress;
        execution.status_summary = None;
        execution.version = version;
        execution.place = Place::In(stage.to_owned());
        execution.updated = at;
        if let Some(run) = execution.stage_mut(stage) {
            run.retries += 1;
            run.begin_again(mode, beginning);
        }
        Ok(self.advance(at))
    }

    /// Retries a stage that failed, as it asks for itself.
    pub(super) fn retry_by_itself(&mut self, id: &ExecutionId, stage: &str, mode: RetryMode, at: Timestamp) {
        let beginning = self.begin_next();
        let Some(execution) = self.execution_mut(id) else { return };
        execution.updated = at;
        if let Some(run) = execution.stage_mut(stage) {
            run.auto_retries += 1;
            run.begin_again(mode, beginning);
        }
    }

    fn check_retryable(&self, execution: &Execution, stage: &str) -> Result<(), Refusal> {
        let not_retryable = || Refusal::NotRetryable { stage: stage.to_owned() };
        let run = execution.stage(stage).ok_or_else(not_retryable)?;
        if execution.status != ExecutionStatus::Failed || run.status != StageStatus::Failed {
            return Err(not_retryable());
        }
        if !execution.is_exclusive() {
            return Ok(());
        }
        let newest = self
            .executions
            .iter()
            .filter(|other| other.is_exclusive())
            .filter_map(|other| other.stage(stage).map(|run| (run.beginning, &other.id)))
            .max();
        if newest.is_none_or(|(_, newest)| *newest != execution.id) {
            return Err(Refusal::NotLatest { execution: execution.id.clone(), stage: stage.to_owned() });
        }
        let ran = self.structure_of(execution.version).and_then(|structure| structure.stage(stage));
        if ran != self.structure().stage(stage) { Err(not_retryable()) } else { Ok(()) }
    }
}
