//! Why a stage could not be reviewed.

use crate::aws;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::ops::assembly::StageError;
use crate::ops::contents::ContentError;

/// Why a stage could not be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The stage's stacks cannot be worked on.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// What a stack holds cannot be told.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
}

impl Explain for ReviewError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Stage(error) => error.kind(),
            Self::Content(error) => error.kind(),
            Self::Call(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Stage(error) => error.hints(),
            Self::Content(error) => error.hints(),
            Self::Call(error) => error.hints(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Content(error) => error.report(),
            Self::Stage(_) | Self::Call(_) => None,
        }
    }
}
