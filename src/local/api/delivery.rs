//! Deliveries to webhooks: `POST /webhooks/<id>`.
//!
//! When the answer comes, the execution that the delivery starts exists. A delivery that comes twice starts one
//! execution, and one that is sent again later cannot bring an old commit back: a commit counts only while it is the
//! branch's newest.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde_json::Value;
use sha2::Sha256;

use super::filter;
use crate::local::contract::full;
use crate::local::engine::{Authentication, Engine, Webhook};
use crate::local::{Body, Pages};

/// The largest delivery, as GitHub bounds its own.
const LARGEST: usize = 25 * 1024 * 1024;

/// Answers deliveries.
#[derive(Debug, Clone)]
pub struct Deliveries {
    engine: Engine,
}

/// What became of a delivery.
struct Verdict {
    status: StatusCode,
    text: String,
}

impl Verdict {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self { status, text: text.into() }
    }
}

impl Deliveries {
    /// Makes the pages of an engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    async fn receive(&self, request: Request<Incoming>) -> Verdict {
        if request.method() != Method::POST {
            return Verdict::new(StatusCode::METHOD_NOT_ALLOWED, "webhooks are called with POST");
        }
        let id = request.uri().path().trim_start_matches("/webhooks/");
        let Some(webhook) = self.engine.webhook(id) else {
            return Verdict::new(StatusCode::NOT_FOUND, "there is no such webhook");
        };
        let (head, body) = request.into_parts();
        let body = match Limited::new(body, LARGEST).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => {
                return Verdict::new(StatusCode::PAYLOAD_TOO_LARGE, format!("a delivery has at most {LARGEST} bytes"));
            }
            Err(_) => return Verdict::new(StatusCode::BAD_REQUEST, "the delivery was cut off"),
        };
        self.deliver(&webhook, &head.headers, &body).await
    }

    async fn deliver(&self, webhook: &Webhook, headers: &HeaderMap, body: &Bytes) -> Verdict {
        if !is_authentic(webhook, headers, body) {
            return Verdict::new(StatusCode::UNAUTHORIZED, "the signature does not match");
        }
        if headers.get("x-github-event").is_some_and(|event| event == "ping") {
            return Verdict::new(StatusCode::OK, "pong");
        }
        let Ok(delivery) = serde_json::from_slice::<Value>(body) else {
            return Verdict::new(StatusCode::BAD_REQUEST, "the delivery is not JSON");
        };
        let Some(action) = self.engine.webhook_action(webhook) else {
            return Verdict::new(
                StatusCode::NOT_FOUND,
                format!("pipeline {} has no source action {}", webhook.pipeline, webhook.action),
            );
        };
        if !filter::passes(&webhook.filters, &action, &delivery) {
            return Verdict::new(StatusCode::OK, format!("pipeline {}: not for this branch", webhook.pipeline));
        }
        let commit = delivery.get("after").and_then(Value::as_str).filter(|commit| is_commit(commit));
        let delivery_id = headers.get("x-github-delivery").and_then(|id| id.to_str().ok());
        match self.engine.trigger_webhook(webhook, &action, commit, delivery_id).await {
            Ok(id) => Verdict::new(StatusCode::OK, format!("pipeline {}: started execution {id}", webhook.pipeline)),
            Err(fault) => Verdict::new(
                StatusCode::from_u16(fault.status).unwrap_or(StatusCode::BAD_REQUEST),
                format!("pipeline {}: {}", webhook.pipeline, fault.message),
            ),
        }
    }
}

/// A branch that was deleted has an `after` of zeros.
fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && text.bytes().any(|byte| byte != b'0')
}

/// Checks the signature `X-Hub-Signature-256: sha256=<hex>` in constant time.
fn is_authentic(webhook: &Webhook, headers: &HeaderMap, body: &[u8]) -> bool {
    match (&webhook.authentication, &webhook.secret) {
        (Authentication::Unauthenticated, _) => true,
        (Authentication::GitHubHmac, None) => false,
        (Authentication::GitHubHmac, Some(secret)) => {
            let signature = headers
                .get("x-hub-signature-256")
                .and_then(|value| value.to_str().ok())
                .and_then(|value| value.strip_prefix("sha256="))
                .and_then(|value| hex::decode(value).ok());
            let Some(signature) = signature else { return false };
            let Ok(mut code) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else { return false };
            code.update(body);
            code.verify_slice(&signature).is_ok()
        }
    }
}

impl Pages for Deliveries {
    fn serve(&self, request: Request<Incoming>) -> BoxFuture<'_, Response<Body>> {
        Box::pin(async move {
            let verdict = self.receive(request).await;
            let mut response = Response::new(full(format!("{}\n", verdict.text)));
            *response.status_mut() = verdict.status;
            response
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commits_are_commits() {
        assert!(is_commit(&"a1".repeat(20)));
        assert!(!is_commit(&"0".repeat(40)));
        assert!(!is_commit("main"));
    }
}
