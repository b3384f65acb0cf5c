//! The event that stops an execution.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::advance::settle;
use super::execution::{ActionStatus, StopRequest};
use super::{Command, Execution, ExecutionId, ExecutionStatus, Machine, Place, Refusal, StageStatus};

/// What becomes of the actions under way when an execution is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopMode {
    /// They end first.
    Wait,
    /// They are followed no longer.
    Abandon,
}

impl Machine {
    /// Stops an execution. One that already waits for its actions can still be told to abandon them.
    pub fn stop(
        &mut self,
        id: &ExecutionId,
        mode: StopMode,
        reason: Option<String>,
        at: Timestamp,
    ) -> Result<Vec<Command>, Refusal> {
        let pipeline = self.structure().name.clone();
        let Some(execution) = self.execution_mut(id) else {
            return Err(Refusal::NoExecution { pipeline, execution: id.clone() });
        };
        if execution.status.is_settled() {
            return Err(Refusal::NotStoppable { pipeline, execution: id.clone() });
        }
        if execution.status == ExecutionStatus::Stopping && mode == StopMode::Wait {
            return Err(Refusal::AlreadyStopping { execution: id.clone() });
        }
        execution.stop = Some(StopRequest { mode, reason });
        execution.updated = at;
        let mut commands = Vec::new();
        match (execution.place.clone(), mode) {
            (Place::In(stage), StopMode::Wait) => {
                execution.status = ExecutionStatus::Stopping;
                if let Some(run) = execution.stage_mut(&stage) {
                    run.status = StageStatus::Stopping;
                }
            }
            (Place::In(_), StopMode::Abandon) => {
                commands = end(execution, ExecutionStatus::Stopped, StageStatus::Stopped, at);
            }
            (Place::Before(_) | Place::Over, _) => settle(execution, ExecutionStatus::Stopped, at),
        }
        commands.extend(self.advance(at));
        Ok(commands)
    }

    /// Ends everything, because the pipeline is deleted.
    pub fn delete(&mut self, at: Timestamp) -> Vec<Command> {
        self.executions
            .iter_mut()
            .filter(|execution| !execution.status.is_settled())
            .flat_map(|execution| end(execution, ExecutionStatus::Cancelled, StageStatus::Cancelled, at))
            .collect()
    }
}

/// Ends an execution at once: its actions under way are abandoned.
pub(super) fn end(
    execution: &mut Execution,
    status: ExecutionStatus,
    stage_status: StageStatus,
    at: Timestamp,
) -> Vec<Command> {
    let mut commands = Vec::new();
    if let Place::In(stage) = execution.place.clone()
        && let Some(run) = execution.stage_mut(&stage)
    {
        run.status = stage_status;
        for action in run.actions.iter_mut().filter(|action| action.status == ActionStatus::InProgress) {
            action.status = ActionStatus::Abandoned;
            action.updated = at;
            commands.push(Command::Abandon(action.id.clone()));
        }
        commands.extend(run.abandon_rules(at));
    }
    settle(execution, status, at);
    commands
}
