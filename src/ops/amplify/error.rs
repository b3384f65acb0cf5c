//! Why a backend cannot be read or synthesised.

use std::io;

use camino::Utf8PathBuf;

use crate::archive::ArchiveError;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::Name;
use crate::process;

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

/// Why a Gen 2 backend cannot be synthesised.
#[derive(Debug, thiserror::Error)]
pub enum SynthesisError {
    /// The definition's folder is not there any more.
    #[error("the definition's folder cannot be found")]
    Folder(#[source] io::Error),
    /// The program is not there.
    #[error("stage `{stage}`: the backend `{file}` is not there")]
    NoProgram {
        /// The stage.
        stage: Name,
        /// The program's file.
        file: Utf8PathBuf,
    },
    /// What runs it is not installed.
    #[error("`tsx`, which runs Amplify's backends, is not installed in `{}`", shown(.project))]
    NoRunner {
        /// The folder of the Amplify project.
        project: Utf8PathBuf,
    },
    /// It cannot be run to its end.
    #[error(transparent)]
    Run(process::Error),
    /// It failed.
    #[error("stage `{stage}`: the synthesis of `{file}` failed with exit status {status}")]
    Failed {
        /// The stage.
        stage: Name,
        /// The program's file.
        file: Utf8PathBuf,
        /// Its exit status.
        status: i32,
    },
    /// It ended well, but wrote nothing.
    #[error("stage `{stage}`: the backend `{file}` wrote no assembly")]
    NoAssembly {
        /// The stage.
        stage: Name,
        /// The program's file.
        file: Utf8PathBuf,
    },
    /// Its assembly's folder cannot be made anew.
    #[error("the folder `{folder}` cannot be written")]
    Write {
        /// The folder.
        folder: Utf8PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

/// A folder of the definition, which may be its own.
fn shown(folder: &Utf8PathBuf) -> &str {
    if folder.as_str().is_empty() { "." } else { folder.as_str() }
}

impl Explain for SynthesisError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoProgram { .. } | Self::NoAssembly { .. } => FailureKind::Invalid,
            Self::Folder(_) | Self::NoRunner { .. } | Self::Write { .. } => FailureKind::NotReady,
            Self::Run(error) => error.kind(),
            Self::Failed { .. } => FailureKind::Failed,
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Folder(_) => "run pipectl in a folder that is there".to_owned(),
            Self::NoProgram { .. } => {
                "`npm create amplify@latest` writes one; `backend` of `[[stage.amplify]]` names another".to_owned()
            }
            Self::NoRunner { .. } => {
                return vec![
                    "`npm ci` installs it: put that into `commands` of `[build]`, or run it here".to_owned(),
                    "`npm install --save-dev tsx` adds it to a project that does without it".to_owned(),
                ];
            }
            Self::Run(error) => return error.hints(),
            Self::Failed { .. } => {
                "the output above says why; `pipectl amplify synth` runs it again without the build's commands"
                    .to_owned()
            }
            Self::NoAssembly { .. } => "name the file that calls `defineBackend`".to_owned(),
            Self::Write { folder, .. } => format!("remove `{folder}`, or make the folder around it writable"),
        };
        vec![hint]
    }
}
