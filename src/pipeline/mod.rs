//! From the graph to the pipeline stack. Pure.
//!
//! [`render`] makes the stack `<name>-pipeline`, and one support stack for each other region that the stages live in.
//! Everything depends on the definition alone, never on the templates of the stages: a push that changes a template does
//! not change the pipeline.

mod actions;
mod ampx;
mod bucket;
mod buildspecs;
mod conditions;
mod environment;
mod images;
mod imports;
mod late;
mod layout;
mod memory;
mod names;
mod owner;
mod permissions;
mod policy;
mod project;
mod render;
mod size;
mod source;
mod stages;
mod support;
mod verify;

#[cfg(test)]
mod principal_tests;
#[cfg(test)]
mod tests;

pub use conditions::SKIP_RULE;
pub use environment::{Place, RoleKind, deploy_role, execution_role, role_arn};
pub use imports::arns as import_arns;
pub use late::late_parameters;
pub use memory::{remembered, vanished};
pub use names::{
    CHANGE_SET_NAME, GUARD_PROJECT_SUFFIX, configuration_file, execution_of_change_set, pipeline_stack_name,
    project_name, support_bucket, support_stack_name,
};
pub use owner::{Owner, PIPELINE_TAG};
pub use permissions::{NETWORK_ACTIONS, NETWORK_PERMISSION, Role, RoleOwner, roles};
pub use policy::{Effect, Statement};
pub use project::{OWN_TIMEOUT, compute_type};
pub use render::{BOOTSTRAP_VERSION, PipelineStacks, SupportStack, render};
pub use stages::{ListedStage, StageList, stage_folder};

/// Names of the pipeline stack's parameters.
pub mod parameter {
    /// The toolkit bucket that holds the pinned binary.
    pub const TOOL_BUCKET: &str = "ToolBucket";
    /// The key of the pinned binary's zip.
    pub const TOOL_KEY: &str = "ToolKey";
    /// SHA-256 of the pinned binary, in hexadecimal.
    pub const TOOL_DIGEST: &str = "ToolDigest";
    /// The version of the pipectl that wrote the stack last.
    pub const TOOL_VERSION: &str = "ToolVersion";
    /// The version id of the token's secret.
    pub const TOKEN_VERSION: &str = "TokenVersion";
    /// The name of the SSM parameter that holds the toolkit stack's version.
    pub const BOOTSTRAP_VERSION: &str = "BootstrapVersion";
}

/// The prefix of what PublishAssets notes in the bucket of artifacts. No pipeline's name, with which the keys of artifacts
/// begin, begins with a dot.
pub const NOTES: &str = ".pipectl/stages/";

/// Names of what an execution knows, besides outputs of stacks and steps.
pub mod variable {
    /// What PublishAssets exports: the stages that are not passed by, each between slashes.
    pub const STAGES: &str = "PIPECTL_STAGES";
    /// The pipeline's own variable that says whether unchanged stages are passed by at all.
    pub const SKIP_UNCHANGED: &str = "SkipUnchanged";
    /// The value of [`SKIP_UNCHANGED`] by which unchanged stages are passed by: the default.
    pub const SKIP_ALL: &str = "yes";
    /// The value of [`SKIP_UNCHANGED`] by which all stages run.
    pub const SKIP_NONE: &str = "no";
}

/// How the line of an approval begins that names the command which shows the whole review: it is read where the summary is cut.
pub const WHOLE_REVIEW: &str = "All of it: ";

/// Names of the pipeline stack's outputs.
pub mod output {
    /// The pipeline's name.
    pub const PIPELINE_NAME: &str = "PipelineName";
    /// The bucket of the pipeline's artifacts.
    pub const ARTIFACT_BUCKET: &str = "ArtifactBucket";
    /// Where GitHub tells of a push.
    pub const WEBHOOK_URL: &str = "WebhookUrl";
}
