//! Why the demonstration ends early.

use crate::diagnostic::{Explain, FailureKind};
use crate::{aws, git, process};

/// Why the demonstration ends early.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The repository cannot be made or pushed.
    #[error(transparent)]
    Git(#[from] git::Error),
    /// This program cannot be called.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The token cannot be stored.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// A file of the sample cannot be written.
    #[error("the sample repository cannot be written")]
    Sample(#[from] std::io::Error),
    /// A command ended otherwise than the story tells.
    #[error("`{command}` {exit}, which is not how the story goes")]
    Unexpected {
        /// The command.
        command: String,
        /// How it ended.
        exit: process::Exit,
    },
}

impl Explain for DemoError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Git(error) => error.kind(),
            Self::Process(error) => error.kind(),
            Self::Aws(error) => error.kind(),
            Self::Sample(_) => FailureKind::NotReady,
            Self::Unexpected { .. } => FailureKind::Failed,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Git(error) => error.hints(),
            Self::Process(error) => error.hints(),
            Self::Aws(error) => error.hints(),
            Self::Sample(_) => Vec::new(),
            Self::Unexpected { .. } => {
                vec!["the lines above say why; `pipectl local demo --keep` leaves everything up for a look".to_owned()]
            }
        }
    }
}
