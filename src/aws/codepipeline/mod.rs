//! CodePipeline: what a pipeline is made of, what it does, and the calls that steer it.

mod action;
mod execution;
mod rule;
mod state;
mod status;
mod structure;

pub use action::{ActionError, ActionExecution, ApprovalTicket, Verdict};
pub use execution::{Execution, ExecutionKind, RetryMode, Rollback, RollbackCause, SourceRevision, StopMode, Trigger};
pub use rule::RuleExecution;
pub use state::{ActionRun, ActionState, PipelineState, Retries, StageRun, StageState, Transition};
pub use status::{ActionStatus, ExecutionStatus, StageStatus};
pub use structure::{ActionStructure, Conditions, Provider, StageStructure, Structure};

use super::{Aws, Error, Result};
use crate::id::ExecutionId;

impl Aws {
    fn codepipeline(&self) -> aws_sdk_codepipeline::Client {
        aws_sdk_codepipeline::Client::new(self.config())
    }
}

/// Reads an execution's id off an answer.
fn execution_id(operation: &'static str, id: Option<&str>) -> Result<ExecutionId> {
    id.and_then(|id| id.parse().ok()).ok_or(Error::Incomplete { operation, what: "execution id" })
}
