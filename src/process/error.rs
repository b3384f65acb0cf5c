//! What can go wrong with a program.

use std::ffi::OsStr;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::Exit;
use crate::diagnostic::{Explain, FailureKind};

/// The result of running a program.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program is not installed.
    #[error("the program `{program}` was not found")]
    Missing {
        /// The program.
        program: String,
        /// How to get it.
        remedy: Option<&'static str>,
    },
    /// The folder to work in does not exist.
    #[error("`{command}` cannot work in `{folder}`, which does not exist")]
    NoFolder {
        /// What was to be run.
        command: String,
        /// The folder.
        folder: Utf8PathBuf,
    },
    /// The program is there but could not be started.
    #[error("`{command}` could not be started")]
    Start {
        /// What was to be run.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The program's streams could not be read or written.
    #[error("the streams of `{command}` broke")]
    Streams {
        /// What was run.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The program ended with a failure.
    #[error("`{command}` {exit}{}", said(.message))]
    Failed {
        /// What was run.
        command: String,
        /// How it ended.
        exit: Exit,
        /// The end of what it said on its standard error.
        message: String,
    },
    /// The program ran longer than it may.
    #[error("`{command}` was stopped after {} seconds", .limit.as_secs())]
    TimedOut {
        /// What was run.
        command: String,
        /// The limit.
        limit: Duration,
    },
    /// The program wrote more than is collected.
    #[error("`{command}` wrote more than {limit} bytes")]
    TooMuchOutput {
        /// What was run.
        command: String,
        /// The limit.
        limit: usize,
    },
}

impl Error {
    /// Tells apart why a program could not be started.
    pub(super) fn starting(
        command: String,
        program: &OsStr,
        folder: Option<&Utf8Path>,
        remedy: Option<&'static str>,
        source: std::io::Error,
    ) -> Self {
        match (source.kind(), folder) {
            (std::io::ErrorKind::NotFound, Some(folder)) if !folder.is_dir() => {
                Self::NoFolder { command, folder: folder.to_owned() }
            }
            (std::io::ErrorKind::NotFound, _) => {
                Self::Missing { program: program.to_string_lossy().into_owned(), remedy }
            }
            _ => Self::Start { command, source },
        }
    }
}

/// What a program said, as the tail of a sentence.
fn said(message: &str) -> String {
    match message.chars().next() {
        None => String::new(),
        // Several lines, each below the sentence.
        Some('\n') => format!(":{message}"),
        Some(_) => format!(": {message}"),
    }
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Missing { .. } | Self::NoFolder { .. } | Self::Start { .. } => FailureKind::NotReady,
            Self::Streams { .. } | Self::Failed { .. } | Self::TimedOut { .. } | Self::TooMuchOutput { .. } => {
                FailureKind::Failed
            }
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Missing { remedy: Some(remedy), .. } => vec![(*remedy).to_owned()],
            Self::Missing { program, remedy: None } => {
                vec![format!("install `{program}` and make sure that it is in `PATH`")]
            }
            _ => Vec::new(),
        }
    }
}
