//! Why there is no client configuration.

use std::io;

use camino::Utf8PathBuf;

use crate::amplify::client::{ClientError, ObjectName};
use crate::archive::ArchiveError;
use crate::assembly::AssemblyError;
use crate::aws;
use crate::aws::cloudformation::StackStatus;
use crate::diagnostic::{Explain, FailureKind};
use crate::{disk, text};

/// Why there is no client configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// No stack is the root of a backend.
    #[error("no stack here is the root of an Amplify Gen 2 backend")]
    NoRoot {
        /// The stacks that there are.
        known: Vec<String>,
    },
    /// Several stacks are.
    #[error("several stacks are roots of Amplify backends: {}", text::list(.roots))]
    SeveralRoots {
        /// They.
        roots: Vec<String>,
    },
    /// The root is not there.
    #[error("stack `{stack}` is not deployed yet")]
    NotDeployed {
        /// The root.
        stack: String,
    },
    /// The root is being changed.
    #[error("stack `{stack}` is being changed ({status}), so its outputs are not settled")]
    Busy {
        /// The root.
        stack: String,
        /// Its status.
        status: StackStatus,
    },
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
            Self::NoRoot { .. } | Self::SeveralRoots { .. } | Self::NoTemplate => FailureKind::Usage,
            Self::NotDeployed { .. } | Self::Busy { .. } | Self::Temporary(_) => FailureKind::NotReady,
            Self::Template { cause, .. } | Self::Object { cause, .. } => cause.kind(),
            Self::Unreadable { .. } | Self::Syntax { .. } | Self::Absent { .. } => FailureKind::Invalid,
            Self::Archive(error) => error.kind(),
            Self::Assembly(error) => error.kind(),
            Self::Client(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NoRoot { known } => format!("`--stack NAME` names it; there are {}", text::list(known)),
            Self::SeveralRoots { .. } => "`--stack NAME` or `--stage STAGE` chooses one".to_owned(),
            Self::NotDeployed { .. } => "`pipectl status --watch` follows the run that deploys it".to_owned(),
            Self::Busy { .. } => "run the same command again when the deployment is over".to_owned(),
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
