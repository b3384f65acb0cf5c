//! Why a stage is not retried.

use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{ExecutionId, PipelineName};
use crate::ops::stack::StackError;
use crate::ops::subject::SubjectError;
use crate::text;

/// Why a stage is not retried.
#[derive(Debug, thiserror::Error)]
pub enum RetryError {
    /// Nothing failed.
    #[error("no stage of pipeline `{0}` has failed")]
    NothingFailed(PipelineName),
    /// Nothing failed in the execution that is named.
    #[error("no stage has failed in execution `{0}`")]
    NothingFailedIn(ExecutionId),
    /// Something failed, but not there.
    #[error("stage `{wanted}` has not failed; {} has", text::list(.failed))]
    NotThere {
        /// The stage that was named.
        wanted: String,
        /// Those that failed.
        failed: Vec<String>,
        /// The execution that was named.
        execution: Option<ExecutionId>,
    },
    /// Several failed, and none was chosen.
    #[error("several stages have failed: {}", text::list(.failed))]
    Several {
        /// Those that failed.
        failed: Vec<String>,
        /// The execution that was named.
        execution: Option<ExecutionId>,
    },
    /// The service does not let this stage go on.
    #[error("stage `{stage}` can no longer be retried: {reason}")]
    NotRetryable {
        /// The stage.
        stage: String,
        /// What the service says.
        reason: String,
    },
    /// A stack that has to go first could not be looked at.
    #[error("stack `{stack}` could not be looked at")]
    Unreadable {
        /// The stack.
        stack: String,
        /// Why.
        #[source]
        cause: aws::Error,
    },
    /// A stack that has to go first could not be deleted.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl Explain for RetryError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NotRetryable { .. } => FailureKind::Refused,
            Self::NothingFailed(_) | Self::NothingFailedIn(_) | Self::NotThere { .. } | Self::Several { .. } => {
                FailureKind::Usage
            }
            Self::Unreadable { cause, .. } => cause.kind(),
            Self::Stack(error) => error.kind(),
            Self::Subject(error) => error.kind(),
            Self::Aws(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NothingFailed(_) => vec!["`pipectl status` shows where the pipeline is".to_owned()],
            Self::NothingFailedIn(execution) => {
                vec![format!("`pipectl logs --execution {execution}` shows what ran in it")]
            }
            Self::NotThere { failed, execution, .. } | Self::Several { failed, execution } => {
                let execution = execution.as_ref().map(|id| format!(" --execution {id}")).unwrap_or_default();
                failed.iter().map(|stage| format!("`pipectl retry {stage}{execution}`")).collect()
            }
            Self::NotRetryable { .. } => vec!["push a commit to begin a new execution".to_owned()],
            Self::Unreadable { cause, .. } => cause.hints(),
            Self::Stack(error) => error.hints(),
            Self::Subject(error) => error.hints(),
            Self::Aws(error) => error.hints(),
        }
    }
}
