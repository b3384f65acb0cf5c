//! What can go wrong with Git.

use camino::Utf8PathBuf;

use crate::diagnostic::{Explain, FailureKind};
use crate::process;

/// The result of a Git command.
pub type Result<T> = std::result::Result<T, Error>;

/// Why Git did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder is in no checkout.
    #[error("`{folder}` is not in a Git repository")]
    NotARepository {
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// A text that should be a commit's id is none.
    #[error("`{text}` is not a commit id")]
    NotACommit {
        /// The text.
        text: String,
    },
    /// Git could not be run, or refused.
    #[error(transparent)]
    Process(#[from] process::Error),
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NotARepository { .. } => FailureKind::NotReady,
            Self::NotACommit { .. } => FailureKind::Invalid,
            Self::Process(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotARepository { .. } => vec!["`git init` makes one".to_owned()],
            Self::NotACommit { .. } => Vec::new(),
            Self::Process(error) => error.hints(),
        }
    }
}
