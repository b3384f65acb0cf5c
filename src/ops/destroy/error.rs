//! Why nothing, or not everything, was deleted.

use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{AccountId, Environment, IdentifierError, StackName};
use crate::ops::role::NoRole;
use crate::ops::stack::StackError;
use crate::text;

/// Why nothing, or not everything, was deleted.
#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    /// No region is known.
    #[error("no AWS region is known")]
    NoRegion,
    /// The credentials belong to another account.
    #[error("the credentials belong to account {own}, but the pipeline lives in account {wanted}")]
    OtherAccount {
        /// The account of the credentials.
        own: AccountId,
        /// The account of the definition.
        wanted: AccountId,
    },
    /// A stack is protected from deletion.
    #[error("stack `{stack}` in {environment} is protected from deletion; nothing was deleted")]
    Protected {
        /// The stack.
        stack: StackName,
        /// Where it is.
        environment: Environment,
    },
    /// A name that follows from the definition is too long.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// A role that deletes cannot be assumed.
    #[error(transparent)]
    NoRole(#[from] NoRole),
    /// Several stacks could not be deleted, which was told of each.
    #[error("{} could not be deleted", text::count(*.0, "stack"))]
    Left(usize),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// A stack could not be deleted.
    #[error(transparent)]
    Stack(#[from] StackError),
}

impl Explain for DestroyError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoRegion | Self::OtherAccount { .. } => FailureKind::NotReady,
            Self::Protected { .. } | Self::Left(_) => FailureKind::Refused,
            Self::NoRole(error) => error.kind(),
            Self::Name(_) => FailureKind::Invalid,
            Self::Call(error) => error.kind(),
            Self::Stack(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoRegion => vec!["`--region REGION`, or `region` in `[pipeline]`, names one".to_owned()],
            Self::OtherAccount { wanted, .. } => {
                vec![format!("`--profile NAME`, with a profile of account {wanted}, chooses other credentials")]
            }
            Self::Protected { stack, environment } => vec![format!(
                "with credentials of account {}, `aws cloudformation update-termination-protection \
                 --no-enable-termination-protection --region {} --stack-name {stack}` lifts the protection",
                environment.account, environment.region
            )],
            Self::Left(_) => {
                vec![
                    "run the same command again once what keeps them is gone: it goes on where this one stopped"
                        .to_owned(),
                ]
            }
            Self::Name(_) => Vec::new(),
            Self::NoRole(error) => error.hints(),
            Self::Call(error) => error.hints(),
            Self::Stack(error) if self.is_refusal() && error.hints().is_empty() => vec![
                "what uses the stack has to go first, or has to do without it; then run the same command again"
                    .to_owned(),
            ],
            Self::Stack(error) => error.hints(),
        }
    }
}

impl DestroyError {
    /// Whether it is about one stack, so that others can be deleted all the same.
    pub(super) fn is_of_one_stack(&self) -> bool {
        match self {
            Self::Stack(StackError::Call { source, .. }) => source.is_verdict(),
            Self::Stack(_) => true,
            _ => false,
        }
    }

    /// Whether the stack was not touched: another one uses it, perhaps, and may be gone by and by.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Stack(StackError::Call { source, .. }) => source.is_verdict(),
            Self::Stack(StackError::InUse { .. }) => true,
            _ => false,
        }
    }
}
