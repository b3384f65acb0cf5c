//! Why a stage could not be reviewed.

use camino::Utf8PathBuf;

use crate::assembly::AssemblyError;
use crate::aws;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::id::{IdentifierError, Name, StackName};

/// Why a stage could not be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The assembly cannot be read.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The assembly has no such stage.
    #[error("the assembly has no stage `{stage}`")]
    NoStage {
        /// The stage.
        stage: Name,
    },
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
    /// No region is known.
    #[error("no AWS region is known")]
    NoRegion,
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
}

impl Explain for ReviewError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Assembly(error) => error.kind(),
            Self::NoStage { .. } | Self::Name(_) | Self::Unreadable { .. } | Self::Template { .. } => {
                FailureKind::Invalid
            }
            Self::NoRegion => FailureKind::NotReady,
            Self::Call(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Assembly(error) => error.hints(),
            Self::NoStage { .. } | Self::Unreadable { .. } => {
                vec!["`pipectl synth` writes the assembly anew".to_owned()]
            }
            Self::NoRegion => vec!["`--region REGION`, or `AWS_REGION`, names one".to_owned()],
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
