//! Why a pipeline was not deployed.

use camino::Utf8PathBuf;

use crate::assembly::AssemblyError;
use crate::aws;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::id::{AccountId, Environment, IdentifierError, Region, StackName};
use crate::ops::preflight::PreflightError;
use crate::ops::role::NoRole;
use crate::ops::stack::StackError;
use crate::ops::tool::ToolError;

/// Why a pipeline was not deployed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The definition or a template is invalid.
    #[error("`{file}` is invalid")]
    Invalid {
        /// The file.
        file: Utf8PathBuf,
        /// What is wrong.
        report: Report,
    },
    /// The assembly cannot be read.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// A file of the assembly cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// The assembly lacks a stack.
    #[error("the assembly `{folder}` has no stack `{stack}`")]
    NoStack {
        /// The assembly's folder.
        folder: Utf8PathBuf,
        /// The stack.
        stack: StackName,
    },
    /// A name that follows from the definition is too long.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// The own binary cannot be read or uploaded.
    #[error(transparent)]
    Tool(#[from] Box<ToolError>),
    /// No region is known.
    #[error("no AWS region is known: the definition names none, and neither does the environment")]
    NoRegion,
    /// The credentials belong to another account.
    #[error("the credentials belong to account {own}, but the pipeline lives in account {wanted}")]
    OtherAccount {
        /// The account of the credentials.
        own: AccountId,
        /// The account of the definition.
        wanted: AccountId,
    },
    /// The environment, the source or the token is not ready.
    #[error(transparent)]
    Preflight(#[from] PreflightError),
    /// A newer pipectl wrote the pipeline.
    #[error("the pipeline was last written by pipectl {deployed}, and this is {own}")]
    Older {
        /// The version that wrote the pipeline.
        deployed: String,
        /// This version.
        own: &'static str,
    },
    /// A role of the toolkit stack cannot be assumed.
    #[error(transparent)]
    NoRole(#[from] NoRole),
    /// The pipeline has no right to an environment of its own account, most often because a push names a new region.
    #[error("the pipeline may not deploy to {environment}, most likely because this push is the first to name it")]
    OutOfReach {
        /// The environment.
        environment: Environment,
        /// Why.
        source: Box<aws::Error>,
    },
    /// Something was pushed that only a person may change.
    #[error("the pushed definition changes {what}, which a pipeline cannot do to itself")]
    Frozen {
        /// What it changes, with the old and the new value.
        what: String,
    },
    /// The pipeline lives in another region than the definition says.
    #[error("the pushed definition moves the pipeline from {from} to {to}, which a pipeline cannot do to itself")]
    Moved {
        /// Where it lives.
        from: Region,
        /// Where it would live.
        to: Region,
    },
    /// No execution followed the change.
    #[error("the pipeline was changed, but no new execution could be started")]
    NotRestarted(#[source] aws::Error),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// A stack could not be deployed.
    #[error(transparent)]
    Stack(#[from] StackError),
}

impl Explain for DeployError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Invalid { .. }
            | Self::Assembly(_)
            | Self::Unreadable { .. }
            | Self::NoStack { .. }
            | Self::Name(_)
            | Self::OutOfReach { .. }
            | Self::Frozen { .. }
            | Self::Moved { .. } => FailureKind::Invalid,
            Self::NoRole(error) => error.kind(),
            Self::NoRegion | Self::OtherAccount { .. } | Self::Older { .. } => FailureKind::NotReady,
            Self::Tool(error) => error.kind(),
            Self::Preflight(error) => error.kind(),
            Self::NotRestarted(error) | Self::Call(error) => error.kind(),
            Self::Stack(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Invalid { .. } => vec!["`pipectl validate` shows this again after a change".to_owned()],
            Self::NoStack { .. } | Self::Unreadable { .. } => {
                vec!["`pipectl synth` writes the assembly anew".to_owned()]
            }
            Self::Name(_) => vec!["shorten `name` in `[pipeline]`".to_owned()],
            Self::NoRegion => vec!["`--region REGION`, or `region` in `[pipeline]`, names one".to_owned()],
            Self::OtherAccount { wanted, .. } => {
                vec![format!("`--profile NAME`, with a profile of account {wanted}, chooses other credentials")]
            }
            Self::Older { deployed, .. } => vec![format!(
                "install pipectl {deployed} or newer and run the same command again; in a pipeline, `pipectl deploy` \
                 from there moves the pin"
            )],
            Self::NoRole(error) => error.hints(),
            Self::OutOfReach { .. } => vec![
                "`pipectl deploy`, run by a person now that this is pushed, lets the pipeline reach it".to_owned(),
            ],
            Self::Frozen { .. } | Self::Moved { .. } => vec![
                "`pipectl deploy`, run by a person with the rights to do so, makes this change; or push the former value"
                    .to_owned(),
            ],
            Self::NotRestarted(_) => vec!["`pipectl run` starts one".to_owned()],
            Self::Assembly(error) => error.hints(),
            Self::Tool(error) => error.hints(),
            Self::Preflight(error) => error.hints(),
            Self::Call(error) => error.hints(),
            Self::Stack(error) => error.hints(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Invalid { report, .. } => Some(report),
            Self::Preflight(error) => error.report(),
            _ => None,
        }
    }
}
