//! Stages, their steps and their stacks.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Amplify, BuildEnvironment, Import, Override, SkipUnchanged, Value};

/// A unit of deployment.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stage {
    /// The stage's name.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The account of its stacks; the pipeline's unless chosen otherwise.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub account: Option<String>,
    /// The region of its stacks; the pipeline's unless chosen otherwise.
    pub region: Option<String>,
    /// The wave it belongs to. Neighbouring stages of one wave run side by side.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub wave: Option<String>,
    /// Tags of its stacks.
    pub tags: Option<BTreeMap<String, String>>,
    /// When an execution passes it by, because it would deploy what is deployed already; as the pipeline says unless
    /// chosen otherwise.
    pub skip_unchanged: Option<SkipUnchanged>,
    /// What follows when it fails; `fail` unless chosen otherwise.
    pub on_failure: Option<OnFailure>,
    /// When it may begin; at any time unless given.
    pub window: Option<Window>,
    /// The alarms that it heeds.
    pub alarms: Option<Alarms>,
    /// A manual approval between its change sets and their execution.
    pub approval: Option<Approval>,
    /// Resources that are there already, by the names that parameters of its stacks use.
    pub imports: Option<BTreeMap<String, Import>>,
    /// Steps before its stacks.
    pub before: Option<Vec<Step>>,
    /// Its CloudFormation stacks.
    pub stack: Option<Vec<Stack>>,
    /// Its Amplify backends.
    pub amplify: Option<Vec<Amplify>>,
    /// Stacks of CDK apps.
    pub assembly: Option<Vec<Assembly>>,
    /// Steps between its change sets and the approval.
    pub between: Option<Vec<Step>>,
    /// Steps after its stacks.
    pub after: Option<Vec<Step>>,
}

/// What follows when a stage fails.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The execution has failed.
    Fail,
    /// The stage is tried once more.
    Retry,
    /// The stage is taken back to what the last execution that succeeded in it deployed.
    Rollback,
}

/// The times at which a stage may begin; it waits for them.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Window {
    /// The times as a cron expression: seconds (always `*`), minutes, hours, day of the month, month (by name), day of the
    /// week and, if given, years.
    pub cron: String,
    /// Their time zone, such as `Europe/Berlin`; `UTC` unless chosen otherwise.
    pub time_zone: Option<String>,
}

/// The alarms that a stage heeds, by name or by ARN.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Alarms {
    /// Those during which the stage does not begin, but fails.
    #[schemars(length(min = 1, max = 5), extend("uniqueItems" = true))]
    pub before: Option<Vec<String>>,
    /// Those that are watched after the stage.
    #[schemars(length(min = 1, max = 5), extend("uniqueItems" = true))]
    pub after: Option<Vec<String>>,
    /// For how many minutes they are watched; 10 unless chosen otherwise.
    #[schemars(range(min = 1, max = 1440))]
    pub minutes: Option<u16>,
    /// What follows when one of them goes off; `rollback` unless chosen otherwise.
    pub then: Option<AlarmResult>,
    /// ARN of the role with which they are looked at, where they are of another account.
    pub role: Option<String>,
}

/// What follows when an alarm goes off after a stage.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum AlarmResult {
    /// The stage is taken back to what the last execution that succeeded in it deployed.
    Rollback,
    /// The stage has failed.
    Fail,
}

/// A manual approval.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Approval {
    /// What the approver reads.
    #[schemars(length(max = 1000))]
    pub message: Option<String>,
    /// ARN of the SNS topic that is told.
    pub notify: Option<String>,
    /// When somebody is asked; otherwise the approval passes by itself. `always` unless chosen otherwise.
    pub when: Option<ApprovalWhen>,
}

/// What makes an approval ask somebody.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum ApprovalWhen {
    /// It always asks.
    Always,
    /// Any change to a stack of the stage.
    Changes,
    /// A change that permits something new.
    Broadening,
    /// A change that replaces or removes a resource.
    Replacement,
}

/// Commands that run in a build.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// The step's name, unique in its stage.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// What is run.
    #[schemars(length(min = 1))]
    pub commands: Vec<String>,
    /// What the step sees; the first is its working folder. The source alone unless chosen otherwise.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub inputs: Option<Vec<StepInput>>,
    /// Variables of the step's shell that later steps and stacks may use.
    #[schemars(extend("uniqueItems" = true))]
    pub outputs: Option<Vec<String>>,
    /// What every build may be given.
    #[schemars(flatten)]
    pub environment: BuildEnvironment,
}

/// What a step sees.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum StepInput {
    /// The pushed source.
    Source,
    /// The whole assembly that the build made.
    Assembly,
    /// The pinned pipectl, on the PATH; never the first.
    Pipectl,
}

/// A CloudFormation stack.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Stack {
    /// The stack's name in this file, unique in its stage.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The stack's name on AWS; `<pipeline>-<stage>-<stack>` unless chosen otherwise.
    #[schemars(length(max = 128), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub stack_name: Option<String>,
    /// The template, YAML or JSON, relative to this file.
    pub template: String,
    /// Values of the template's parameters.
    pub parameters: Option<BTreeMap<String, Value>>,
    /// Tags, over those of the stage.
    pub tags: Option<BTreeMap<String, String>>,
    /// Capabilities; all unless given.
    pub capabilities: Option<Vec<Capability>>,
    /// Whether the stack is protected from deletion; left as it is unless given.
    pub termination_protection: Option<bool>,
    /// ARNs of the SNS topics that are told of the stack's events.
    #[schemars(length(max = 5))]
    pub notification_targets: Option<Vec<String>>,
    /// Stacks of the same stage that go first, besides those whose outputs are used.
    pub depends_on: Option<Vec<String>>,
    /// Files and folders that the template refers to.
    pub asset: Option<Vec<Asset>>,
    /// Changes of the template's resources.
    #[schemars(rename = "override")]
    pub overrides: Option<Vec<Override>>,
}

/// What a template may do.
#[derive(JsonSchema)]
#[schemars(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Capability {
    /// Make IAM resources.
    CapabilityIam,
    /// Make IAM resources with chosen names.
    CapabilityNamedIam,
    /// Use macros.
    CapabilityAutoExpand,
}

/// A file, published as it is, or a folder, published as a zip.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Asset {
    /// The asset's name, unique in its stack.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The file or folder, relative to this file.
    pub path: String,
    /// The template's parameter that receives the bucket's name.
    pub bucket_parameter: String,
    /// The template's parameter that receives the object's key.
    pub key_parameter: String,
}

/// Stacks of a CDK app, found in its assembly: by `stage` or by `stacks`.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Assembly {
    /// The assembly's folder, such as `cdk.out`, relative to this file.
    pub path: String,
    /// All stacks of this stage of the app.
    #[schemars(length(min = 1))]
    pub stage: Option<String>,
    /// Patterns of stacks' paths, as `cdk deploy` takes them. What a stack depends on comes along.
    #[schemars(length(min = 1))]
    pub stacks: Option<Vec<String>>,
    /// Values of the templates' parameters, by stack and parameter.
    pub parameters: Option<BTreeMap<String, BTreeMap<String, Value>>>,
}
