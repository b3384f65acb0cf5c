//! Resources that are there already and that the pipeline does not deploy: their ids reach parameters.

use camino::Utf8PathBuf;

use super::StepReference;
use crate::id::StackName;

/// A resource that is there already (`[stage.imports.NAME]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its name, unique in its stage.
    pub name: String,
    /// What is imported of it.
    pub kind: ImportKind,
    /// Where that stands.
    pub source: ImportSource,
}

/// Where what is imported stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportSource {
    /// A file that tells clients of a backend, such as `amplify_outputs.json` or `aws-exports.js`. Synthesis reads it.
    File {
        /// The file.
        path: Utf8PathBuf,
        /// The place in it, keys with dots between them; that of the kind if absent.
        key: Option<String>,
    },
    /// A parameter of the Parameter Store, which the pipeline reads.
    Parameter(String),
    /// An output of a stack that is not of the pipeline, which the pipeline reads.
    Output {
        /// The stack's name.
        stack: StackName,
        /// The output.
        output: String,
    },
}

/// The step that reads what only the pipeline can read.
pub const IMPORTS_STEP: &str = "Imports";

/// What stands before an import's name in the name of the variable by which that step hands it on.
const VARIABLE: &str = "IMPORT_";

impl Import {
    /// The variable by which the step hands it on.
    pub fn variable(name: &str) -> String {
        format!("{VARIABLE}{name}")
    }

    /// The import that a variable of a step stands for.
    pub fn of_variable(reference: &StepReference) -> Option<&str> {
        let name = reference.variable.strip_prefix(VARIABLE);
        name.filter(|_| reference.step.as_str() == IMPORTS_STEP)
    }

    /// Whether the pipeline reads it, and not synthesis.
    pub fn is_live(&self) -> bool {
        match self.source {
            ImportSource::File { .. } => false,
            ImportSource::Parameter(_) | ImportSource::Output { .. } => true,
        }
    }
}

/// What is imported, which says what form it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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

impl ImportKind {
    /// Every kind with its word in the definition.
    pub const WORDS: [(&'static str, Self); 9] = [
        ("user-pool", Self::UserPool),
        ("user-pool-client", Self::UserPoolClient),
        ("identity-pool", Self::IdentityPool),
        ("graphql-api", Self::GraphqlApi),
        ("graphql-endpoint", Self::GraphqlEndpoint),
        ("bucket", Self::Bucket),
        ("table", Self::Table),
        ("arn", Self::Arn),
        ("text", Self::Text),
    ];

    /// The word in the definition.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("text", |(word, _)| *word)
    }

    /// What it is, in words.
    pub fn noun(self) -> &'static str {
        match self {
            Self::UserPool => "the id of a user pool",
            Self::UserPoolClient => "the id of a user pool's client",
            Self::IdentityPool => "the id of an identity pool",
            Self::GraphqlApi => "the id of an AppSync API",
            Self::GraphqlEndpoint => "the endpoint of an AppSync API",
            Self::Bucket => "the name of a bucket",
            Self::Table => "the name of a table",
            Self::Arn => "an ARN",
            Self::Text => "a text",
        }
    }

    /// Whether the files that tell clients of a backend have a place for it.
    pub fn has_place(self) -> bool {
        match self {
            Self::UserPool | Self::UserPoolClient | Self::IdentityPool | Self::GraphqlEndpoint | Self::Bucket => true,
            Self::GraphqlApi | Self::Table | Self::Arn | Self::Text => false,
        }
    }
}
