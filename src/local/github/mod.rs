//! The GitHub of the local endpoint: Git over HTTP below `/git/`, the REST API below `/github/`, and webhooks.
//!
//! ```text
//! git push ─▶ smart (git receive-pack) ─▶ updates ─▶ delivery ─▶ webhooks, listeners ─▶ executions
//!                                                       └─▶ what they said ─▶ "remote: pipectl: …"
//! ```
//!
//! Repositories are bare folders `git/OWNER/REPO.git` of the instance's state; the first push makes them.

mod delivery;
mod hooks;
mod payload;
mod rest;
mod smart;
mod token;
mod updates;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use camino::Utf8PathBuf;
use fs_err as fs;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio_util::task::TaskTracker;

pub use rest::RestPages;
pub use smart::GitPages;
pub use token::Token;

use super::{PushListener, Webhooks};
use crate::diagnostic::{Explain, FailureKind};
use crate::git::{self, Git};
use crate::id::Repository;
use crate::process::Command;

/// The branch of a repository until a first push names another.
const FIRST_BRANCH: &str = "main";

/// What decides how the endpoint's GitHub behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder of the instance's state.
    pub state: Utf8PathBuf,
    /// The endpoint's URL, such as `http://127.0.0.1:4599`.
    pub endpoint: String,
    /// The tokens that are accepted; the first one is handed out.
    pub tokens: Vec<Token>,
    /// How many bytes one push may have.
    pub push_limit: u64,
    /// How long one push or fetch may take.
    pub time_limit: Duration,
}

impl Settings {
    /// Makes settings with the usual limits: 2 GiB, as on GitHub, and half an hour.
    pub fn new(state: impl Into<Utf8PathBuf>, endpoint: impl Into<String>, token: Token) -> Self {
        Self {
            state: state.into(),
            endpoint: endpoint.into(),
            tokens: vec![token],
            push_limit: 2 * 1024 * 1024 * 1024,
            time_limit: Duration::from_secs(30 * 60),
        }
    }
}

/// Why a repository could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// Its folder could not be made.
    #[error("the repository's folder could not be made")]
    Folder(#[from] std::io::Error),
    /// Git refused.
    #[error(transparent)]
    Git(#[from] git::Error),
}

impl Explain for CreateError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Folder(_) => FailureKind::NotReady,
            Self::Git(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Folder(_) => Vec::new(),
            Self::Git(error) => error.hints(),
        }
    }
}

/// The GitHub of one instance.
pub struct Hub {
    settings: Settings,
    client: delivery::Client,
    webhooks: RwLock<Vec<Arc<dyn Webhooks>>>,
    listeners: RwLock<Vec<Arc<dyn PushListener>>>,
    /// Pushes that were taken in are finished and delivered even when the pusher goes away.
    finishing: TaskTracker,
    /// Repositories are made one after the other.
    creating: tokio::sync::Mutex<()>,
    /// Changes of the list of webhooks made through the REST API come one after the other.
    changing_hooks: tokio::sync::Mutex<()>,
}

impl Hub {
    /// Prepares the state folder.
    pub fn open(settings: Settings) -> std::io::Result<Arc<Self>> {
        let hub = Self {
            settings,
            client: delivery::client(),
            webhooks: RwLock::default(),
            listeners: RwLock::default(),
            finishing: TaskTracker::new(),
            creating: tokio::sync::Mutex::default(),
            changing_hooks: tokio::sync::Mutex::default(),
        };
        fs::create_dir_all(hub.settings.state.join("git"))?;
        updates::install_hook(&hub.hook_folder())?;
        Ok(Arc::new(hub))
    }

    /// Adds somebody who knows webhooks.
    pub fn add_webhooks(&self, webhooks: Arc<dyn Webhooks>) {
        self.webhooks.write().unwrap_or_else(PoisonError::into_inner).push(webhooks);
    }

    /// Adds somebody who wants to know of pushes.
    pub fn add_listener(&self, listener: Arc<dyn PushListener>) {
        self.listeners.write().unwrap_or_else(PoisonError::into_inner).push(listener);
    }

    /// Tells whether a token is one of the instance's.
    pub fn accepts(&self, token: &str) -> bool {
        token::find(&self.settings.tokens, token).is_some()
    }

    /// The folder of a repository, whether or not it exists.
    pub fn folder(&self, repository: &Repository) -> Utf8PathBuf {
        self.settings.state.join("git").join(repository.owner()).join(format!("{}.git", repository.name()))
    }

    /// Opens a repository; `None` where there is none.
    pub fn repository(&self, repository: &Repository) -> Option<Git> {
        let folder = self.folder(repository);
        folder.join("HEAD").is_file().then(|| Git::isolated(folder))
    }

    /// Opens a repository, and makes it where there is none.
    pub async fn create(&self, repository: &Repository) -> Result<Git, CreateError> {
        let _alone = self.creating.lock().await;
        if let Some(git) = self.repository(repository) {
            return Ok(git);
        }
        let folder = self.folder(repository);
        // Made aside and moved as a whole: a request that comes meanwhile sees no half of a repository.
        let aside = tempfile::tempdir_in(&self.settings.state)?;
        let made = Utf8PathBuf::try_from(aside.path().join("new")).map_err(|error| error.into_io_error())?;
        fs::create_dir(&made)?;
        Git::isolated(&made).init_bare(FIRST_BRANCH).await?;
        fs::create_dir_all(folder.parent().unwrap_or(&self.settings.state))?;
        fs::rename(&made, &folder)?;
        Ok(Git::isolated(folder))
    }

    /// The URL to push to, with the instance's token in it: a secret.
    pub fn remote_url(&self, repository: &Repository) -> String {
        let url = self.clone_url(repository);
        let (Some(token), Some((scheme, rest))) = (self.settings.tokens.first(), url.split_once("://")) else {
            return url;
        };
        let password = utf8_percent_encode(token.secret().expose(), NON_ALPHANUMERIC);
        format!("{scheme}://x-access-token:{password}@{rest}")
    }

    /// The URL to clone from, without the token.
    pub fn clone_url(&self, repository: &Repository) -> String {
        format!("{}/git/{repository}.git", self.settings.endpoint)
    }

    /// The base of the REST API, as `GITHUB_API_URL` takes it.
    pub fn api_url(&self) -> String {
        format!("{}/github", self.settings.endpoint)
    }

    /// Waits until the pushes that were taken in are delivered.
    pub async fn close(&self) {
        self.finishing.close();
        self.finishing.wait().await;
    }

    fn hook_folder(&self) -> Utf8PathBuf {
        self.settings.state.join("git-hooks")
    }

    /// Describes the program behind a Git service, such as `upload-pack`, with this server's settings.
    fn service_command(&self, git: &Git, service: &str, arguments: &[&str]) -> Command {
        let limit = format!("receive.maxInputSize={}", self.settings.push_limit);
        let hooks = format!("core.hooksPath={}", self.hook_folder());
        let mut all = Vec::new();
        // Cleaning up in the background would outlive the push that set it off.
        for setting in
            ["receive.autogc=false", "uploadpack.allowFilter=true", "uploadpack.allowReachableSHA1InWant=true"]
        {
            all.extend(["-c", setting]);
        }
        all.extend(["-c", limit.as_str(), "-c", hooks.as_str(), service, "--stateless-rpc"]);
        all.extend_from_slice(arguments);
        all.push(".");
        git.command(all).described(format!("git {service}"))
    }
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Hub").field("settings", &self.settings).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
