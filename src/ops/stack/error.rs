//! Why a stack did not become what it should.

use std::fmt;
use std::time::Duration;

use crate::aws;
use crate::aws::cloudformation::{StackEvent, StackStatus};
use crate::diagnostic::{Explain, FailureKind};
use crate::id::StackName;

/// Why a stack did not become what it should.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// A call failed.
    #[error("stack `{stack}` cannot be read or changed")]
    Call {
        /// The stack.
        stack: StackName,
        /// What failed.
        source: aws::Error,
    },
    /// The stack belongs to another pipeline.
    #[error("stack `{stack}` belongs to pipeline `{pipeline}`")]
    Foreign {
        /// The stack.
        stack: StackName,
        /// The pipeline that the stack's tag names.
        pipeline: String,
    },
    /// Someone has to look at the stack.
    #[error("stack `{stack}` is in status {status}, which only a person can resolve")]
    Broken {
        /// The stack.
        stack: StackName,
        /// The status.
        status: StackStatus,
    },
    /// The change set was refused.
    #[error("the change of stack `{stack}` was refused: {reason}")]
    Refused {
        /// The stack.
        stack: StackName,
        /// What CloudFormation says.
        reason: String,
    },
    /// The operation failed.
    #[error("stack `{stack}` ended in {status}{}", Because(.cause.as_ref()))]
    Failed {
        /// The stack.
        stack: StackName,
        /// The status in which it ended.
        status: StackStatus,
        /// The first resource that failed, where one did.
        cause: Option<Cause>,
    },
    /// The service did not delete the stack, for others use what it puts out.
    #[error("stack `{stack}` was not deleted: {reason}")]
    InUse {
        /// The stack.
        stack: StackName,
        /// What CloudFormation says.
        reason: String,
    },
    /// The wait took too long.
    #[error("{awaited} took longer than {} minutes", .limit.as_secs().div_ceil(60))]
    TimedOut {
        /// The stack.
        stack: StackName,
        /// What was waited for.
        awaited: String,
        /// How long.
        limit: Duration,
    },
    /// The stack changed again and again between looking and acting.
    #[error("stack `{stack}` was changed by someone else {attempts} times while it was being deployed")]
    Contended {
        /// The stack.
        stack: StackName,
        /// How many times.
        attempts: usize,
    },
    /// The template does not fit into a request, and there is no bucket to put it.
    #[error("the template of stack `{stack}` has {size} bytes, more than the {limit} that a request holds")]
    TooLarge {
        /// The stack.
        stack: StackName,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The user declined the change.
    #[error("the change of stack `{stack}` was declined; nothing was changed")]
    Declined {
        /// The stack.
        stack: StackName,
    },
}

/// The first resource that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its logical id.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// Why it failed, as CloudFormation tells it.
    pub reason: String,
}

impl Cause {
    /// Finds the first failure among events, the oldest first. A resource that was cancelled because another one failed
    /// is no cause.
    pub fn among(events: &[StackEvent]) -> Option<Self> {
        let failure = events.iter().find(|event| event.status.is_failure() && !event.is_cancellation())?;
        Some(Self {
            logical_id: failure.logical_id.clone(),
            resource_type: failure.resource_type.clone(),
            reason: failure.reason.clone().unwrap_or_else(|| "CloudFormation gives no reason".to_owned()),
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` ({}) failed: {}", self.logical_id, self.resource_type, self.reason)
    }
}

struct Because<'a>(Option<&'a Cause>);

impl fmt::Display for Because<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |cause| write!(formatter, ": {cause}"))
    }
}

impl StackError {
    /// Wraps the failure of a call.
    pub(super) fn call(stack: &StackName) -> impl Fn(aws::Error) -> Self {
        move |source| Self::Call { stack: stack.clone(), source }
    }
}

impl Explain for StackError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call { source, .. } => source.kind(),
            Self::Foreign { .. } | Self::Refused { .. } | Self::InUse { .. } => FailureKind::Refused,
            Self::Broken { .. } | Self::Failed { .. } | Self::TimedOut { .. } | Self::Contended { .. } => {
                FailureKind::Failed
            }
            Self::TooLarge { .. } => FailureKind::NotReady,
            Self::Declined { .. } => FailureKind::Declined,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Call { source, .. } => source.hints(),
            Self::Foreign { pipeline, .. } => vec![
                format!("choose another `stack-name` (or another pipeline name): this stack is kept by `{pipeline}`"),
                format!("or remove its tag `{}`, if that pipeline no longer exists", crate::pipeline::PIPELINE_TAG),
            ],
            Self::Broken { stack, status: StackStatus::DeleteFailed } => vec![format!(
                "`aws cloudformation delete-stack --stack-name {stack} --deletion-mode FORCE_DELETE_STACK` gives it up; \
                 its events tell which resource could not be deleted"
            )],
            Self::Broken { stack, .. } => {
                vec![format!("`aws cloudformation describe-stack-events --stack-name {stack}` tells what is wrong")]
            }
            Self::Failed { stack, status: StackStatus::UpdateRollbackFailed, cause } => {
                let skipped = cause.as_ref().map_or("LOGICAL-ID", |cause| cause.logical_id.as_str());
                vec![format!(
                    "`aws cloudformation continue-update-rollback --stack-name {stack} --resources-to-skip {skipped}` \
                     gives this resource's rollback up; then run the same command again"
                )]
            }
            Self::Failed { stack, status: StackStatus::DeleteFailed, cause: Some(cause) } => vec![
                "remove what keeps the resource, and run the same command again".to_owned(),
                format!(
                    "`aws cloudformation delete-stack --stack-name {stack} --retain-resources {}` deletes the stack and \
                     leaves the resource",
                    cause.logical_id
                ),
            ],
            Self::TimedOut { .. } | Self::Contended { .. } => {
                vec!["run the same command again: it goes on where this one stopped".to_owned()]
            }
            Self::TooLarge { .. } => {
                vec!["`pipectl bootstrap` makes the bucket that larger templates go through".to_owned()]
            }
            Self::Refused { .. } | Self::InUse { .. } | Self::Failed { .. } | Self::Declined { .. } => Vec::new(),
        }
    }
}
