//! Why nothing could be compared.

use crate::aws;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::id::Environment;
use crate::ops::assembly::StageError;
use crate::ops::contents::ContentError;
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
    #[error("the role `{role}` cannot be assumed")]
    NoRole {
        /// The role's ARN.
        role: String,
        /// Where it is.
        environment: Environment,
        /// Why.
        source: Box<aws::Error>,
    },
}

impl Explain for DiffError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Stage(error) => error.kind(),
            Self::Content(error) => error.kind(),
            Self::NoSuchStage { .. } => FailureKind::Usage,
            Self::NoRole { source, .. } if !source.is_verdict() => source.kind(),
            Self::NoRole { .. } => FailureKind::NotReady,
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
            Self::NoRole { source, .. } if !source.is_verdict() => source.hints(),
            Self::NoRole { environment, source, .. } => {
                let mut hints = vec![format!("`pipectl bootstrap {environment}` makes the role, if it is not there")];
                hints.extend(source.hints());
                hints
            }
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Content(error) => error.report(),
            Self::Stage(_) | Self::NoSuchStage { .. } | Self::NoRole { .. } => None,
        }
    }
}
