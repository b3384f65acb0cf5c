//! Why nothing could be compared.

use crate::diagnostic::{Explain, FailureKind, Report};
use crate::ops::assembly::StageError;
use crate::ops::contents::ContentError;
use crate::ops::role::NoRole;
use crate::text;

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// The assembly cannot be used, or a call failed.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// What a stack holds cannot be told.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// No stage and no stack has this name.
    #[error("there is no stage or stack `{wanted}`")]
    NoSuchStage {
        /// What was asked for.
        wanted: String,
        /// The stages and the pipeline's own stacks.
        known: Vec<String>,
    },
    /// A role that deploys cannot be assumed.
    #[error(transparent)]
    NoRole(#[from] NoRole),
}

impl Explain for DiffError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Stage(error) => error.kind(),
            Self::Content(error) => error.kind(),
            Self::NoSuchStage { .. } => FailureKind::Usage,
            Self::NoRole(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Stage(error) => error.hints(),
            Self::Content(error) => error.hints(),
            Self::NoSuchStage { wanted, known } => {
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                vec![text::suggestion(wanted, &known, "stage")]
            }
            Self::NoRole(error) => error.hints(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Content(error) => error.report(),
            Self::Stage(_) | Self::NoSuchStage { .. } | Self::NoRole(_) => None,
        }
    }
}
