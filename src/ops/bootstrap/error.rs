//! Why an environment was not prepared.

use crate::aws;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::id::{AccountId, Environment};
use crate::ops::stack::StackError;
use crate::ops::tool::ToolError;
use crate::text::list;

/// Why an environment was not prepared.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// Accounts are both trusted and untrusted.
    #[error("{} cannot be both trusted and untrusted", list(.accounts))]
    TrustedAndUntrusted {
        /// The accounts.
        accounts: Vec<String>,
    },
    /// Other accounts are trusted, and nothing says what they may do.
    #[error("{} would be trusted, but no policy says what CloudFormation may do for them", list(.accounts))]
    TrustWithoutPolicies {
        /// The accounts.
        accounts: Vec<String>,
    },
    /// The template is no template.
    #[error("the template cannot be used")]
    Template(Report),
    /// The credentials belong to another account.
    #[error("the credentials belong to account {own}, not to that of {environment}")]
    OtherAccount {
        /// The account of the credentials.
        own: AccountId,
        /// The environment that was to be prepared.
        environment: Environment,
    },
    /// No region is known.
    #[error("no AWS region is known")]
    NoRegion,
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// The running program could not be uploaded.
    #[error(transparent)]
    Tool(#[from] Box<ToolError>),
    /// The stack could not be deployed.
    #[error(transparent)]
    Stack(#[from] StackError),
}

impl Explain for BootstrapError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::TrustedAndUntrusted { .. } | Self::TrustWithoutPolicies { .. } => FailureKind::Usage,
            Self::Template(_) => FailureKind::Invalid,
            Self::OtherAccount { .. } | Self::NoRegion => FailureKind::NotReady,
            Self::Call(error) => error.kind(),
            Self::Tool(error) => error.kind(),
            Self::Stack(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::TrustedAndUntrusted { .. } | Self::Template(_) => Vec::new(),
            Self::TrustWithoutPolicies { .. } => vec![
                "`--cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess` allows everything; \
                 name a narrower policy where you can"
                    .to_owned(),
            ],
            Self::OtherAccount { environment, .. } => {
                vec![format!("`pipectl bootstrap {environment} --profile NAME`, with a profile of that account")]
            }
            Self::NoRegion => vec!["`--region REGION`, or `AWS_REGION`, names one".to_owned()],
            Self::Call(error) => error.hints(),
            Self::Tool(error) => error.hints(),
            Self::Stack(error) => error.hints(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Template(report) => Some(report),
            _ => None,
        }
    }
}
