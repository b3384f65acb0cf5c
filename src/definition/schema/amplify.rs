//! Amplify backends.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{BuildEnvironment, FunctionVariables, Grant, Override, Value};

/// An Amplify backend: by an `export` of Gen 1, or by a `backend` of Gen 2.
#[derive(JsonSchema)]
#[schemars(
    rename_all = "kebab-case",
    deny_unknown_fields,
    extend(
        "oneOf" = [{ "required": ["export"] }, { "required": ["backend"] }],
        "dependentRequired" = { "app-id": ["branch"], "branch": ["app-id"] }
    )
)]
pub struct Amplify {
    /// The backend's name in this file, unique among the stacks of its stage.
    #[schemars(length(max = 50), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The folder of a Gen 1 export, such as `lib/amplify-export-todo`, relative to this file.
    pub export: Option<String>,
    /// The environment that the export's names are to have; their own unless chosen otherwise.
    #[schemars(length(max = 40), regex(pattern = "^[a-z][a-z0-9-]*$"))]
    pub environment: Option<String>,
    /// The program of a Gen 2 backend, such as `amplify/backend.ts`, relative to this file. The build synthesises it.
    pub backend: Option<String>,
    /// What Amplify calls the project of a Gen 2 backend; the pipeline's name unless chosen otherwise.
    #[schemars(length(max = 100), regex(pattern = "^[A-Za-z0-9_./-]*[A-Za-z0-9][A-Za-z0-9_./-]*$"))]
    pub namespace: Option<String>,
    /// What Amplify calls this deployment of a Gen 2 backend; the stage's name unless chosen otherwise.
    #[schemars(length(max = 100), regex(pattern = "^[A-Za-z0-9_./-]*[A-Za-z0-9][A-Za-z0-9_./-]*$"))]
    pub backend_name: Option<String>,
    /// The id of the Amplify app that a Gen 2 backend belongs to.
    #[schemars(length(max = 20), regex(pattern = "^d[a-z0-9]+$"))]
    pub app_id: Option<String>,
    /// The branch of that app.
    #[schemars(length(max = 255))]
    pub branch: Option<String>,
    /// How a Gen 2 backend is deployed; `native` unless chosen otherwise.
    pub mode: Option<AmplifyMode>,
    /// The build of the mode `ampx`.
    pub step: Option<AmplifyStep>,
    /// The stack's name on AWS; Amplify's own, in the environment, unless chosen otherwise. Of exports only.
    #[schemars(length(max = 128), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub stack_name: Option<String>,
    /// Further values of an export's parameters, by the logical id of the nested stack and the parameter.
    pub parameters: Option<BTreeMap<String, BTreeMap<String, Value>>>,
    /// Templates that the export lacks, by the logical id of the nested stack.
    pub templates: Option<BTreeMap<String, String>>,
    /// Tags, over those that Amplify gives.
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether the stack is protected from deletion; left as it is unless given.
    pub termination_protection: Option<bool>,
    /// ARNs of the SNS topics that are told of the stack's events.
    #[schemars(length(max = 5))]
    pub notification_targets: Option<Vec<String>>,
    /// Stacks of the same stage that go first, besides those whose outputs are used.
    pub depends_on: Option<Vec<String>>,
    /// Changes of the templates' resources.
    #[schemars(rename = "override")]
    pub overrides: Option<Vec<Override>>,
    /// Rights of functions.
    pub grant: Option<Vec<Grant>>,
    /// Variables of functions.
    pub variables: Option<Vec<FunctionVariables>>,
}

/// How a Gen 2 backend is deployed.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum AmplifyMode {
    /// Its stacks are deployed like any others.
    Native,
    /// A step runs `npx ampx pipeline-deploy`.
    Ampx,
}

/// The build that runs `npx ampx pipeline-deploy`.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AmplifyStep {
    /// What is run before; `npm ci` unless chosen otherwise.
    pub commands: Option<Vec<String>>,
    /// What every build may be given.
    #[schemars(flatten)]
    pub environment: BuildEnvironment,
}
