//! Why the endpoint does not run, in the foreground or in the background.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::emulator::{environment, process as emulator};
use super::instance;
use crate::diagnostic::{Explain, FailureKind};
use crate::{git, process};

/// Why the endpoint does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Its folder cannot be used.
    #[error(transparent)]
    Instance(#[from] instance::Error),
    /// Git, which serves the repositories, cannot be run.
    #[error("the local endpoint needs Git")]
    Git(#[from] git::Error),
    /// The emulator cannot be installed.
    #[error(transparent)]
    Environment(#[from] environment::Error),
    /// The emulator cannot be run.
    #[error(transparent)]
    Emulator(#[from] emulator::Error),
    /// The port is taken.
    #[error("port {port} on 127.0.0.1 cannot be used")]
    Port {
        /// The port.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// A file or the system's random numbers cannot be had.
    #[error("the local endpoint cannot be prepared: {0}")]
    System(String),
    /// The program could not be started in the background.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// It ended in the background before it answered.
    #[error("the local endpoint ended while it was started:\n{log}")]
    Ended {
        /// The end of its log.
        log: String,
    },
    /// It did not answer in time.
    #[error("the local endpoint did not answer within {} seconds; its log is `{log}`", .limit.as_secs())]
    Silent {
        /// The limit.
        limit: Duration,
        /// Its log.
        log: Utf8PathBuf,
    },
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Instance(error) => error.kind(),
            _ => FailureKind::NotReady,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Instance(error) => error.hints(),
            Self::Git(error) => error.hints(),
            Self::Environment(error) => error.hints(),
            Self::Process(error) => error.hints(),
            Self::Port { .. } => vec!["`pipectl local up --port 0` takes any free port".to_owned()],
            Self::Emulator(_) | Self::System(_) | Self::Ended { .. } | Self::Silent { .. } => Vec::new(),
        }
    }
}
