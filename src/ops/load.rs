//! Reading a definition, for every verb that needs one.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::definition::{self, Definition, Examined};
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::disk;
use crate::git::Git;

/// A definition with its surroundings.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The checked definition.
    pub definition: Definition,
    /// Its text.
    pub text: String,
    /// Its path, seen from the top of the repository, or from the current folder where there is no repository.
    pub file: Utf8PathBuf,
    /// Its folder, which its paths are relative to.
    pub folder: Utf8PathBuf,
    /// What its check warns of.
    pub warnings: Report,
}

/// Why a definition cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file.
    #[error("there is no definition `{file}`")]
    Missing {
        /// The file.
        file: Utf8PathBuf,
    },
    /// The file cannot be read.
    #[error("the definition `{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file is no valid definition.
    #[error("the definition `{file}` is invalid")]
    Invalid {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong.
        report: Report,
    },
}

impl Explain for LoadError {
    fn kind(&self) -> FailureKind {
        FailureKind::Invalid
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Missing { .. } => {
                vec!["`pipectl init` writes one; `--file PATH` names one that is elsewhere".to_owned()]
            }
            Self::Unreadable { cause, .. } if cause.kind() == io::ErrorKind::FileTooLarge => vec![
                "divide it: each definition of a repository makes a pipeline of its own; `--file PATH` names one"
                    .to_owned(),
            ],
            Self::Unreadable { file, cause } => vec![disk::remedy(file, cause)],
            Self::Invalid { .. } => vec!["`pipectl validate` shows this again after a change".to_owned()],
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Invalid { report, .. } => Some(report),
            Self::Missing { .. } | Self::Unreadable { .. } => None,
        }
    }
}

/// Reads and checks a definition.
pub async fn load(file: &Utf8Path) -> Result<Loaded, LoadError> {
    let text = read(file)?;
    let Read { examined, file_in_repository } = examine(file, &text).await;
    match examined.definition.filter(|_| !examined.report.has_errors()) {
        Some(definition) => Ok(Loaded {
            definition,
            text,
            file: file_in_repository,
            folder: file.parent().unwrap_or(Utf8Path::new("")).to_owned(),
            warnings: examined.report,
        }),
        None => Err(LoadError::Invalid { file: file.to_owned(), report: examined.report }),
    }
}

/// A definition's text, looked at together with its place in the repository.
pub(super) struct Read {
    pub examined: Examined,
    /// Its path, seen from the top of the repository.
    pub file_in_repository: Utf8PathBuf,
}

/// Looks at a definition's text, with all that can be said of it without the files that it names.
pub(super) async fn examine(file: &Utf8Path, text: &str) -> Read {
    let mut examined = definition::examine(file, text);
    let file_in_repository = in_repository(file).await;
    if let Some(definition) = &examined.definition {
        examined.report.append(definition::unwatched(definition, &examined.places, file, &file_in_repository));
    }
    Read { examined, file_in_repository }
}

/// Reads a definition's text, which may say anything.
pub(super) fn read(file: &Utf8Path) -> Result<String, LoadError> {
    disk::read_text(file, definition::SIZE_LIMIT as u64).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => LoadError::Missing { file: file.to_owned() },
        _ => LoadError::Unreadable { file: file.to_owned(), cause },
    })
}

/// A path seen from the top of its repository; as it is where there is none.
async fn in_repository(file: &Utf8Path) -> Utf8PathBuf {
    let Ok(whole) = file.canonicalize_utf8() else {
        return file.to_owned();
    };
    let folder = whole.parent().unwrap_or(Utf8Path::new("/"));
    match Git::at(folder).top_level().await {
        Ok(top) => whole.strip_prefix(&top).map_or_else(|_| file.to_owned(), Utf8Path::to_owned),
        Err(_) => file.to_owned(),
    }
}
