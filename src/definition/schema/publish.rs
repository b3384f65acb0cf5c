//! The build that publishes assets.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Compute, Statement, Value, Vpc};

/// Where assets are published.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PublishAssets {
    /// The build image; `aws/codebuild/standard:7.0` unless chosen otherwise. With container images among the assets it
    /// needs Docker, podman or finch.
    pub image: Option<String>,
    /// The size of the machine; `small` unless chosen otherwise.
    pub compute: Option<Compute>,
    /// How long publishing may take, in minutes; 60 unless chosen otherwise.
    #[schemars(range(min = 5, max = 2160))]
    pub timeout: Option<u16>,
    /// Environment variables, which the builds of images see too.
    pub variables: Option<BTreeMap<String, Value>>,
    /// Whether Docker may run. It may anyway, as soon as a CDK app's stacks bring container images.
    pub privileged: Option<bool>,
    /// IAM statements of the role.
    pub statements: Option<Vec<Statement>>,
    /// ARNs of managed policies of the role.
    pub managed_policies: Option<Vec<String>>,
    /// The network that publishing runs in.
    pub vpc: Option<Vpc>,
}
