//! Resources that are there already and that the pipeline does not deploy: their ids reach parameters.

use camino::Utf8PathBuf;

/// A resource that is there already (`[stage.imports.NAME]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its name, unique in its stage.
    pub name: String,
    /// What is imported of it.
    pub kind: ImportKind,
    /// The file that tells it, such as `amplify_outputs.json` or `aws-exports.js`.
    pub file: Utf8PathBuf,
    /// The place in the file, keys with dots between them; that of the kind if absent.
    pub key: Option<String>,
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
