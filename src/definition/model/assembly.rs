//! CDK apps: which of their stacks a stage deploys, and what was found of them.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Value;

/// Stacks of a CDK app, found in the assembly that the build makes (`[[stage.assembly]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssemblyReference {
    /// The assembly's folder, such as `cdk.out`.
    pub path: Utf8PathBuf,
    /// Which of its stacks belong to the stage.
    pub selection: Selection,
    /// Values of the templates' parameters, by the stack's name in the stage and the parameter's.
    pub parameters: IndexMap<String, IndexMap<String, Value>>,
}

/// Which stacks of an assembly belong to a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All stacks of a stage of the app (`Stage` of the CDK), by its path, such as `Prod`.
    Stage(String),
    /// Stacks whose paths match one of these patterns, and those that they depend on. A `*` stops at `/`, `**` does not.
    Stacks(Vec<String>),
}

/// Where in an assembly a stack was found, and what it needs of its environment.
///
/// ARNs may hold placeholders, see [`crate::assembly::resolve`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AssemblyOrigin {
    /// The assembly's folder, relative to the definition's.
    pub assembly: Utf8PathBuf,
    /// The folder of the manifest that names it, relative to the assembly's.
    pub folder: Utf8PathBuf,
    /// The id of its artifact in that manifest.
    pub artifact: String,
    /// The role that deploys it; the toolkit stack's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deploy_role: Option<String>,
    /// The role that CloudFormation takes; the toolkit stack's if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_role: Option<String>,
    /// The roles that publish its assets.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub publishing_roles: BTreeSet<String>,
    /// Whether there are container images among its assets.
    pub images: Images,
    /// The toolkit stack that it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolkit: Option<ToolkitRequirement>,
}

/// Whether there are container images among a stack's assets: to build some, the publishing build needs Docker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Images {
    /// Files only.
    None,
    /// At least one image.
    Some,
}

/// What a stack asks of the toolkit stack in its environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ToolkitRequirement {
    /// The SSM parameter that holds the toolkit stack's version.
    pub parameter: String,
    /// The oldest version that will do.
    pub version: u32,
}
