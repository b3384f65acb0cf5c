//! The GitHub that a pipeline's source lives on, by its REST API. The only place that names octocrab.
//!
//! The API's documentation is at <https://docs.github.com/en/rest>. The same code speaks to github.com, to a GitHub
//! Enterprise server and to the local endpoint; only the base differs.

mod error;
mod facts;

use std::time::Duration;

use camino::Utf8Path;
use http::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use http::{StatusCode, Uri};
use http_body_util::{BodyExt, Limited};
use octocrab::Octocrab;
use octocrab::service::middleware::retry::RetryConfig;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use error::{Error, Result, named_repository};
pub use facts::{Permission, RepositoryFacts, TokenScopes};

use crate::diagnostic::chain;
use crate::git::CommitId;
use crate::id::{Repository, Secret};

/// The API of github.com.
pub const PUBLIC_API: &str = "https://api.github.com";

/// How long one request may take, retries included.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The largest answer that is read.
const ANSWER_LIMIT: usize = 8 * 1024 * 1024;

/// What is escaped in a part of a path: all but the unreserved characters of RFC 3986.
const PATH_PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A connection to GitHub with a token. Cheap to clone.
#[derive(Clone)]
pub struct GitHub {
    client: Octocrab,
    base: String,
    token_secret: String,
}

/// One answer of GitHub's.
struct Answer {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What is needed of an answer about a repository.
#[derive(Deserialize)]
struct RepositoryAnswer {
    full_name: String,
    default_branch: String,
    #[serde(default)]
    permissions: PermissionsAnswer,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PermissionsAnswer {
    admin: bool,
    push: bool,
}

#[derive(Deserialize)]
struct BranchAnswer {
    name: String,
    commit: CommitAnswer,
}

#[derive(Deserialize)]
struct CommitAnswer {
    sha: String,
}

#[derive(Deserialize)]
struct RefusalAnswer {
    message: String,
}

impl GitHub {
    /// Prepares a connection; makes no request yet. `token_secret` is the name of the secret that holds the token, for the
    /// remedies of errors; `base` is [`PUBLIC_API`] unless given. Call it within a runtime.
    pub fn connect(token: &Secret, token_secret: &str, base: Option<&str>) -> Result<Self> {
        let text = token.expose();
        // GitHub's tokens are letters, digits and underscores; a JSON document or a trailing line end is a common slip.
        let is_token = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"{}\"".contains(&byte));
        if !is_token {
            return Err(Error::MalformedToken { secret: token_secret.to_owned() });
        }
        let base = base.unwrap_or(PUBLIC_API).trim_end_matches('/').to_owned();
        let is_http = base.parse::<Uri>().is_ok_and(|uri| {
            uri.authority().is_some() && matches!(uri.scheme_str(), Some("http" | "https")) && uri.query().is_none()
        });
        if !is_http {
            return Err(Error::MalformedBase { base });
        }
        let client = Octocrab::builder()
            .personal_token(text)
            .base_uri(base.as_str())
            .and_then(|builder| {
                builder
                    .set_connect_timeout(Some(Duration::from_secs(10)))
                    .set_read_timeout(Some(TIME_LIMIT))
                    .add_retry_config(RetryConfig::Simple(2))
                    .add_header(HeaderName::from_static("x-github-api-version"), "2022-11-28".to_owned())
                    .build()
            })
            .map_err(|error| Error::Unreachable { base: base.clone(), cause: chain(&error) })?;
        Ok(Self { client, base, token_secret: token_secret.to_owned() })
    }

    /// Asks what the token may do, as far as a classic token tells.
    pub async fn scopes(&self) -> Result<TokenScopes> {
        match self.get("/user", "application/vnd.github+json").await {
            Ok(Some(answer)) => Ok(TokenScopes::of(&answer.headers)),
            // The tokens of a GitHub App belong to no user; like fine-grained tokens they have no scopes.
            Ok(None) | Err(Error::Refused { .. }) => Ok(TokenScopes::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Asks for a repository.
    pub async fn repository(&self, repository: &Repository) -> Result<RepositoryFacts> {
        let Some(answer) = self.get(&format!("/repos/{repository}"), "application/vnd.github+json").await? else {
            return Err(Error::NotVisible { repository: repository.clone() });
        };
        let facts: RepositoryAnswer = self.decode(&answer)?;
        let permission = match facts.permissions {
            PermissionsAnswer { admin: true, .. } => Permission::Admin,
            PermissionsAnswer { push: true, .. } => Permission::Write,
            PermissionsAnswer { .. } => Permission::Read,
        };
        Ok(RepositoryFacts {
            full_name: facts.full_name.parse().map_err(|_| self.surprise("a repository's `full_name`"))?,
            default_branch: facts.default_branch,
            permission,
            scopes: TokenScopes::of(&answer.headers),
        })
    }

    /// Asks for the newest commit of a branch; `None` where there is no such branch.
    pub async fn branch(&self, repository: &Repository, branch: &str) -> Result<Option<CommitId>> {
        let path = format!("/repos/{repository}/branches/{}", utf8_percent_encode(branch, PATH_PART));
        let Some(answer) = self.get(&path, "application/vnd.github+json").await? else {
            return Ok(None);
        };
        let facts: BranchAnswer = self.decode(&answer)?;
        // A renamed branch is answered by a redirect to its new name, which a pipeline would not follow.
        if facts.name != branch {
            return Ok(None);
        }
        facts.commit.sha.parse().map(Some).map_err(|_| self.surprise("a commit's `sha`"))
    }

    /// Reads a text file as a branch, tag or commit holds it; `None` where there is no such file.
    pub async fn file(&self, repository: &Repository, reference: &str, path: &Utf8Path) -> Result<Option<String>> {
        let parts: Vec<String> =
            path.as_str().split('/').map(|part| utf8_percent_encode(part, PATH_PART).to_string()).collect();
        let reference = utf8_percent_encode(reference, PATH_PART);
        let route = format!("/repos/{repository}/contents/{}?ref={reference}", parts.join("/"));
        let Some(answer) = self.get(&route, "application/vnd.github.raw+json").await? else {
            return Ok(None);
        };
        String::from_utf8(answer.body).map(Some).map_err(|_| self.surprise("a UTF-8 text"))
    }

    /// Checks everything that a pipeline's GitHub source needs: the token's scopes, the repository, the right to manage
    /// its webhooks, and the branch.
    pub async fn check_source(&self, repository: &Repository, branch: &str) -> Result<RepositoryFacts> {
        let scopes = self.scopes().await?;
        let missing = scopes.missing();
        if !missing.is_empty() {
            return Err(Error::MissingScopes { missing, secret: self.token_secret.clone() });
        }
        let facts = self.repository(repository).await?;
        if facts.permission != Permission::Admin {
            return Err(Error::NotAdministrator { repository: repository.clone() });
        }
        if self.branch(repository, branch).await?.is_none() {
            return Err(Error::NoBranch { repository: repository.clone(), branch: branch.to_owned() });
        }
        Ok(facts)
    }

    /// Makes a request; `None` is GitHub's "not found".
    async fn get(&self, path: &str, accept: &'static str) -> Result<Option<Answer>> {
        let unreachable = |cause| Error::Unreachable { base: self.base.clone(), cause };
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        let exchange = async {
            let response =
                self.client._get_with_headers(path, Some(headers)).await.map_err(|error| unreachable(chain(&error)))?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, ANSWER_LIMIT)
                .collect()
                .await
                .map_err(|error| unreachable(error.to_string()))?
                .to_bytes();
            Ok((parts, body))
        };
        let (parts, body) = tokio::time::timeout(TIME_LIMIT, exchange)
            .await
            .map_err(|_| unreachable(format!("no answer within {} seconds", TIME_LIMIT.as_secs())))??;
        match parts.status {
            status if status.is_success() => Ok(Some(Answer { headers: parts.headers, body: body.to_vec() })),
            StatusCode::NOT_FOUND => Ok(None),
            status => Err(self.refusal(status, &parts.headers, &body)),
        }
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Error {
        let message = serde_json::from_slice(body).map_or_else(
            |_| "no message".to_owned(),
            |answer: RefusalAnswer| answer.message.chars().take(500).collect(),
        );
        let is_exhausted = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
        match status {
            StatusCode::UNAUTHORIZED => Error::TokenRefused { message, secret: self.token_secret.clone() },
            StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
                if is_exhausted || headers.contains_key(RETRY_AFTER) || status == StatusCode::TOO_MANY_REQUESTS =>
            {
                let number = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
                Error::RateLimited { retry_after: number("retry-after"), reset: number("x-ratelimit-reset") }
            }
            _ => Error::Refused { status: status.as_u16(), message },
        }
    }

    fn decode<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T> {
        serde_json::from_slice(&answer.body).map_err(|_| self.surprise("the documented JSON"))
    }

    fn surprise(&self, wanted: &'static str) -> Error {
        Error::Unexpected { base: self.base.clone(), wanted }
    }
}

impl std::fmt::Debug for GitHub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("GitHub").field("base", &self.base).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
