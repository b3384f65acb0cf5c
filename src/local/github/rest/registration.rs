//! Registering webhooks (<https://docs.github.com/en/rest/repos/webhooks>).

use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, Refusal};
use super::{RestPages, Wish};
use crate::id::Secret;
use crate::local::github::hooks::{ContentType, Hook};
use crate::local::github::payload::id_of;
use crate::local::github::token::Token;

/// Scopes of which one is needed to list webhooks.
const READ_SCOPES: &str = "admin:repo_hook, read:repo_hook, write:repo_hook";

/// Scopes of which one is needed to register and delete webhooks.
pub(super) const WRITE_SCOPES: &str = "admin:repo_hook, write:repo_hook";

/// The largest request that is read.
const BODY_LIMIT: usize = 256 * 1024;

/// A webhook as clients ask for it.
#[derive(Deserialize)]
struct Wanted {
    config: Configuration,
    #[serde(default = "only_pushes")]
    events: Vec<String>,
    #[serde(default = "is_active")]
    active: bool,
}

#[derive(Deserialize)]
struct Configuration {
    url: Option<String>,
    #[serde(default)]
    content_type: ContentType,
    secret: Option<String>,
}

fn only_pushes() -> Vec<String> {
    vec!["push".to_owned()]
}

fn is_active() -> bool {
    true
}

impl RestPages {
    /// Answers requests below `hooks`.
    pub(super) async fn hooks(
        &self,
        token: &Token,
        wish: &Wish,
        request: Request<Incoming>,
    ) -> Result<Answer, Refusal> {
        let method = request.method().clone();
        let accepted = if method == Method::GET { READ_SCOPES } else { WRITE_SCOPES };
        let scopes: Vec<&str> = accepted.split(", ").collect();
        if !token.has_any(&scopes) {
            return Err(Refusal::NoHookScope);
        }
        let id =
            wish.path.strip_prefix("hooks/").map(|id| id.parse::<u32>().map_err(|_| Refusal::NotFound)).transpose()?;
        let answer = match (method, id) {
            (Method::GET, None) => {
                let hooks = self.0.hooks(&wish.repository)?;
                Answer::json(hooks.iter().map(|hook| self.hook(wish, hook)).collect())
            }
            (Method::GET, Some(id)) => {
                let hooks = self.0.hooks(&wish.repository)?;
                let hook = hooks.iter().find(|hook| hook.id == id).ok_or(Refusal::NotFound)?;
                Answer::json(self.hook(wish, hook))
            }
            (Method::POST, None) => self.register(wish, request).await?,
            (Method::DELETE, Some(id)) => {
                let is_gone = |hooks: &mut Vec<Hook>| {
                    let before = hooks.len();
                    hooks.retain(|hook| hook.id != id);
                    hooks.len() < before
                };
                if !self.0.change_hooks(&wish.repository, is_gone).await? {
                    return Err(Refusal::NotFound);
                }
                Answer::empty()
            }
            _ => return Err(Refusal::NotFound),
        };
        Ok(answer.accepting(accepted))
    }

    async fn register(&self, wish: &Wish, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let body = Limited::new(request.into_body(), BODY_LIMIT).collect().await.map_err(|_| Refusal::BadBody)?;
        let wanted: Wanted = serde_json::from_slice(&body.to_bytes()).map_err(|_| Refusal::BadBody)?;
        let url = wanted
            .config
            .url
            .filter(|url| url.starts_with("http://") || url.starts_with("https://"))
            .ok_or(Refusal::Invalid { resource: "Hook", message: "url is missing or is no HTTP URL" })?;
        let secret = wanted.config.secret.filter(|secret| !secret.is_empty()).map(Secret::new);
        let mut hook = Hook::new(url, wanted.config.content_type, wanted.events, wanted.active, secret);
        let add = |hooks: &mut Vec<Hook>| {
            let is_known = |known: &Hook| known.url == hook.url && known.events == hook.events;
            if hooks.iter().any(is_known) {
                return None;
            }
            // An id is never given twice while its webhook exists.
            hook.id = (0..u32::MAX)
                .map(|attempt| id_of(&format!("{} {attempt}", hook.url)))
                .find(|id| !hooks.iter().any(|known| known.id == *id))?;
            hooks.push(hook.clone());
            Some(hook)
        };
        let hook = self
            .0
            .change_hooks(&wish.repository, add)
            .await?
            .ok_or(Refusal::Invalid { resource: "Hook", message: "Hook already exists on this repository" })?;
        Ok(Answer::with_status(StatusCode::CREATED, &self.hook(wish, &hook)))
    }

    /// Describes a webhook; its secret is never given back.
    fn hook(&self, wish: &Wish, hook: &Hook) -> Value {
        let mut configuration = json!({"url": hook.url, "content_type": hook.content_type, "insecure_ssl": "0"});
        if hook.is_signed() {
            configuration["secret"] = json!("********");
        }
        json!({
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": hook.active,
            "events": hook.events,
            "config": configuration,
            "created_at": hook.created_at,
            "updated_at": hook.created_at,
            "url": self.url(wish, &format!("hooks/{}", hook.id)),
        })
    }
}
