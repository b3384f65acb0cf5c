//! What is chosen for a backend beside its export.

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde_json::Value;

use crate::overrides::Overrides;

/// What is chosen for a backend beside its export.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    /// The environment; that of the export if absent.
    pub environment: Option<String>,
    /// The toolkit bucket, with `${AWS::AccountId}` and `${AWS::Region}` where they are not known.
    pub bucket: String,
    /// Further values of parameters, by the logical ids that lead to a nested stack (`apitodo/Todo`).
    pub parameters: IndexMap<String, IndexMap<String, ParameterValue>>,
    /// Templates of nested stacks for which the export has none, by the same.
    pub templates: IndexMap<String, SuppliedTemplate>,
    /// Outputs of nested stacks that become outputs of the root, as `NESTED.OUTPUT`.
    pub outputs: Vec<String>,
    /// What is changed in the templates.
    pub overrides: Overrides,
}

/// A further value of a nested stack's parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// The value itself.
    Literal(Value),
    /// The value of a parameter of this name, which the root stack gets.
    OfRoot(String),
}

/// A template of a nested stack that is not in the export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppliedTemplate {
    /// The file, as messages call it.
    pub file: Utf8PathBuf,
    /// Its text.
    pub text: String,
}
