//! The event that changes a pipeline's structure.

use jiff::Timestamp;

use super::stop::end;
use super::{Command, Execution, ExecutionStatus, Machine, Place, StageStatus};
use crate::local::engine::structure::{ExecutionMode, Structure};

/// Whether executions under way go on after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restart {
    /// They are cancelled; whoever changes the pipeline starts a new one.
    Cancel,
    /// They go on where the change lets them.
    GoOn,
}

impl Machine {
    /// Replaces the structure, which must have passed its check.
    ///
    /// Executions of the mode PARALLEL keep their version. The others are cancelled with [`Restart::Cancel`] and when
    /// the pipeline was in the mode QUEUED and they still wait for the first stage. Else they move to the new version,
    /// unless the stage that they are in has changed or the stage that they wait for is gone, which cancels them.
    pub fn update(&mut self, mut structure: Structure, restart: Restart, at: Timestamp) -> Vec<Command> {
        let was_queued = self.structure().execution_mode == ExecutionMode::Queued;
        let version = self.structure().version + 1;
        structure.version = version;
        let before = self.structure().clone();
        let mut commands = Vec::new();
        for execution in self.executions.iter_mut().filter(|execution| !execution.status.is_settled()) {
            if !execution.is_exclusive() {
                continue;
            }
            let is_pending = was_queued && execution.stages.is_empty();
            if restart == Restart::GoOn && !is_pending && fits(execution, &before, &structure) {
                execution.version = version;
            } else {
                execution.status_summary =
                    Some("the pipeline's definition was updated before the execution could be completed".to_owned());
                commands.extend(end(execution, ExecutionStatus::Cancelled, StageStatus::Cancelled, at));
            }
        }
        self.closed.retain(|stage, _| structure.stage(stage).is_some());
        self.structures.insert(version, structure);
        self.updated = at;
        commands.extend(self.advance(at));
        commands
    }
}

/// Tells whether an execution can go on in another structure.
fn fits(execution: &Execution, before: &Structure, after: &Structure) -> bool {
    match &execution.place {
        Place::Before(stage) => after.stage(stage).is_some(),
        Place::In(stage) => before.stage(stage) == after.stage(stage),
        Place::Over => true,
    }
}
