//! The protocol of engines: who asks, may they, and on to the emulator.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::json;

use super::address::Address;
use super::logins::Logins;
use crate::local::authority::Authority;
use crate::local::contract::{Body, Pages, full};
use crate::local::front::{Proxy, stream};

/// By this header engines know that they speak to a registry.
const VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");

/// The pages of the registry.
#[derive(Debug)]
pub(super) struct RegistryPages {
    logins: Arc<Logins>,
    authority: Authority,
    emulator: Proxy,
}

/// Why a request is refused: the status, the protocol's code, and words for people.
struct Refusal(StatusCode, &'static str, String);

impl Refusal {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self(status, code, message.into())
    }

    fn into_response(self) -> Response<Body> {
        let Self(status, code, message) = self;
        let body = json!({ "errors": [{ "code": code, "message": message }] });
        let mut response = Response::new(full(body.to_string()));
        *response.status_mut() = status;
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"pipectl\""));
        }
        response
    }
}

impl RegistryPages {
    pub fn new(logins: Arc<Logins>, authority: Authority, emulator: Proxy) -> Self {
        Self { logins, authority, emulator }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let caller = self.logins.caller(request.headers()).ok_or_else(|| {
            let advice = "`aws ecr get-login-password` prints the password of the user AWS";
            Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", advice)
        })?;
        let path = request.uri().path();
        if matches!(path, "/v2/" | "/v2") {
            return Ok(Response::new(full("{}")));
        }
        let unknown = || {
            let message = "repositories are called ACCOUNT/REGION/NAME here";
            Refusal::new(StatusCode::NOT_FOUND, "NAME_UNKNOWN", message)
        };
        let address = Address::parse(path).ok_or_else(unknown)?;
        let right = address
            .right(request.method())
            .ok_or_else(|| Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "this is not served"))?;
        if caller.account != address.account {
            // Only a policy of the repository could let others in, and the emulator asks none.
            let message = format!("{} has no right to repositories of account {}", caller.arn, address.account);
            return Err(Refusal::new(StatusCode::FORBIDDEN, "DENIED", message));
        }
        self.authority
            .authorize(&caller, right, &address.arn(), &address.region, &[])
            .await
            .map_err(|fault| Refusal::new(StatusCode::FORBIDDEN, "DENIED", fault.message))?;
        self.pass(&address, request).await
    }

    /// Passes a request on under the names that the emulator knows.
    async fn pass(&self, address: &Address, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let unusable = |error: String| Refusal::new(StatusCode::BAD_GATEWAY, "UNKNOWN", error);
        let (mut parts, body) = request.into_parts();
        let inner = address.inner(parts.uri.query());
        parts.uri = inner.parse().map_err(|error: http::uri::InvalidUri| unusable(error.to_string()))?;
        parts.headers.remove(AUTHORIZATION);
        let host = HeaderValue::from_str(&address.host()).map_err(|error| unusable(error.to_string()))?;
        parts.headers.insert(HOST, host);
        let answer = self.emulator.pass(parts, stream(body)).await;
        let mut answer = answer.map_err(|refusal| unusable(refusal.to_string()))?;
        let location = answer.headers().get(LOCATION).and_then(|location| address.outer(location.to_str().ok()?));
        if let Some(location) = location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            answer.headers_mut().insert(LOCATION, location);
        }
        Ok(answer)
    }
}

impl Pages for RegistryPages {
    fn serve(&self, request: Request<Incoming>) -> BoxFuture<'_, Response<Body>> {
        Box::pin(async move {
            let mut response = self.answer(request).await.unwrap_or_else(Refusal::into_response);
            let headers = response.headers_mut();
            headers.insert(VERSION, HeaderValue::from_static("registry/2.0"));
            headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            response
        })
    }
}
