//! Delivers a push to webhooks, signed as GitHub signs, and to the listeners of connections.

use std::sync::PoisonError;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, Request, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::Sha1;
use sha2::Sha256;

use super::hooks::ContentType;
use super::updates::Update;
use super::{Hub, payload, token};
use crate::git::Git;
use crate::id::{Repository, Secret};
use crate::local::{Push, WebhookTarget};

/// The client that deliveries are made with.
pub(super) type Client = hyper_util::client::legacy::Client<HttpConnector, Full<Bytes>>;

/// How long a webhook may take to answer, as on GitHub.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// How long a listener may take.
const LISTENER_LIMIT: Duration = Duration::from_secs(30);

/// Makes the client.
pub(super) fn client() -> Client {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}

/// Delivers the updates of a push, one after the other; returns what the pusher is told. Nothing that goes wrong here
/// makes the push fail: it has happened.
pub(super) async fn deliver(hub: &Hub, repository: &Repository, git: &Git, updates: &[Update]) -> Vec<String> {
    let mut remarks = Vec::new();
    if updates.is_empty() {
        return remarks;
    }
    let targets = targets(hub, repository, &mut remarks);
    for update in updates {
        if !targets.is_empty() {
            match payload::push_event(hub, repository, git, update).await {
                Ok(event) => {
                    let event = event.to_string();
                    for (target, content_type) in &targets {
                        remarks.push(post(&hub.client, target, *content_type, &event).await);
                    }
                }
                Err(error) => remarks.push(format!("no webhook was delivered: {error}")),
            }
        }
        remarks.extend(tell(hub, repository, git, update).await);
    }
    remarks
}

/// Everything that wants pushes of a repository by webhook.
fn targets(hub: &Hub, repository: &Repository, remarks: &mut Vec<String>) -> Vec<(WebhookTarget, ContentType)> {
    let known = hub.webhooks.read().unwrap_or_else(PoisonError::into_inner).clone();
    let mut targets: Vec<(WebhookTarget, ContentType)> = known
        .iter()
        .flat_map(|webhooks| webhooks.targets(repository))
        .map(|target| (target, ContentType::Json))
        .collect();
    match hub.hooks(repository) {
        Ok(hooks) => targets.extend(hooks.iter().filter_map(|hook| hook.target())),
        Err(error) => remarks.push(format!("the registered webhooks could not be read: {error}")),
    }
    targets
}

/// Tells the listeners of a branch or a tag that exists now.
async fn tell(hub: &Hub, repository: &Repository, git: &Git, update: &Update) -> Vec<String> {
    let (Some(reference), Some(after)) = (update.pushed(), &update.after) else {
        return Vec::new();
    };
    let listeners = hub.listeners.read().unwrap_or_else(PoisonError::into_inner).clone();
    if listeners.is_empty() {
        return Vec::new();
    }
    // A tag may be an object of its own.
    let Ok(Some(commit)) = git.commit_of(after.as_str()).await else { return Vec::new() };
    let read = git.describe(&commit).await.ok().flatten();
    let push = Push {
        repository: repository.clone(),
        reference,
        before: update.before.clone(),
        commit,
        subject: read.map(|commit| commit.subject().to_owned()).unwrap_or_default(),
    };
    let mut remarks = Vec::new();
    for listener in listeners {
        match tokio::time::timeout(LISTENER_LIMIT, listener.pushed(push.clone())).await {
            Ok(said) => remarks.extend(said),
            Err(_) => remarks.push(format!("a connection did not answer within {} seconds", LISTENER_LIMIT.as_secs())),
        }
    }
    remarks
}

/// Delivers one event to one webhook; returns what became of it.
async fn post(client: &Client, target: &WebhookTarget, content_type: ContentType, event: &str) -> String {
    let name = &target.name;
    if !is_of_this_machine(&target.url) {
        return format!("webhook {name} was left out: its address is not on this machine");
    }
    let request = match request(target, content_type, event) {
        Ok(request) => request,
        Err(error) => return format!("webhook {name} was left out: {error}"),
    };
    match tokio::time::timeout(TIME_LIMIT, client.request(request)).await {
        Ok(Ok(answer)) if answer.status().is_success() => format!("webhook {name} was delivered"),
        Ok(Ok(answer)) => format!("webhook {name} was refused with status {}", answer.status().as_u16()),
        Ok(Err(error)) => format!("webhook {name} could not be delivered: {error}"),
        Err(_) => format!("webhook {name} did not answer within {} seconds", TIME_LIMIT.as_secs()),
    }
}

/// Whether an address is served by this machine: an endpoint for tests must not call others.
fn is_of_this_machine(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        uri.scheme_str() == Some("http") && matches!(uri.host(), Some("127.0.0.1" | "localhost" | "[::1]"))
    })
}

/// Makes the request as GitHub does
/// (<https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers>).
fn request(target: &WebhookTarget, content_type: ContentType, event: &str) -> Result<Request<Full<Bytes>>, String> {
    let (media_type, body) = match content_type {
        ContentType::Json => ("application/json", event.to_owned()),
        ContentType::Form => {
            ("application/x-www-form-urlencoded", format!("payload={}", utf8_percent_encode(event, NON_ALPHANUMERIC)))
        }
    };
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&target.url)
        .header("content-type", media_type)
        .header("accept", "*/*")
        .header("user-agent", "GitHub-Hookshot/pipectl")
        .header("x-github-event", "push")
        .header("x-github-delivery", delivery_id().map_err(|error| error.to_string())?)
        .header("x-github-hook-id", payload::id_of(&target.name));
    if let Some(secret) = &target.secret {
        request = request
            .header("x-hub-signature-256", format!("sha256={}", signature::<Hmac<Sha256>>(secret, &body)))
            .header("x-hub-signature", format!("sha1={}", signature::<Hmac<Sha1>>(secret, &body)));
    }
    request.body(Full::new(body.into())).map_err(|error| error.to_string())
}

/// The message authentication code of a body, in hexadecimal digits.
fn signature<M: Mac + KeyInit>(secret: &Secret, body: &str) -> String {
    // A key of any length is fine for HMAC, so there is no failure to report.
    <M as KeyInit>::new_from_slice(secret.expose().as_bytes()).map_or_else(
        |_| String::new(),
        |mut code| {
            code.update(body.as_bytes());
            hex::encode(code.finalize().into_bytes())
        },
    )
}

/// A random UUID of version 4.
fn delivery_id() -> std::io::Result<String> {
    let mut bytes = token::random::<16>()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex::encode(bytes);
    Ok([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}
