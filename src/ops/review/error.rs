//! Why a stage could not be reviewed.

use camino::Utf8PathBuf;

use crate::aws;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::id::{IdentifierError, StackName};
use crate::ops::assembly::StageError;

/// Why a stage could not be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The stage's stacks cannot be worked on.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A stack's name in the assembly is none.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// A template cannot be read.
    #[error("the template `{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// A template is none.
    #[error("the template of stack `{stack}` cannot be compared")]
    Template {
        /// The stack.
        stack: StackName,
        /// What is wrong.
        report: Report,
    },
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
}

impl Explain for ReviewError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Stage(error) => error.kind(),
            Self::Name(_) | Self::Unreadable { .. } | Self::Template { .. } => FailureKind::Invalid,
            Self::Call(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Stage(error) => error.hints(),
            Self::Unreadable { .. } => vec!["`pipectl synth` writes the assembly anew".to_owned()],
            Self::Call(error) => error.hints(),
            Self::Name(_) | Self::Template { .. } => Vec::new(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Template { report, .. } => Some(report),
            _ => None,
        }
    }
}
