//! Why pipectl could not be pinned.

use std::io;

use camino::Utf8PathBuf;

use crate::archive::ArchiveError;
use crate::aws;
use crate::diagnostic::{Explain, FailureKind};

/// Why pipectl could not be pinned.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The executable cannot be read.
    #[error("the executable `{path}` cannot be read")]
    Unreadable {
        /// The executable.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The executable cannot be hashed or zipped.
    #[error("the executable `{path}` cannot be packed")]
    Pack {
        /// The executable.
        path: Utf8PathBuf,
        /// Why.
        source: ArchiveError,
    },
    /// The executable is another one than a moment ago.
    #[error("the executable `{path}` was replaced while pipectl ran")]
    Replaced {
        /// The executable.
        path: Utf8PathBuf,
    },
    /// The archive could not be put.
    #[error("pipectl could not be put into bucket `{bucket}` as `{key}`")]
    Upload {
        /// The bucket.
        bucket: String,
        /// The object's key.
        key: String,
        /// Why.
        source: aws::Error,
    },
}

impl Explain for ToolError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Unreadable { .. } | Self::Pack { .. } | Self::Replaced { .. } => FailureKind::NotReady,
            Self::Upload { source, .. } => source.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Unreadable { .. } | Self::Pack { .. } | Self::Replaced { .. } => {
                vec![
                    "check that the file was not moved or replaced while pipectl ran, and run the same command again"
                        .to_owned(),
                ]
            }
            Self::Upload { source, .. } => source.hints(),
        }
    }
}
