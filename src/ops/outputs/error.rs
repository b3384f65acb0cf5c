//! Why there are no outputs.

use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::PipelineName;
use crate::ops::role::NoRole;
use crate::ops::subject::SubjectError;
use crate::text;

/// Why there are no outputs.
#[derive(Debug, thiserror::Error)]
pub enum OutputsError {
    /// No stage of this name deploys a stack.
    #[error("pipeline `{pipeline}` deploys no stack in a stage `{wanted}`")]
    NoSuchStage {
        /// The pipeline.
        pipeline: PipelineName,
        /// What was asked for.
        wanted: String,
        /// The stages that deploy stacks.
        known: Vec<String>,
    },
    /// None of the stacks has this name.
    #[error("there is no stack `{wanted}`")]
    NoSuchStack {
        /// What was asked for.
        wanted: String,
        /// The stacks that there are, where they are known.
        known: Vec<String>,
    },
    /// A stack cannot be read.
    #[error("the outputs of stack `{stack}` cannot be read")]
    Unreadable {
        /// The stack.
        stack: String,
        /// Why.
        #[source]
        cause: aws::Error,
    },
    /// The role of a stack's actions cannot be assumed.
    #[error("the outputs of stack `{stack}` cannot be read")]
    OutOfReach {
        /// The stack.
        stack: String,
        /// Why.
        #[source]
        cause: NoRole,
    },
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

impl Explain for OutputsError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoSuchStage { .. } | Self::NoSuchStack { .. } => FailureKind::Usage,
            Self::Unreadable { cause, .. } => cause.kind(),
            Self::OutOfReach { cause, .. } => cause.kind(),
            Self::Subject(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoSuchStack { known, .. } if known.is_empty() => {
                vec!["`--region` and `--profile` choose where to look".to_owned()]
            }
            Self::NoSuchStage { wanted, known, .. } | Self::NoSuchStack { wanted, known } => {
                match text::nearest(wanted, known.iter().map(String::as_str)) {
                    Some(nearest) => vec![format!("a similar name exists: `{nearest}`")],
                    None => vec![format!("there are {}", text::list(known))],
                }
            }
            Self::Unreadable { cause, .. } => cause.hints(),
            Self::OutOfReach { cause, .. } => cause.hints(),
            Self::Subject(error) => error.hints(),
        }
    }
}
