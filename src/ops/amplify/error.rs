//! Why an export cannot be read at all.

use camino::Utf8PathBuf;

use crate::archive::ArchiveError;
use crate::diagnostic::{Explain, FailureKind};

/// Why an export cannot be read at all. What is wrong in it is a finding.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such folder.
    #[error("there is no folder `{folder}`")]
    Missing {
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// Its files cannot be read.
    #[error("the export `{folder}` cannot be read")]
    Unreadable {
        /// The folder.
        folder: Utf8PathBuf,
        /// Why.
        #[source]
        cause: ArchiveError,
    },
}

impl Explain for ExportError {
    fn kind(&self) -> FailureKind {
        FailureKind::Invalid
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Missing { .. } => {
                vec!["`amplify export --out DIR` writes an export to `DIR/amplify-export-PROJECT`".to_owned()]
            }
            Self::Unreadable { cause, .. } => cause.hints(),
        }
    }
}
