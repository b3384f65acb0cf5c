//! The file as a whole, the pipeline, its source and its updates.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::{Build, PublishAssets, Stage};

/// A pipeline on AWS that builds, updates itself and deploys on every push.
#[derive(JsonSchema)]
#[schemars(title = "pipeline.toml", rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    /// The pipeline itself.
    pub pipeline: Pipeline,
    /// Where the source comes from: exactly one of `github`, `connection` and `s3`.
    pub source: Source,
    /// How the source becomes an assembly. Without it, only `pipectl synth` runs.
    pub build: Option<Build>,
    /// When the pipeline updates itself.
    pub update_pipeline: Option<UpdatePipeline>,
    /// Where assets are published, for pipelines with container images.
    pub publish_assets: Option<PublishAssets>,
    /// The stages, in the order of deployment.
    pub stage: Option<Vec<Stage>>,
}

/// The pipeline itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pipeline {
    /// The pipeline's name, and the prefix of its stacks' names.
    #[schemars(length(max = 64), regex(pattern = "^[A-Za-z][A-Za-z0-9-]*$"))]
    pub name: String,
    /// The pipeline's account. Required as soon as a stage names one.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    pub account: Option<String>,
    /// The pipeline's region. Required as soon as a stage names one.
    pub region: Option<String>,
    /// What happens when a new execution meets one under way; `superseded` unless chosen otherwise.
    pub execution_mode: Option<ExecutionMode>,
    /// When an execution passes a stage by, because it would deploy what is deployed already; `safe` unless chosen
    /// otherwise.
    pub skip_unchanged: Option<SkipUnchanged>,
    /// The qualifier of the toolkit stack; `hnb659fds` unless chosen otherwise.
    #[schemars(length(min = 1, max = 10))]
    pub qualifier: Option<String>,
    /// Tags of the pipeline stack and of every stage stack.
    pub tags: Option<BTreeMap<String, String>>,
}

/// What happens when executions meet.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum ExecutionMode {
    /// A newer execution overtakes one that waits.
    Superseded,
    /// Executions wait for each other, in order.
    Queued,
    /// Executions run independently of each other.
    Parallel,
}

/// When an execution passes a stage by, because it would deploy what is deployed already.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum SkipUnchanged {
    /// When its stacks are unchanged and, if it has steps, the source is that of its last success.
    Safe,
    /// When its stacks are unchanged, whatever its steps would do.
    Stacks,
    /// Never.
    Never,
}

/// Where the source comes from: exactly one of the three.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Source {
    /// GitHub by a token, with a webhook.
    pub github: Option<GitHub>,
    /// A repository by a connection (CodeConnections).
    pub connection: Option<Connection>,
    /// A zip in a versioned S3 bucket.
    pub s3: Option<S3>,
}

/// GitHub by a token, with a webhook.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GitHub {
    /// The repository, as `OWNER/NAME`.
    #[schemars(regex(pattern = "^[^/]+/[^/]+$"))]
    pub repository: String,
    /// The branch; `main` unless chosen otherwise.
    pub branch: Option<String>,
    /// The plaintext secret in Secrets Manager that holds the token; `github-token` unless chosen otherwise.
    pub token_secret: Option<String>,
}

/// A repository by a connection.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Connection {
    /// The connection's ARN.
    pub arn: String,
    /// The repository, as `OWNER/NAME`.
    #[schemars(regex(pattern = "^[^/]+/[^/]+$"))]
    pub repository: String,
    /// The branch; `main` unless chosen otherwise.
    pub branch: Option<String>,
    /// Which pushes start the pipeline; each push to the branch unless there are filters.
    #[schemars(length(max = 3))]
    pub push: Option<Vec<Push>>,
    /// Which pull requests start the pipeline; none unless there are filters.
    #[schemars(length(max = 3))]
    pub pull_request: Option<Vec<PullRequest>>,
}

/// Which pushes start the pipeline: those of `tags`, or those to `branches` that change `paths`.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Push {
    /// Patterns of branches; a `!` before one excludes. The source's branch unless given.
    pub branches: Option<Vec<String>>,
    /// Patterns of changed files; a `!` before one excludes.
    pub paths: Option<Vec<String>>,
    /// Patterns of tags; a `!` before one excludes.
    pub tags: Option<Vec<String>>,
}

/// Which pull requests start the pipeline.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PullRequest {
    /// Patterns of the branches they are to be merged into; a `!` before one excludes. The source's branch unless given.
    pub branches: Option<Vec<String>>,
    /// Patterns of changed files; a `!` before one excludes.
    pub paths: Option<Vec<String>>,
    /// What happens to them; anything unless given.
    pub events: Option<Vec<PullRequestEvent>>,
}

/// What happens to a pull request.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum PullRequestEvent {
    /// It is opened.
    Open,
    /// It gets new commits.
    Updated,
    /// It is closed or merged.
    Closed,
}

/// A zip in a versioned S3 bucket.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct S3 {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
}

/// When the pipeline updates itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UpdatePipeline {
    /// Whether it does at all; true unless chosen otherwise.
    pub enabled: Option<bool>,
    /// Before or after the build; `after-build` unless chosen otherwise.
    pub order: Option<UpdateOrder>,
}

/// When the pipeline updates itself.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum UpdateOrder {
    /// After the build, from its assembly.
    AfterBuild,
    /// Before the build, from the pushed source; a second update follows the build.
    BeforeBuild,
}
