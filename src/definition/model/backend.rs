//! Amplify backends of a stage.

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::{TerminationProtection, Value};
use crate::id::{Name, StackName};
use crate::overrides::Overrides;

/// An Amplify backend (`[[stage.amplify]]`). It becomes a stack of the stage, which has its name.
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
}

/// An export of a Gen 1 backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReference {
    /// Its folder, such as `lib/amplify-export-todo`.
    pub path: Utf8PathBuf,
    /// The environment that its names are to have; their own if absent.
    pub environment: Option<String>,
}

impl BackendReference {
    /// The name of the parameter of the root stack that passes a value on to a nested stack.
    pub fn root_parameter(stack: &str, parameter: &str) -> String {
        format!("{}{parameter}", stack.replace('/', ""))
    }

    /// The export that it is made of.
    pub fn export(&self) -> &ExportReference {
        let BackendSource::Export(export) = &self.source;
        export
    }
}
