//! Why there is no client configuration.

use camino::Utf8PathBuf;

use crate::aws;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::ops::amplify::ExportError;
use crate::ops::outputs::{OutputsError, RootError};

/// Why there is no client configuration.
#[derive(Debug, thiserror::Error)]
pub enum ExportsError {
    /// There is no root, or none that could be asked.
    #[error(transparent)]
    Root(#[from] RootError),
    /// Saved outputs alone tell too little.
    #[error("the backend's export is needed: saved outputs do not tell what they are outputs of")]
    NoExport,
    /// The export cannot be read.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The export is none.
    #[error("the export `{folder}` is broken")]
    Broken {
        /// Its folder.
        folder: Utf8PathBuf,
        /// What is wrong.
        report: Report,
    },
    /// The region is not known.
    #[error("no output tells the backend's region")]
    NoRegion,
    /// No nested stack is known.
    #[error("no stack nested in the backend's root is known, and only they tell what clients may know")]
    Empty,
    /// The nested stacks cannot be read.
    #[error(transparent)]
    Outputs(#[from] OutputsError),
    /// The template of a stack cannot be read.
    #[error("the template of stack `{stack}` cannot be read")]
    Template {
        /// The stack.
        stack: String,
        /// Why.
        #[source]
        cause: aws::Error,
    },
    /// The template of a stack is none.
    #[error("the template of stack `{stack}` cannot be understood")]
    NoTemplate {
        /// The stack.
        stack: String,
        /// What is wrong.
        report: Report,
    },
}

impl Explain for ExportsError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Root(error) => error.kind(),
            Self::NoExport | Self::NoRegion | Self::Empty => FailureKind::Usage,
            Self::Export(error) => error.kind(),
            Self::Broken { .. } | Self::NoTemplate { .. } => FailureKind::Invalid,
            Self::Outputs(error) => error.kind(),
            Self::Template { cause, .. } => cause.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Root(error) => return error.hints(),
            Self::NoExport => "`--export DIR` names the export that was deployed",
            Self::Export(error) => return error.hints(),
            Self::Broken { .. } => "`pipectl amplify check DIR` shows this again after a change",
            Self::NoRegion => "`--region REGION` tells it",
            Self::Empty => {
                "`--stack NAME` names the root stack; `pipectl outputs --stack NAME --nested --format json` saves all outputs"
            }
            Self::Outputs(error) => return error.hints(),
            Self::Template { cause, .. } => return cause.hints(),
            Self::NoTemplate { .. } => "`--export DIR` names the export that was deployed",
        };
        vec![hint.to_owned()]
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Broken { report, .. } | Self::NoTemplate { report, .. } => Some(report),
            _ => None,
        }
    }
}
