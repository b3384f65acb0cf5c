//! Why there is no client configuration.

use std::io;

use camino::Utf8PathBuf;

use crate::amplify::client::{ClientError, ObjectName};
use crate::archive::ArchiveError;
use crate::assembly::AssemblyError;
use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::disk;
use crate::ops::outputs::RootError;

/// Why there is no client configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// There is no root, or none that could be asked.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The template of the root is not known.
    #[error("the root template is needed: its metadata tells which outputs clients may know")]
    NoTemplate,
    /// The template of the root cannot be read.
    #[error("the template of stack `{stack}` cannot be read")]
    Template {
        /// The root.
        stack: String,
        /// Why.
        #[source]
        cause: aws::Error,
    },
    /// A file cannot be read.
    #[error("`{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: Utf8PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// Something is not JSON.
    #[error("{what} is not JSON")]
    Syntax {
        /// What it is.
        what: String,
        /// Why.
        #[source]
        cause: serde_json::Error,
    },
    /// An object that a template names is no asset of its assembly.
    #[error("the assembly has no asset `{}`, which a template of the backend names", .object.key)]
    Absent {
        /// The object.
        object: ObjectName,
    },
    /// An object that a template names cannot be read.
    #[error("`{object}`, which tells of the models, cannot be read")]
    Object {
        /// The object's address.
        object: String,
        /// Why.
        #[source]
        cause: aws::Error,
    },
    /// There is no room for what is unpacked.
    #[error("no temporary folder could be made")]
    Temporary(#[source] io::Error),
    /// The archive with the models is damaged.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The assembly is damaged.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The backend tells too little, or something else than is expected.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// How to do without the models.
const WITHOUT: &str = "`--introspection FILE` takes the models from elsewhere, `--no-introspection` leaves them out";

impl Explain for ConfigurationError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Root(error) => error.kind(),
            Self::NoTemplate => FailureKind::Usage,
            Self::Temporary(_) => FailureKind::NotReady,
            Self::Template { cause, .. } | Self::Object { cause, .. } => cause.kind(),
            Self::Unreadable { .. } | Self::Syntax { .. } | Self::Absent { .. } => FailureKind::Invalid,
            Self::Archive(error) => error.kind(),
            Self::Assembly(error) => error.kind(),
            Self::Client(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::Root(error) => return error.hints(),
            Self::NoTemplate => "`--template FILE` names the root template, or a file with its metadata".to_owned(),
            Self::Unreadable { file, cause } => disk::remedy(file, cause),
            Self::Syntax { .. } => "take the file as Amplify, the CDK or CloudFormation wrote it".to_owned(),
            Self::Absent { .. } => WITHOUT.to_owned(),
            Self::Temporary(_) => "check that the disk has space, and `TMPDIR`".to_owned(),
            Self::Template { cause, .. } => return cause.hints(),
            Self::Object { cause, .. } => return [vec![WITHOUT.to_owned()], cause.hints()].concat(),
            Self::Archive(error) => return error.hints(),
            Self::Assembly(error) => return error.hints(),
            Self::Client(error) => return error.hints(),
        };
        vec![hint]
    }
}
