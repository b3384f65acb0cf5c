//! Imports of stages.

use schemars::JsonSchema;

/// A resource that is there already and that the pipeline does not deploy: its id, or whatever is told of it, is checked and
/// handed to parameters.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Import {
    /// What is imported, which says what form it has.
    pub kind: ImportKind,
    /// The file that tells it: `amplify_outputs.json`, `amplifyconfiguration.json` or `aws-exports.js`.
    pub file: Option<String>,
    /// The place in the file, keys with dots between them; that of the kind unless given.
    #[schemars(length(max = 1000), regex(pattern = "^[^.]+(\\.[^.]+)*$"))]
    pub key: Option<String>,
    /// Instead: the name of a parameter of the Parameter Store, in the stage's environment.
    #[schemars(regex(pattern = "^[A-Za-z0-9_./-]+$"))]
    pub parameter: Option<String>,
    /// Instead: the name of a stack in the stage's environment that is not of this pipeline.
    pub stack: Option<String>,
    /// The output of the stack.
    #[schemars(regex(pattern = "^[A-Za-z0-9]+$"))]
    pub output: Option<String>,
}

/// What is imported.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
pub enum ImportKind {
    /// The id of a Cognito user pool.
    UserPool,
    /// The id of an app client of a user pool.
    UserPoolClient,
    /// The id of a Cognito identity pool.
    IdentityPool,
    /// The id of an AppSync API.
    GraphqlApi,
    /// The address of an AppSync API.
    GraphqlEndpoint,
    /// The name of an S3 bucket.
    Bucket,
    /// The name of a DynamoDB table.
    Table,
    /// The ARN of any resource.
    Arn,
    /// Any text.
    Text,
}
