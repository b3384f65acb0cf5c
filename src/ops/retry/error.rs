//! Why a stage is not retried.

use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{Environment, ExecutionId, PipelineName, StackName};
use crate::ops::stack::{StackError, Stuck};
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
    /// A stack is stuck, and has to be seen to first.
    #[error("{}", .stuck.describe())]
    Stuck {
        /// The stack.
        stuck: Stuck,
        /// The command that retries its stage.
        again: String,
    },
    /// The deploy role may not continue roll-backs.
    #[error("the roll-back of stack `{stack}` in {environment} may not be continued")]
    MayNotContinue {
        /// The stack.
        stack: StackName,
        /// Where it is.
        environment: Environment,
        /// What CloudFormation says.
        source: aws::Error,
    },
    /// Something is to be skipped in a stack that the stage has not, or that is not stuck in a roll-back.
    #[error("no stack `{stack}` of the stage is stuck in a roll-back, so nothing of it can be skipped")]
    NothingToSkip {
        /// The stack that was named.
        stack: String,
        /// Those that are.
        stuck: Vec<StackName>,
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
            Self::NothingFailed(_)
            | Self::NothingFailedIn(_)
            | Self::NotThere { .. }
            | Self::Several { .. }
            | Self::NothingToSkip { .. } => FailureKind::Usage,
            Self::Stuck { .. } => FailureKind::Failed,
            Self::MayNotContinue { .. } => FailureKind::NotReady,
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
            Self::MayNotContinue { environment, .. } => vec![format!(
                "`pipectl bootstrap {environment}` brings the toolkit stack to a version whose deploy role may (23 or newer)"
            )],
            Self::Stuck { stuck, again } => stuck.remedies(again),
            Self::NothingToSkip { stuck, .. } if stuck.is_empty() => Vec::new(),
            Self::NothingToSkip { stuck, .. } => {
                let names: Vec<&str> = stuck.iter().map(StackName::as_str).collect();
                vec![format!("stuck: {}", text::list(&names))]
            }
            Self::NotRetryable { .. } => vec!["push a commit, or start a new execution with `pipectl run`".to_owned()],
            Self::Unreadable { cause, .. } => cause.hints(),
            Self::Stack(error) => error.hints(),
            Self::Subject(error) => error.hints(),
            Self::Aws(error) => error.hints(),
        }
    }
}
