//! What can go wrong with GitHub. No variant holds the token.

use crate::diagnostic::{Explain, FailureKind};
use crate::id::Repository;
use crate::text;

/// Where repositories are shown.
const SITE: &str = "https://github.com/";

/// What is said of a repository that is not visible.
const NAMED: &str = " shows whether the name is right";

/// The repository that a remedy says to look for, if it does: where a repository is made by the first push to it, that is the
/// remedy.
pub fn named_repository(remedy: &str) -> Option<&str> {
    remedy.strip_prefix(SITE)?.strip_suffix(NAMED)
}

/// The result of a request.
pub type Result<T> = std::result::Result<T, Error>;

/// Why GitHub did not answer as wanted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The secret's value cannot be a token.
    #[error("the secret `{secret}` holds no GitHub token: a token is one line of text, without quotes or braces")]
    MalformedToken {
        /// The secret's name.
        secret: String,
    },
    /// The API's base is no HTTP URL.
    #[error("`{base}` is not the URL of a GitHub API")]
    MalformedBase {
        /// The base.
        base: String,
    },
    /// The token is unknown, expired or revoked.
    #[error("GitHub refused the token: {message}")]
    TokenRefused {
        /// GitHub's message.
        message: String,
        /// The secret's name.
        secret: String,
    },
    /// The token lacks scopes that a pipeline needs.
    #[error("the GitHub token lacks the {}", scopes(.missing))]
    MissingScopes {
        /// The scopes.
        missing: Vec<&'static str>,
        /// The secret's name.
        secret: String,
    },
    /// The repository does not exist, or the token may not see it.
    #[error("the repository `{repository}` does not exist, or the GitHub token may not see it")]
    NotVisible {
        /// The repository.
        repository: Repository,
    },
    /// The token's owner may not manage the repository's webhooks.
    #[error("the GitHub token's owner may not manage the webhooks of `{repository}`")]
    NotAdministrator {
        /// The repository.
        repository: Repository,
    },
    /// The repository has no such branch.
    #[error("the repository `{repository}` has no branch `{branch}`")]
    NoBranch {
        /// The repository.
        repository: Repository,
        /// The branch.
        branch: String,
    },
    /// Too many requests were made with the token.
    #[error("GitHub's rate limit is reached{}", wait(*.retry_after, *.reset))]
    RateLimited {
        /// After how many seconds to try again.
        retry_after: Option<u64>,
        /// When the limit is lifted, in seconds since 1970.
        reset: Option<u64>,
    },
    /// GitHub answered with another refusal.
    #[error("GitHub refused the request with status {status}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// GitHub's message.
        message: String,
    },
    /// No answer came.
    #[error("GitHub at `{base}` could not be reached: {cause}")]
    Unreachable {
        /// The API's base.
        base: String,
        /// Why, as far as the client knows.
        cause: String,
    },
    /// The answer is not what GitHub promises.
    #[error("the answer of `{base}` is not {wanted}")]
    Unexpected {
        /// The API's base.
        base: String,
        /// What was expected.
        wanted: &'static str,
    },
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        match self {
            Self::MalformedToken { .. }
            | Self::TokenRefused { .. }
            | Self::MissingScopes { .. }
            | Self::NotVisible { .. }
            | Self::NotAdministrator { .. }
            | Self::NoBranch { .. } => FailureKind::NotReady,
            Self::MalformedBase { .. } => FailureKind::Usage,
            Self::RateLimited { .. } | Self::Refused { .. } | Self::Unreachable { .. } | Self::Unexpected { .. } => {
                FailureKind::Refused
            }
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::MalformedToken { secret } | Self::TokenRefused { secret, .. } => vec![store(secret)],
            Self::MissingScopes { secret, .. } => {
                vec!["https://github.com/settings/tokens edits the scopes of a token".to_owned(), store(secret)]
            }
            Self::NotVisible { repository } => vec![
                format!("{SITE}{repository}{NAMED}"),
                "a classic token needs the scope `repo`; a fine-grained one needs access to this very repository"
                    .to_owned(),
            ],
            Self::NotAdministrator { repository } => vec![
                format!("https://github.com/{repository}/settings/access gives the token's owner the role `Admin`"),
                "a fine-grained token needs the permission `Webhooks: read and write`".to_owned(),
            ],
            Self::NoBranch { branch, .. } => vec![format!(
                "`git push origin HEAD:{branch}` makes it; or name another in `pipeline.toml` (`source.github.branch`)"
            )],
            Self::RateLimited { .. } => vec!["wait, then run the same command again".to_owned()],
            Self::Unreachable { .. } | Self::Unexpected { .. } | Self::MalformedBase { .. } => {
                vec!["check the network and, if set, `GITHUB_API_URL`; then run the same command again".to_owned()]
            }
            Self::Refused { .. } => Vec::new(),
        }
    }
}

/// The command that stores a new token.
fn store(secret: &str) -> String {
    format!(
        "`aws secretsmanager put-secret-value --secret-id {secret} --secret-string \"$GITHUB_TOKEN\"` stores a new token"
    )
}

fn scopes(missing: &[&str]) -> String {
    let noun = if missing.len() == 1 { "scope" } else { "scopes" };
    format!("{noun} {}", text::list(missing))
}

fn wait(retry_after: Option<u64>, reset: Option<u64>) -> String {
    let moment = reset.and_then(|reset| jiff::Timestamp::from_second(i64::try_from(reset).ok()?).ok());
    match (retry_after, moment) {
        (Some(seconds), _) => {
            format!(" for another {}", text::count(usize::try_from(seconds).unwrap_or(usize::MAX), "second"))
        }
        (None, Some(moment)) => format!(" until {moment}"),
        (None, None) => String::new(),
    }
}
