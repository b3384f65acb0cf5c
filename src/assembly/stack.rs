//! Stacks in an assembly.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A CloudFormation stack (`aws:cloudformation:stack`).
///
/// ARNs, names and URLs may hold placeholders, see [`super::resolve`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StackArtifact {
    /// The template, relative to the manifest's folder.
    pub template_file: String,
    /// Values of the template's parameters.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, String>,
    /// The stack's tags.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
    /// ARNs of the topics that are told of the stack's events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notification_arns: Vec<String>,
    /// The stack's name; the artifact's id if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_name: Option<String>,
    /// Whether the stack is protected from deletion, if the manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub termination_protection: Option<bool>,
    /// The role that deploys the stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_arn: Option<String>,
    /// The external id for assuming that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_external_id: Option<String>,
    /// Other options for assuming that role, such as session tags.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assume_role_additional_options: IndexMap<String, Value>,
    /// The role that CloudFormation takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_formation_execution_role_arn: Option<String>,
    /// The role that look-ups and comparisons take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup_role: Option<LookupRole>,
    /// Where the template lies once its asset is published, as `s3://BUCKET/KEY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack_template_asset_object_url: Option<String>,
    /// The version of the toolkit stack that the stack needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_bootstrap_stack_version: Option<u32>,
    /// The SSM parameter that holds the version of the toolkit stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_stack_version_ssm_parameter: Option<String>,
    /// Whether tools check the stack while it is synthesised, if the manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate_on_synth: Option<bool>,
    /// Ids of artifacts that must be there before the stack is deployed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub additional_dependencies: Vec<String>,
}

/// The role that look-ups and comparisons take.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LookupRole {
    /// Its ARN.
    pub arn: String,
    /// The external id for assuming it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assume_role_external_id: Option<String>,
    /// Other options for assuming it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub assume_role_additional_options: IndexMap<String, Value>,
    /// The version of the toolkit stack that has this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_bootstrap_stack_version: Option<u32>,
    /// The SSM parameter that holds the version of the toolkit stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_stack_version_ssm_parameter: Option<String>,
}
