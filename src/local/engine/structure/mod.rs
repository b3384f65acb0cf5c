//! The structure of a pipeline: CodePipeline's JSON, typed.
//!
//! The names are those of the service's API (`PipelineDeclaration` and the shapes below it, API version 2015-07-09).

mod action;
mod check;
pub mod condition;
mod provider;
mod reference;
mod trigger;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use action::{Action, ActionType, Artifact, Category, Owner};
pub use check::{Defect, check};
pub use condition::{Condition, ConditionResult, Conditions, FailureConditions, Rule, RuleProvider, StageRetryMode};
pub use provider::Provider;
pub use reference::{Reference, references, substitute};
pub use trigger::{GitConfiguration, Patterns, PushFilter, Trigger};

/// A pipeline as CreatePipeline takes it and GetPipeline gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Structure {
    /// The pipeline's name.
    pub name: String,
    /// The role that the pipeline works with.
    pub role_arn: String,
    /// The place of artifacts, when all actions are in one region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_store: Option<ArtifactStore>,
    /// The places of artifacts by region.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub artifact_stores: BTreeMap<String, ArtifactStore>,
    /// The stages, in their order.
    pub stages: Vec<Stage>,
    /// Counts the changes of the pipeline, from one.
    #[serde(default)]
    pub version: u32,
    /// What happens when an execution meets another one.
    #[serde(default)]
    pub execution_mode: ExecutionMode,
    /// Which features the pipeline may use.
    #[serde(default)]
    pub pipeline_type: PipelineType,
    /// The pipeline's own variables.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<Variable>,
    /// What starts the pipeline, besides the sources themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub triggers: Vec<Trigger>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// The stage's name.
    pub name: String,
    /// The actions, in the order in which they are shown.
    pub actions: Vec<Action>,
    /// Conditions before the stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_entry: Option<Conditions>,
    /// Conditions after success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_success: Option<Conditions>,
    /// What follows a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_failure: Option<FailureConditions>,
}

/// A bucket that holds artifacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactStore {
    /// Always `S3`.
    #[serde(rename = "type")]
    pub kind: StoreKind,
    /// The bucket's name.
    pub location: String,
    /// The key that artifacts are encrypted with, unless it is S3's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption_key: Option<EncryptionKey>,
}

/// The kind of a place of artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoreKind {
    /// A bucket.
    S3,
}

/// A key of KMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptionKey {
    /// The key's id, ARN or alias.
    pub id: String,
    /// Always `KMS`.
    #[serde(rename = "type")]
    pub kind: KeyKind,
}

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyKind {
    /// A key of KMS.
    #[serde(rename = "KMS")]
    Kms,
}

/// What happens when an execution meets another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ExecutionMode {
    /// An execution that waits in front of a stage gives way to a newer one.
    #[default]
    Superseded,
    /// Executions pass each stage one after another, in their order.
    Queued,
    /// Executions know nothing of each other.
    Parallel,
}

/// Which features a pipeline may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PipelineType {
    /// The first kind: no modes, variables, triggers or conditions.
    #[default]
    V1,
    /// The second kind.
    V2,
}

/// A variable of the pipeline, `#{variables.name}` in configurations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Variable {
    /// The variable's name.
    pub name: String,
    /// Its value in executions that give none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl Structure {
    /// The stage of a name.
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// The stage after the one of a name.
    pub fn stage_after(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().skip_while(|stage| stage.name != name).nth(1)
    }

    /// The place of artifacts for actions in a region.
    pub fn store(&self, region: &str) -> Option<&ArtifactStore> {
        self.artifact_stores.get(region).or(self.artifact_store.as_ref())
    }

    /// All actions, each with its stage.
    pub fn actions(&self) -> impl Iterator<Item = (&Stage, &Action)> {
        self.stages.iter().flat_map(|stage| stage.actions.iter().map(move |action| (stage, action)))
    }
}

impl Stage {
    /// The action of a name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.iter().find(|action| action.name == name)
    }
}
