//! Why there is no client configuration.

use super::{ClientFormat, OutputsVersion};
use crate::diagnostic::{Explain, FailureKind};

/// Why there is no client configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The template tells of no Amplify backend.
    #[error("the template's metadata tells of no Amplify backend: none of its keys is `AWS::Amplify::…`")]
    NoBackend,
    /// The metadata of a category is of another shape.
    #[error("the template's metadata `{key}` is not `{{ version, stackOutputs }}`")]
    Metadata {
        /// Its key.
        key: String,
    },
    /// The metadata of a category is of a version that pipectl does not know.
    #[error("the template's metadata `{key}` is of version `{version}`; pipectl knows version `1`")]
    Unknown {
        /// Its key.
        key: &'static str,
        /// Its version.
        version: String,
    },
    /// The stack lacks an output.
    #[error("the stack has no output `{output}`, which the template's metadata `{key}` is incomplete without")]
    Missing {
        /// The output.
        output: &'static str,
        /// The category's key in the metadata.
        key: &'static str,
    },
    /// An output does not hold what it should.
    #[error("the stack's output `{output}` is not {expected}: `{value}`")]
    Malformed {
        /// The output.
        output: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        value: String,
    },
    /// A custom output is there already.
    #[error("the custom outputs of the backend give `{key}` a second value")]
    Taken {
        /// The key.
        key: String,
    },
    /// The custom outputs are for another version.
    #[error("the custom outputs of the backend are of version `{theirs}`, and the rest is of version `{ours}`")]
    Conflict {
        /// What the rest is of.
        ours: String,
        /// What they are of.
        theirs: String,
    },
    /// A format that a version does not have.
    #[error("`{format}` is no client format of version {version}")]
    Format {
        /// The format.
        format: ClientFormat,
        /// The version.
        version: OutputsVersion,
    },
}

impl Explain for ClientError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Format { .. } => FailureKind::Usage,
            _ => FailureKind::Invalid,
        }
    }

    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NoBackend => {
                "`--stack NAME` names the root stack of a Gen 2 backend, `--template FILE` its template; a Gen 1 backend has `--format aws-exports`"
            }
            Self::Metadata { .. } => "take the template as `npx ampx` or `npx cdk synth` wrote it",
            Self::Unknown { .. } => "a newer pipectl may know it",
            Self::Missing { .. } | Self::Malformed { .. } => {
                "take the outputs of the root stack, as a finished deployment left them; overrides in code may have changed them"
            }
            Self::Taken { .. } => "give each key to `backend.addOutput` once, and none that Amplify writes itself",
            Self::Conflict { .. } => "leave `version` out of what `backend.addOutput` is given",
            Self::Format { .. } => {
                "`--outputs-version 0` has all formats; 1 and later have `json` and `dart`, as with `ampx generate outputs`"
            }
        };
        vec![hint.to_owned()]
    }
}
