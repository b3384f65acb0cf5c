//! What GitHub tells about tokens and repositories.

use http::header::HeaderMap;

use crate::id::Repository;

/// What a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenScopes {
    /// A classic token's scopes, as the header `X-OAuth-Scopes` lists them.
    Classic(Vec<String>),
    /// A fine-grained token, or a GitHub App's: its rights are known only by trying.
    Unknown,
}

impl TokenScopes {
    /// Reads the scopes from the headers of an answer.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        headers.get("x-oauth-scopes").and_then(|header| header.to_str().ok()).map_or(Self::Unknown, |header| {
            Self::Classic(
                header.split(',').map(|scope| scope.trim().to_owned()).filter(|scope| !scope.is_empty()).collect(),
            )
        })
    }

    /// The scopes that a pipeline needs and a classic token lacks: `repo` to read the source, `admin:repo_hook` to
    /// register the webhook.
    pub fn missing(&self) -> Vec<&'static str> {
        match self {
            Self::Classic(scopes) => ["repo", "admin:repo_hook"]
                .into_iter()
                .filter(|needed| !scopes.iter().any(|scope| scope == needed))
                .collect(),
            Self::Unknown => Vec::new(),
        }
    }
}

/// What the token's owner may do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Permission {
    /// Read it.
    Read,
    /// Push to it.
    Write,
    /// Administer it: manage its webhooks, among others.
    Admin,
}

/// A repository as the token sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// Its name now; another one than asked for when it was renamed or moved.
    pub full_name: Repository,
    /// The default branch.
    pub default_branch: String,
    /// What the token's owner may do with it.
    pub permission: Permission,
    /// What the token may do.
    pub scopes: TokenScopes,
}
