//! An action of a pipeline.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Provider;

/// An action as the API gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// The action's name.
    pub name: String,
    /// Who executes it.
    pub action_type_id: ActionType,
    /// Actions of a lower number come first; those of the same number run side by side.
    #[serde(default = "first")]
    pub run_order: u32,
    /// The settings, as the provider wants them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configuration: BTreeMap<String, String>,
    /// The artifacts that it makes.
    #[serde(default)]
    pub output_artifacts: Vec<Artifact>,
    /// The artifacts that it takes.
    #[serde(default)]
    pub input_artifacts: Vec<Artifact>,
    /// The role that it works with, unless it is the pipeline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The region that it works in, unless it is the pipeline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The name under which later actions find its output variables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// How long it may take, unless as long as is usual for its provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_in_minutes: Option<u32>,
}

/// Who executes an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionType {
    /// What kind of work it is.
    pub category: Category,
    /// Whose provider it is.
    pub owner: Owner,
    /// The provider's name, such as `CodeBuild`.
    pub provider: String,
    /// The provider's version, such as `1`.
    pub version: String,
}

/// What kind of work an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum Category {
    Source,
    Build,
    Deploy,
    Test,
    Invoke,
    Approval,
    Compute,
}

/// Whose provider it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum Owner {
    #[serde(rename = "AWS")]
    Aws,
    ThirdParty,
    Custom,
}

/// An artifact that is taken or made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The artifact's name, unique in the pipeline.
    pub name: String,
}

/// The run order of an action that names none.
fn first() -> u32 {
    1
}

impl Action {
    /// Who executes the action, if the local endpoint can.
    pub fn provider(&self) -> Option<Provider> {
        Provider::of(&self.action_type_id)
    }

    /// A setting, when there is one and it is not empty.
    pub fn setting(&self, key: &str) -> Option<&str> {
        self.configuration.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl fmt::Display for ActionType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "ActionType (Category: '{:?}', Provider: '{}', Owner: '{}', Version: '{}')",
            self.category,
            self.provider,
            match self.owner {
                Owner::Aws => "AWS",
                Owner::ThirdParty => "ThirdParty",
                Owner::Custom => "Custom",
            },
            self.version
        )
    }
}
