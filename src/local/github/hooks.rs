//! Webhooks that clients register through the REST API, kept in a file of the instance's state.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use super::Hub;
use crate::disk;
use crate::id::{Repository, Secret};
use crate::local::WebhookTarget;

/// The largest file of webhooks that is read.
const FILE_LIMIT: u64 = 4 * 1024 * 1024;

/// How a delivery carries its event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ContentType {
    /// As the body.
    Json,
    /// As the field `payload` of a form; GitHub's default.
    #[default]
    Form,
}

/// A registered webhook.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hook {
    pub id: u32,
    pub url: String,
    pub content_type: ContentType,
    pub events: Vec<String>,
    pub active: bool,
    pub created_at: String,
    secret: Option<String>,
}

impl Hook {
    /// Makes a webhook whose id is not yet known.
    pub fn new(
        url: String,
        content_type: ContentType,
        events: Vec<String>,
        active: bool,
        secret: Option<Secret>,
    ) -> Self {
        let secret = secret.map(|secret| secret.expose().to_owned());
        Self { id: 0, url, content_type, events, active, created_at: jiff::Timestamp::now().to_string(), secret }
    }

    /// Tells whether deliveries are signed.
    pub fn is_signed(&self) -> bool {
        self.secret.is_some()
    }

    /// The webhook as a target of pushes, unless it does not want them.
    pub fn target(&self) -> Option<(WebhookTarget, ContentType)> {
        let wants = self.active && self.events.iter().any(|event| event == "push" || event == "*");
        let secret = self.secret.clone().map(Secret::new);
        wants.then(|| (WebhookTarget { name: self.id.to_string(), url: self.url.clone(), secret }, self.content_type))
    }
}

impl Hub {
    /// Lists the webhooks that were registered for a repository.
    pub(super) fn hooks(&self, repository: &Repository) -> std::io::Result<Vec<Hook>> {
        let file = self.hook_file(repository);
        match disk::read_text(&file, FILE_LIMIT) {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Changes the webhooks of a repository; the file is readable by its owner only, since it holds their secrets.
    pub(super) async fn change_hooks<T>(
        &self,
        repository: &Repository,
        change: impl FnOnce(&mut Vec<Hook>) -> T,
    ) -> std::io::Result<T> {
        let _alone = self.changing_hooks.lock().await;
        let mut hooks = self.hooks(repository)?;
        let result = change(&mut hooks);
        disk::replace(&self.hook_file(repository), &serde_json::to_vec_pretty(&hooks)?)?;
        Ok(result)
    }

    fn hook_file(&self, repository: &Repository) -> Utf8PathBuf {
        self.settings.state.join("hooks").join(repository.owner()).join(format!("{}.json", repository.name()))
    }
}
