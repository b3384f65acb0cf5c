//! Why no lines, or no more of them, can be shown.

use std::time::Duration;

use super::select::NoSuchAction;
use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{ExecutionId, PipelineName};
use crate::ops::follow;
use crate::ops::subject::SubjectError;
use crate::ops::tolerance::Passing;
use crate::text;

/// Why no lines, or no more of them, can be shown.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    /// No action has this name.
    #[error("pipeline `{pipeline}` has no action `{}` with a log", .missing.wanted)]
    NoSuchAction {
        /// The pipeline.
        pipeline: PipelineName,
        /// What was asked for, and what there is.
        missing: NoSuchAction,
    },
    /// What was asked for has not run in the execution.
    #[error("nothing of what was asked for has run in execution `{0}`")]
    NotRun(ExecutionId),
    /// The time was over before the execution was.
    #[error("the execution of pipeline `{pipeline}` did not end within {}", follow::written(*.timeout))]
    TimedOut {
        /// The pipeline.
        pipeline: PipelineName,
        /// How long it was followed.
        timeout: Duration,
    },
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl Passing for LogsError {
    fn may_pass(&self) -> bool {
        match self {
            Self::Subject(error) => error.may_pass(),
            Self::Aws(error) => error.may_pass(),
            Self::NoSuchAction { .. } | Self::NotRun(_) | Self::TimedOut { .. } => false,
        }
    }
}

impl Explain for LogsError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoSuchAction { .. } | Self::NotRun(_) => FailureKind::Usage,
            Self::TimedOut { .. } => FailureKind::TimedOut,
            Self::Subject(error) => error.kind(),
            Self::Aws(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoSuchAction { missing, .. } => match &missing.nearest {
                Some(nearest) => vec![format!("a similar name exists: `{nearest}`")],
                None => vec![format!("there are {}", text::list(&missing.known))],
            },
            Self::NotRun(_) => {
                vec!["`pipectl logs -f` waits for it; `--execution ID` chooses an earlier execution".to_owned()]
            }
            Self::TimedOut { .. } => vec!["`pipectl logs -f --timeout 12h` goes on following".to_owned()],
            Self::Subject(error) => error.hints(),
            Self::Aws(error) => error.hints(),
        }
    }
}
