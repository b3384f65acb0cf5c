//! What can go wrong with an instance's folder.

use camino::Utf8PathBuf;

use crate::diagnostic::{Explain, FailureKind};

/// Why an instance cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is none.
    #[error("no local endpoint belongs to `{from}` or a folder above it")]
    NotFound {
        /// Where the search began.
        from: Utf8PathBuf,
    },
    /// It does not run.
    #[error("the local endpoint of `{folder}` is not running")]
    NotRunning {
        /// Its folder.
        folder: Utf8PathBuf,
    },
    /// Somebody starts or stops it: it does not answer yet, or not any more.
    #[error("the local endpoint of `{folder}` is being started or stopped")]
    Unsettled {
        /// Its folder.
        folder: Utf8PathBuf,
    },
    /// It runs already.
    #[error("the local endpoint of `{folder}` is running already{}", at(.endpoint.as_deref()))]
    AlreadyRunning {
        /// Its folder.
        folder: Utf8PathBuf,
        /// Its address, once it is ready.
        endpoint: Option<String>,
    },
    /// It did not end when it was asked to.
    #[error("the local endpoint of `{folder}` did not end within {seconds} seconds; its process id is {process}")]
    StillRunning {
        /// Its folder.
        folder: Utf8PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// Its process id.
        process: u32,
    },
    /// A file of its folder cannot be read.
    #[error("`{file}` is damaged")]
    Damaged {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// A file cannot be read or written.
    #[error("the local endpoint's folder cannot be used")]
    File(#[from] std::io::Error),
}

fn at(endpoint: Option<&str>) -> String {
    endpoint.map_or_else(String::new, |endpoint| format!(" at {endpoint}"))
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        match self {
            Self::AlreadyRunning { .. } => FailureKind::Usage,
            Self::StillRunning { .. } => FailureKind::Failed,
            _ => FailureKind::NotReady,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NotFound { .. } | Self::NotRunning { .. } => {
                vec!["`pipectl local up --detach` starts it".to_owned()]
            }
            Self::Unsettled { .. } => {
                vec!["run the same command again in a moment; `pipectl local down` waits and stops it".to_owned()]
            }
            Self::AlreadyRunning { .. } => {
                vec!["`pipectl local env` tells how to speak to it; `pipectl local down` stops it".to_owned()]
            }
            Self::StillRunning { process, .. } => vec![format!("`kill -9 {process}` ends it")],
            Self::Damaged { file, .. } => vec![format!("`rm {file}`, then `pipectl local up`, begins anew")],
            Self::File(_) => Vec::new(),
        }
    }
}
