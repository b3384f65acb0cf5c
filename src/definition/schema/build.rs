//! The build and what it shares with steps.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::Value;

/// How the source becomes an assembly: by `commands` or by a `buildspec` file.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, extend("not" = { "required": ["commands", "buildspec"] }))]
pub struct Build {
    /// Commands, read from the pushed file; `pipectl synth` follows them.
    pub commands: Option<Vec<String>>,
    /// A buildspec file, which calls `pipectl synth` and declares both artifacts.
    pub buildspec: Option<String>,
    /// What every build may be given.
    #[schemars(flatten)]
    pub environment: BuildEnvironment,
}

/// What every build may be given: the build itself, steps, the publishing of assets. The tables hold these keys themselves.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub struct BuildEnvironment {
    /// The build image; `aws/codebuild/standard:7.0` unless chosen otherwise. Where container images are published, it needs
    /// Docker, podman or finch.
    pub image: Option<String>,
    /// The size of the machine; `small` unless chosen otherwise.
    pub compute: Option<Compute>,
    /// How long it may take, in minutes; 60 unless chosen otherwise.
    #[schemars(range(min = 5, max = 2160))]
    pub timeout: Option<u16>,
    /// Environment variables. Where container images are published, their builds see them too.
    pub variables: Option<BTreeMap<String, Value>>,
    /// Whether Docker may run in it. Where container images are published it may anyway.
    pub privileged: Option<bool>,
    /// IAM statements of its role, besides what it needs.
    pub statements: Option<Vec<Statement>>,
    /// ARNs of managed policies of its role.
    pub managed_policies: Option<Vec<String>>,
    /// The network that it runs in.
    pub vpc: Option<Vpc>,
}

/// The size of a build's machine.
#[derive(JsonSchema)]
pub enum Compute {
    /// 2 vCPUs.
    #[schemars(rename = "small")]
    Small,
    /// 4 vCPUs.
    #[schemars(rename = "medium")]
    Medium,
    /// 8 vCPUs.
    #[schemars(rename = "large")]
    Large,
    /// 36 vCPUs.
    #[schemars(rename = "xlarge")]
    XLarge,
    /// 72 vCPUs.
    #[schemars(rename = "2xlarge")]
    XxLarge,
}

/// An IAM statement that allows actions on resources.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Statement {
    /// The actions, such as `s3:GetObject`.
    #[schemars(length(min = 1))]
    pub actions: Vec<String>,
    /// ARNs of the resources.
    #[schemars(length(min = 1))]
    pub resources: Vec<String>,
}

/// The network that a build runs in.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Vpc {
    /// The VPC's id.
    pub id: String,
    /// The ids of its subnets.
    #[schemars(length(min = 1, max = 16))]
    pub subnets: Vec<String>,
    /// The ids of its security groups.
    #[schemars(length(min = 1, max = 5))]
    pub security_groups: Vec<String>,
}
