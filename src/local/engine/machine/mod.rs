//! The part of the engine that decides: a state machine without clock, chance or input and output.
//!
//! A [`Machine`] is one pipeline with all its executions. Each of its methods is an event: it changes the state and
//! gives the [`Command`]s that follow from it. Whoever calls a method carries the commands out and later tells the
//! outcome with [`Machine::finish`]. The same events give the same state and the same commands, and the whole state
//! can be written down and read back between any two events.
//!
//! ```text
//!  start ─▶ Before(first stage) ─enter─▶ In(stage) ─all actions succeeded─▶ Before(next stage) ─▶ …  Succeeded
//!                │  superseded, cancelled    │ a condition lets it pass ─▶ Before(next stage)
//!                │                           │ an action or a condition failed ─▶ Failed ─retry─▶ In(stage)
//!                │                           │                    └─rollback─▶ another execution, for the stage alone
//!                └──── stopped ◀─────────────┘
//! ```

mod advance;
mod answer;
mod begin;
mod condition;
#[cfg(test)]
mod condition_tests;
mod execution;
mod finish;
mod identity;
mod judge;
mod order;
#[cfg(test)]
mod properties;
mod recover;
mod refusal;
mod retry;
mod rollback;
mod start;
mod stop;
#[cfg(test)]
mod tests;
mod transition;
mod update;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use answer::{Answer, Verdict};
pub use condition::{ConditionPlace, ConditionRun, ConditionStatus, RuleRun, RuleStatus, RuleVerdict};
pub use execution::{
    ActionRun, ActionStatus, ErrorDetails, Execution, ExecutionKind, ExecutionStatus, External, Location, Place,
    Revision, StageRun, StageStatus, Standing, StopRequest,
};
pub use finish::{Failure, Outcome, Success};
pub use identity::{ActionId, ExecutionId};
pub use order::{AlarmOrder, Command, Handover, Order, Output};
pub use refusal::Refusal;
pub use retry::RetryMode;
pub use start::{RevisionKind, SourceOverride, StartRequest, StartTrigger, TriggerKind};
pub use stop::StopMode;
pub use transition::Closed;
pub use update::Restart;

use crate::id::Environment;
use crate::local::engine::structure::Structure;

/// One pipeline with all its executions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Where the pipeline is.
    pub environment: Environment,
    /// All versions of the structure; the last is the current one.
    structures: BTreeMap<u32, Structure>,
    /// When the pipeline was made.
    pub created: Timestamp,
    /// When its structure last changed.
    pub updated: Timestamp,
    /// The stages that nothing may enter.
    closed: BTreeMap<String, Closed>,
    /// All executions, the oldest first; they are written down one by one.
    #[serde(skip)]
    executions: Vec<Execution>,
    /// Counts the beginnings of stages and actions, so that the newest can be told.
    beginnings: u64,
}

impl Machine {
    /// Makes a pipeline, which has version 1 and no execution. The structure must have passed its check.
    pub fn new(environment: Environment, mut structure: Structure, at: Timestamp) -> Self {
        structure.version = 1;
        Self {
            environment,
            structures: BTreeMap::from([(1, structure)]),
            created: at,
            updated: at,
            closed: BTreeMap::new(),
            executions: Vec::new(),
            beginnings: 0,
        }
    }

    /// Gives a pipeline that was read back its executions, in whatever order they come.
    #[must_use]
    pub fn with_executions(mut self, mut executions: Vec<Execution>) -> Self {
        executions.sort_by_key(|execution| execution.number);
        self.executions = executions;
        self
    }

    /// The current structure.
    #[expect(clippy::expect_used, reason = "`new` puts one in and nothing takes the last one out")]
    pub fn structure(&self) -> &Structure {
        self.structures.last_key_value().expect("a pipeline has a structure").1
    }

    /// The structure of a version.
    pub fn structure_of(&self, version: u32) -> Option<&Structure> {
        self.structures.get(&version)
    }

    /// All executions, the oldest first.
    pub fn executions(&self) -> &[Execution] {
        &self.executions
    }

    /// The execution of an id.
    pub fn execution(&self, id: &ExecutionId) -> Option<&Execution> {
        self.executions.iter().find(|execution| execution.id == *id)
    }

    fn execution_mut(&mut self, id: &ExecutionId) -> Option<&mut Execution> {
        self.executions.iter_mut().find(|execution| execution.id == *id)
    }

    /// The next number for a beginning.
    fn begin_next(&mut self) -> u64 {
        self.beginnings += 1;
        self.beginnings
    }
}
