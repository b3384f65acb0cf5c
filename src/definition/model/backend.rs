//! Amplify backends of a stage.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::{BackendIdentity, Step, TerminationProtection, Value};
use crate::id::{Name, StackName};
use crate::overrides::Overrides;

/// An Amplify backend (`[[stage.amplify]]`). It becomes a stack of the stage, which has its name, or is deployed by a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendReference {
    /// Its name, unique among the stage's stacks.
    pub name: Name,
    /// What it is made of.
    pub source: BackendSource,
    /// Its stack's physical name; the one that Amplify chooses if absent.
    pub stack_name: Option<StackName>,
    /// Further values of parameters, by the logical ids that lead to a nested stack and the parameter's name.
    pub parameters: IndexMap<String, IndexMap<String, Value>>,
    /// Templates of nested stacks for which there are none, by the same.
    pub templates: IndexMap<String, Utf8PathBuf>,
    /// Tags, over those that Amplify gives.
    pub tags: IndexMap<String, String>,
    /// Whether the stack may be deleted.
    pub termination_protection: TerminationProtection,
    /// ARNs of the topics that are told of the stack's events (at most five).
    pub notification_targets: Vec<String>,
    /// Other stacks of the stage that go first, besides those whose outputs are used.
    pub depends_on: Vec<Name>,
    /// What is changed in its templates.
    pub overrides: Overrides,
}

/// What a backend is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendSource {
    /// An export of a Gen 1 backend.
    Export(ExportReference),
    /// The program of a Gen 2 backend.
    Program(ProgramReference),
}

/// An export of a Gen 1 backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReference {
    /// Its folder, such as `lib/amplify-export-todo`.
    pub path: Utf8PathBuf,
    /// The environment that its names are to have; their own if absent.
    pub environment: Option<String>,
}

/// The program of a Gen 2 backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramReference {
    /// Its file, such as `amplify/backend.ts`.
    pub file: Utf8PathBuf,
    /// What Amplify knows the backend by.
    pub identity: BackendIdentity,
    /// How it is deployed.
    pub mode: BackendMode,
}

/// How a Gen 2 backend is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BackendMode {
    /// The build synthesises it; its stacks are deployed like any others.
    Native,
    /// A step runs `ampx pipeline-deploy`, by the last of its commands.
    Ampx(Box<Step>),
}

impl ProgramReference {
    /// The folder of the Amplify project: that around the folder `amplify` with the program.
    pub fn project(&self) -> &Utf8Path {
        self.file.parent().and_then(Utf8Path::parent).unwrap_or(Utf8Path::new(""))
    }
}

impl BackendReference {
    /// The name of the parameter of the root stack that passes a value on to a nested stack.
    pub fn root_parameter(stack: &str, parameter: &str) -> String {
        format!("{}{parameter}", stack.replace('/', ""))
    }

    /// The export that it is made of, if it is of Gen 1.
    pub fn export(&self) -> Option<&ExportReference> {
        match &self.source {
            BackendSource::Export(export) => Some(export),
            BackendSource::Program(_) => None,
        }
    }

    /// The program that is synthesised for it.
    pub fn program(&self) -> Option<&ProgramReference> {
        match &self.source {
            BackendSource::Program(program) if program.mode == BackendMode::Native => Some(program),
            BackendSource::Program(_) | BackendSource::Export(_) => None,
        }
    }

    /// The step that deploys it, if its stacks are not pipectl's.
    pub fn step(&self) -> Option<&Step> {
        match &self.source {
            BackendSource::Program(ProgramReference { mode: BackendMode::Ampx(step), .. }) => Some(step),
            BackendSource::Program(_) | BackendSource::Export(_) => None,
        }
    }

    /// The folder of the assembly that its program writes for a stage. Amplify's own projects keep `.amplify` out of Git.
    pub fn assembly(&self, program: &ProgramReference, stage: &Name) -> Utf8PathBuf {
        program.project().join(".amplify/pipectl").join(stage.as_str()).join(self.name.as_str())
    }
}
