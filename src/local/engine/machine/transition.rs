//! The events that close and open the way into a stage.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Command, Machine, Refusal};

/// Why nothing may enter a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// Why.
    pub reason: String,
    /// Who closed it.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Machine {
    /// Closes the way into a stage: executions wait in front of it.
    pub fn close(&mut self, stage: &str, closed: Closed) -> Result<(), Refusal> {
        self.check_stage(stage)?;
        self.closed.insert(stage.to_owned(), closed);
        Ok(())
    }

    /// Opens the way into a stage again, and goes on.
    pub fn open(&mut self, stage: &str, at: Timestamp) -> Result<Vec<Command>, Refusal> {
        self.check_stage(stage)?;
        self.closed.remove(stage);
        Ok(self.advance(at))
    }

    /// Why the way into a stage is closed, if it is.
    pub fn closed(&self, stage: &str) -> Option<&Closed> {
        self.closed.get(stage)
    }

    pub(super) fn check_stage(&self, stage: &str) -> Result<(), Refusal> {
        match self.structure().stage(stage) {
            Some(_) => Ok(()),
            None => Err(Refusal::NoStage { pipeline: self.structure().name.clone(), stage: stage.to_owned() }),
        }
    }
}
