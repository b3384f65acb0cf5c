//! Why no definition can be made of an assembly.

use camino::Utf8PathBuf;

use crate::diagnostic::{Explain, FailureKind};
use crate::id::PipelineName;
use crate::text;

/// Why no definition can be made of an assembly.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// There is no pipeline in it.
    #[error("no stack of the assembly holds a pipeline")]
    NoPipeline,
    /// There are several pipelines in it.
    #[error("the assembly holds {}: {}", text::count(.pipelines.len(), "pipeline"), text::list(.pipelines))]
    Several {
        /// Their stacks, or their logical ids where all stand in one stack.
        pipelines: Vec<String>,
    },
    /// The wanted stack holds no pipeline.
    #[error("no stack with a pipeline is called `{wanted}`")]
    UnknownStack {
        /// What was wanted.
        wanted: String,
        /// The stacks that hold one.
        stacks: Vec<String>,
    },
    /// The pipeline was not made by CDK Pipelines.
    #[error("the pipeline of `{stack}` was not made by CDK Pipelines: no build of it gives out a cloud assembly")]
    Foreign {
        /// The stack.
        stack: String,
    },
    /// The stack that the new pipeline needs is one of the app's.
    #[error("a pipeline `{name}` has the stack `{stack}`, which the app has too")]
    NameTaken {
        /// The pipeline's name.
        name: PipelineName,
        /// The stack.
        stack: String,
    },
    /// The app writes its assembly to a place that the definition cannot name.
    #[error("the build writes the assembly to `{assembly}`, which is not below `{folder}`, the definition's folder")]
    Outside {
        /// The assembly, relative to the top of the source.
        assembly: Utf8PathBuf,
        /// The definition's folder, relative to the top of the repository.
        folder: Utf8PathBuf,
    },
}

impl Explain for MigrationError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoPipeline | Self::Foreign { .. } => FailureKind::Invalid,
            Self::Several { .. } | Self::UnknownStack { .. } | Self::NameTaken { .. } | Self::Outside { .. } => {
                FailureKind::Usage
            }
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoPipeline => vec![
                "`npx cdk synth` writes the assembly of the app that has the `CodePipeline`; `--assembly DIR` names it"
                    .to_owned(),
            ],
            Self::Several { pipelines } => {
                let first = pipelines.first().map(String::as_str).unwrap_or_default();
                vec![format!("`--stack {first}` chooses one")]
            }
            Self::UnknownStack { wanted, stacks } => {
                let near = text::nearest(wanted, stacks.iter().map(String::as_str));
                vec![match near {
                    Some(near) => format!("a stack with a similar name exists: `{near}`"),
                    None => format!("known: {}", text::list(stacks)),
                }]
            }
            Self::Foreign { .. } => {
                vec!["`pipectl init` without `--from` writes a definition to start from".to_owned()]
            }
            Self::NameTaken { .. } => vec!["`--name NAME` chooses another name".to_owned()],
            Self::Outside { .. } => {
                vec!["`--file pipeline.toml` puts the definition at the top of the repository".to_owned()]
            }
        }
    }
}
