//! Where the source comes from, and what starts the pipeline.

use crate::id::Repository;

/// Where the source comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// GitHub by a token, with a webhook.
    GitHub {
        /// The repository.
        repository: Repository,
        /// The branch, without `refs/heads/`.
        branch: String,
        /// Name of the plaintext secret in Secrets Manager that holds the token.
        token_secret: String,
    },
    /// A repository by a connection (CodeConnections).
    Connection {
        /// ARN of the connection.
        connection: String,
        /// The repository.
        repository: Repository,
        /// The branch, without `refs/heads/`.
        branch: String,
        /// What starts the pipeline.
        triggers: Triggers,
    },
    /// A zip in a versioned S3 bucket.
    S3 {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
    },
}

/// Which events of a repository behind a connection start the pipeline. Without any, each push to the branch does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Triggers {
    /// Pushes; any of the filters suffices.
    pub pushes: Vec<PushFilter>,
    /// Pull requests; any of the filters suffices.
    pub pull_requests: Vec<PullRequestFilter>,
}

/// Which pushes count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushFilter {
    /// Pushes of tags.
    Tags(Patterns),
    /// Pushes to branches.
    Branches {
        /// The branches.
        branches: Patterns,
        /// The files of which at least one must have changed; all, if there are no patterns.
        paths: Patterns,
    },
}

/// Which pull requests count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestFilter {
    /// The branches that they are to be merged into.
    pub branches: Patterns,
    /// The files of which at least one must have changed; all, if there are no patterns.
    pub paths: Patterns,
    /// What must have happened to them; anything, if nothing is named.
    pub events: Vec<PullRequestEvent>,
}

/// Globs that include and exclude; what excludes wins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Globs of which one must match, if there are any.
    pub includes: Vec<String>,
    /// Globs of which none may match (written with a `!` before them).
    pub excludes: Vec<String>,
}

impl Patterns {
    /// Whether there are no patterns at all.
    pub fn is_empty(&self) -> bool {
        self.includes.is_empty() && self.excludes.is_empty()
    }
}

/// What happens to a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullRequestEvent {
    /// It is opened.
    Open,
    /// It gets new commits.
    Updated,
    /// It is closed or merged.
    Closed,
}

impl PullRequestEvent {
    /// Every value with its word in the definition.
    pub const WORDS: [(&'static str, Self); 3] =
        [("open", Self::Open), ("updated", Self::Updated), ("closed", Self::Closed)];

    /// The word in the definition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Updated => "updated",
            Self::Closed => "closed",
        }
    }
}
