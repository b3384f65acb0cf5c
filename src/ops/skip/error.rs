//! Why it cannot be told which stages there are.

use camino::Utf8PathBuf;

use crate::archive::ArchiveError;
use crate::assembly::AssemblyError;
use crate::diagnostic::{Explain, FailureKind};

/// Why it cannot be told which stages there are.
#[derive(Debug, thiserror::Error)]
pub enum SkipError {
    /// The assembly cannot be read.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// A file of the assembly cannot be read.
    #[error("`{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The list of stages is of another version.
    #[error("`{file}` is not of the format that this pipectl reads")]
    Format {
        /// The file.
        file: Utf8PathBuf,
    },
    /// The folder of a stage cannot be read.
    #[error("a stage's folder cannot be read")]
    Folder(#[source] ArchiveError),
}

impl Explain for SkipError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Assembly(error) => error.kind(),
            Self::Unreadable { .. } | Self::Format { .. } | Self::Folder(_) => FailureKind::Invalid,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Assembly(error) => error.hints(),
            Self::Unreadable { .. } | Self::Format { .. } => {
                vec!["`pipectl synth` writes the assembly anew".to_owned()]
            }
            Self::Folder(error) => error.hints(),
        }
    }
}
