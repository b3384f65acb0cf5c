//! The event that follows a crash or a restart of the endpoint.

use jiff::Timestamp;

use super::execution::{ActionStatus, ErrorDetails};
use super::finish::fail;
use super::{Command, Machine};

impl Machine {
    /// Fails the actions that were under way when the endpoint ended, since nobody follows them any more. Approvals
    /// wait on, and alarms are watched again.
    pub fn recover(&mut self, at: Timestamp) -> Vec<Command> {
        let runs = self
            .executions
            .iter_mut()
            .flat_map(|execution| &mut execution.stages)
            .flat_map(|stage| &mut stage.actions)
            .filter(|run| run.status == ActionStatus::InProgress && run.token.is_none());
        for run in runs {
            let error = ErrorDetails {
                code: "SystemUnavailable".to_owned(),
                message: "the local endpoint ended while the action was under way; retry the stage to run it again"
                    .to_owned(),
            };
            run.external.summary = None;
            fail(run, error, at);
        }
        let mut commands = self.watch_again();
        commands.extend(self.advance(at));
        commands
    }
}
