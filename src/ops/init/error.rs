//! Why nothing was written.

use std::io;

use camino::Utf8PathBuf;

use crate::assembly::AssemblyError;
use crate::diagnostic::{Explain, FailureKind};
use crate::git;
use crate::migration::MigrationError;
use crate::text;

/// Why a definition could not be written.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Files are there already.
    #[error("{} would be overwritten", text::list(files))]
    Exists {
        /// The files.
        files: Vec<Utf8PathBuf>,
    },
    /// No remote of the checkout names a repository, and none was given.
    #[error("no repository is known that the pipeline could follow")]
    NoRepository,
    /// The repository's name has no letter to begin a pipeline's name with.
    #[error("no pipeline name can be made of the repository's, `{repository}`")]
    NoName {
        /// The repository's name.
        repository: String,
    },
    /// The repository has no Amplify backend of either generation.
    #[error("no Amplify backend is here: neither a program such as `amplify/backend.ts` (Gen 2) nor an export (Gen 1)")]
    NoBackend,
    /// The assembly cannot be used.
    #[error("the assembly `{path}` cannot be used")]
    Assembly {
        /// Its folder.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        cause: AssemblyError,
    },
    /// A template of the assembly cannot be read.
    #[error("the template `{file}` cannot be read")]
    Template {
        /// The template.
        file: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No definition can be made of the assembly.
    #[error(transparent)]
    Migration(#[from] MigrationError),
    /// Git could not be asked.
    #[error("the checkout could not be looked at")]
    Git(#[from] git::Error),
    /// A file could not be read or written.
    #[error("`{file}` could not be written")]
    File {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Explain for InitError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Exists { .. } | Self::NoRepository | Self::NoName { .. } | Self::NoBackend => FailureKind::Usage,
            Self::Assembly { .. } | Self::Template { .. } => FailureKind::Invalid,
            Self::Migration(error) => error.kind(),
            Self::Git(error) => error.kind(),
            Self::File { .. } => FailureKind::NotReady,
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Exists { .. } => vec!["`--force` overwrites; nothing has been written".to_owned()],
            Self::NoRepository => vec![
                "`pipectl init --repository OWNER/NAME` names it".to_owned(),
                "`git remote add origin https://github.com/OWNER/NAME.git` lets it be found".to_owned(),
            ],
            Self::NoName { .. } => vec!["`pipectl init --name NAME` chooses one".to_owned()],
            Self::NoBackend => vec![
                "`npm create amplify@latest` begins a backend of Gen 2; then say this again".to_owned(),
                "`amplify export --out lib` exports one of Gen 1, in the folder of its project".to_owned(),
                "`--file DIR/pipeline.toml` looks in another folder".to_owned(),
            ],
            Self::Assembly { .. } | Self::Template { .. } => {
                vec!["`npx cdk synth` writes the assembly; `--assembly DIR` names another folder".to_owned()]
            }
            Self::Migration(error) => error.hints(),
            Self::Git(error) => error.hints(),
            Self::File { .. } => Vec::new(),
        }
    }
}
