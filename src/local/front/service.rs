//! Signed requests: to a service of ours, after its rights were checked, or to the emulator.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response};
use hyper::body::Incoming;
use jiff::Timestamp;
use serde_json::Value;

use super::Front;
use super::admission::Refusal;
use super::body::{WHOLE_LIMIT, checked, stream, whole};
use super::protocol::Protocol;
use crate::id::Region;
use crate::local::authority::Credential;
use crate::local::contract::{Body, Call, Caller, Fault, Handling, Service, full};
use crate::local::signature::{PAYLOAD_HEADER, Place, Rejection, Signature, UNSIGNED_PAYLOAD, payload_hash, verify};

/// How large the request of a JSON service may be.
const REQUEST_LIMIT: usize = 4 * 1024 * 1024;

impl Front {
    /// Passes a request without any signature on; the emulator decides what is public.
    pub(super) async fn anonymous(&self, parts: Parts, body: Incoming) -> Result<Response<Body>, Refusal> {
        let content_type = parts.headers.get(http::header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
        // A form may hold a signature in its fields, which nobody would check.
        if content_type.to_ascii_lowercase().starts_with(b"multipart/") {
            return Err(Refusal::Form);
        }
        if parts.uri.path() == "/" && parts.method == http::Method::GET && parts.uri.query().is_none() {
            return Err(Refusal::Listing);
        }
        self.proxy.pass(parts, stream(body)).await
    }

    /// Verifies a signed request and hands it to whom it concerns.
    pub(super) async fn signed(
        &self,
        signature: Signature,
        parts: Parts,
        body: Incoming,
    ) -> Result<Response<Body>, Refusal> {
        let credential = self.keys.find(&signature.access_key).await?.ok_or(Rejection::UnknownKey)?;
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).map(str::to_owned);
        let ours = target.as_deref().and_then(|target| self.routes.target(target));
        match ours {
            Some((service, operation)) if service.handling(operation) == Handling::Answer => {
                let bytes = whole(body, REQUEST_LIMIT).await?;
                check(&signature, &credential, &parts, &payload_hash(&bytes))?;
                let answer = self.call(service.as_ref(), operation, &signature, credential, &bytes).await;
                Ok(respond(answer))
            }
            _ => self.pass_on(&signature, &credential, parts, body).await,
        }
    }

    /// Checks the rights that a call needs, then lets the service answer.
    async fn call(
        &self,
        service: &dyn Service,
        operation: &str,
        signature: &Signature,
        credential: Credential,
        body: &Bytes,
    ) -> Result<Value, Fault> {
        let region: Region =
            signature.region.parse().map_err(|_| Fault::client("ValidationException", "unknown region"))?;
        let body = match body.is_empty() {
            true => Value::Object(serde_json::Map::new()),
            false => serde_json::from_slice(body)
                .map_err(|error| Fault::client("SerializationException", error.to_string()))?,
        };
        let caller =
            Caller { account: credential.account, arn: credential.arn, access_key: signature.access_key.clone() };
        let call = Call { caller, region, operation: operation.to_owned(), body };
        for permission in service.permissions(&call)? {
            let context: Vec<(&str, String)> =
                permission.context.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
            self.authority
                .authorize(&call.caller, &permission.action, &permission.resource, &call.region, &context)
                .await?;
        }
        service.call(call).await
    }

    /// Verifies a request for the emulator and passes it on.
    async fn pass_on(
        &self,
        signature: &Signature,
        credential: &Credential,
        parts: Parts,
        body: Incoming,
    ) -> Result<Response<Body>, Refusal> {
        match declared_payload(signature, &parts)? {
            Payload::Hash(hash) => {
                check(signature, credential, &parts, &hash)?;
                self.proxy.pass(parts, checked(body, hash)?).await
            }
            Payload::Unchecked(declared) => {
                check(signature, credential, &parts, &declared)?;
                self.proxy.pass(parts, stream(body)).await
            }
            Payload::Undeclared => {
                let bytes = whole(body, WHOLE_LIMIT).await?;
                check(signature, credential, &parts, &payload_hash(&bytes))?;
                self.proxy.pass(parts, full(bytes)).await
            }
        }
    }
}

/// What a request declares about its body.
enum Payload {
    /// Its hash.
    Hash(String),
    /// That it is not signed, or signed piece by piece, which the emulator checks.
    Unchecked(String),
    /// Nothing: the hash is to be taken of the body.
    Undeclared,
}

fn declared_payload(signature: &Signature, parts: &Parts) -> Result<Payload, Rejection> {
    let declared = match parts.headers.get(PAYLOAD_HEADER) {
        Some(value) => Some(value.to_str().map_err(|_| Rejection::Malformed)?),
        None => None,
    };
    let is_storage = signature.service == "s3";
    match declared {
        Some(text) if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Ok(Payload::Hash(text.to_ascii_lowercase()))
        }
        Some(text) if text == UNSIGNED_PAYLOAD || text.starts_with("STREAMING-") => {
            Ok(Payload::Unchecked(text.to_owned()))
        }
        Some(_) => Err(Rejection::Malformed),
        None if is_storage && signature.place != Place::Header => Ok(Payload::Unchecked(UNSIGNED_PAYLOAD.to_owned())),
        None if is_storage => Err(Rejection::Malformed),
        None => Ok(Payload::Undeclared),
    }
}

fn check(signature: &Signature, credential: &Credential, parts: &Parts, payload: &str) -> Result<(), Rejection> {
    verify(signature, parts, payload, &credential.secret, credential.session_token.as_ref(), Timestamp::now())
}

/// A service's answer as the JSON protocol writes it.
fn respond(answer: Result<Value, Fault>) -> Response<Body> {
    match answer {
        Ok(value) => {
            let mut response = Response::new(full(value.to_string()));
            let headers = response.headers_mut();
            headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
            response
        }
        Err(fault) => Protocol::Json.fault_response(&fault),
    }
}
