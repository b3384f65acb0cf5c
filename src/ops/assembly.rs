//! Reading an assembly from its folder.

use std::io;

use camino::Utf8Path;

use crate::assembly::{ArtifactKind, Assembly, AssemblyError, StackView, resolve};
use crate::aws::identity::Assumption;
use crate::aws::{self, Aws};
use crate::diagnostic::{Explain, FailureKind};
use crate::disk;
use crate::id::{Environment, Name};
use crate::ops::files;

/// The largest file of an assembly that is read. Manifests of large CDK apps have some megabytes, most of it metadata.
const LARGEST_FILE: u64 = 64 << 20;

/// Reads the assembly of a folder, the assemblies in it included.
pub fn open(root: &Utf8Path) -> Result<Assembly, AssemblyError> {
    let assembly = Assembly::load(&mut |path| read(root, path))?;
    for view in assembly.stacks() {
        let file = view.template();
        match files::stay_inside(root, &file, "the assembly") {
            // What is not there is told where it is read.
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                return Err(AssemblyError::Unreadable { file, cause });
            }
            _ => {}
        }
    }
    Ok(assembly)
}

/// Reads a file of an assembly.
pub(super) fn read(root: &Utf8Path, path: &Utf8Path) -> io::Result<String> {
    let text = disk::read_text(&root.join(path), LARGEST_FILE)?;
    files::stay_inside(root, path, "the assembly").map(|()| text)
}

/// Why the stacks of a stage cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The assembly cannot be read.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The assembly has no such stage.
    #[error("the assembly has no stage `{stage}`")]
    NoStage {
        /// The stage.
        stage: Name,
    },
    /// No region is known.
    #[error("no AWS region is known")]
    NoRegion,
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
}

impl Explain for StageError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Assembly(error) => error.kind(),
            Self::NoStage { .. } => FailureKind::Invalid,
            Self::NoRegion => FailureKind::NotReady,
            Self::Call(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Assembly(error) => error.hints(),
            Self::NoStage { .. } => vec!["`pipectl synth` writes the assembly anew".to_owned()],
            Self::NoRegion => vec!["`--region REGION`, or `AWS_REGION`, names one".to_owned()],
            Self::Call(error) => error.hints(),
        }
    }
}

/// Where a connection's credentials and region are: what a stack leaves open of its environment.
pub(super) async fn own_environment(aws: &Aws) -> Result<Environment, StageError> {
    let region = aws.region().ok_or(StageError::NoRegion)?;
    Ok(Environment { account: aws.identity().await?.account, region })
}

/// The assembly of a stage of the definition.
pub(super) fn stage_assembly<'a>(assembly: &'a Assembly, stage: &Name) -> Result<&'a Assembly, StageError> {
    let found = assembly.manifest.artifacts.iter().find_map(|(id, artifact)| match &artifact.kind {
        ArtifactKind::NestedAssembly(nested) if nested.display_name.as_deref() == Some(stage.as_str()) => {
            assembly.nested.get(id)
        }
        _ => None,
    });
    found.ok_or_else(|| StageError::NoStage { stage: stage.clone() })
}

/// Assumes the role that deploys a stack, narrowed by a session policy.
pub(super) async fn assume(
    aws: &Aws,
    view: &StackView<'_>,
    environment: &Environment,
    session: &str,
    policy: String,
) -> aws::Result<Aws> {
    let aws = aws.in_region(&environment.region);
    let Some(role) = &view.stack.assume_role_arn else { return Ok(aws) };
    let assumption = Assumption {
        role: resolve(role, environment),
        session: session.to_owned(),
        policy: Some(policy),
        external_id: view.stack.assume_role_external_id.clone(),
        ..Assumption::default()
    };
    aws.assume(&assumption).await
}
