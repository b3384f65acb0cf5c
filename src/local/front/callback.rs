//! What only those may ask who share the instance's token: CloudFormation's wishes for the types that the front
//! provides (the plugin calls back), and the end (`local down`).

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::Routes;
use super::admission::Refusal;
use super::body::whole;
use crate::id::{AccountId, Region, Secret};
use crate::local::authority::TOKEN_HEADER;
use crate::local::contract::{Body, Provisioned, ResourceCall, ResourceType, full};

/// Where the plugin calls back.
const RESOURCE_PATH: &str = "/_pipectl/resource";

/// Where `local down` asks for the end.
pub const END_PATH: &str = "/_pipectl/end";

/// A template holds at most a megabyte, so do a resource's properties.
const LIMIT: usize = 4 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    Create,
    Update,
    Delete,
}

#[derive(Deserialize)]
struct Wish {
    operation: Operation,
    r#type: String,
    account: AccountId,
    region: Region,
    stack: String,
    logical_id: String,
    physical_id: String,
    properties: Value,
    old_properties: Value,
}

/// Whether a path belongs to those who share the token.
pub(super) fn is_callback(path: &str) -> bool {
    matches!(path, RESOURCE_PATH | END_PATH)
}

/// The holder of the token.
#[derive(Debug)]
pub(super) struct Callback {
    token: Secret,
    end: CancellationToken,
}

impl Callback {
    pub fn new(token: Secret, end: CancellationToken) -> Self {
        Self { token, end }
    }

    /// Answers a request to one of the paths; one without the token learns nothing.
    pub async fn answer(&self, routes: &Routes, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let given = request.headers().get(TOKEN_HEADER).map(HeaderValue::as_bytes).unwrap_or_default();
        // Hashes are compared, so that the time taken tells nothing about the token.
        if Sha256::digest(given) != Sha256::digest(self.token.expose()) {
            return Err(Refusal::Administrative);
        }
        if request.uri().path() == END_PATH {
            self.end.cancel();
            return Ok(respond(StatusCode::OK, &Value::Null));
        }
        Ok(match provide(routes, request).await {
            Ok(provisioned) => respond(
                StatusCode::OK,
                &json!({ "physical_id": provisioned.physical_id, "attributes": provisioned.attributes }),
            ),
            Err(message) => respond(StatusCode::BAD_REQUEST, &json!({ "message": message })),
        })
    }
}

async fn provide(routes: &Routes, request: Request<Incoming>) -> Result<Provisioned, String> {
    let bytes = whole(request.into_body(), LIMIT).await.map_err(|refusal| refusal.to_string())?;
    let wish: Wish = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let resource: &Arc<dyn ResourceType> =
        routes.resource_type(&wish.r#type).ok_or_else(|| format!("unsupported resource type {}", wish.r#type))?;
    let call = ResourceCall {
        account: wish.account,
        region: wish.region,
        stack: wish.stack,
        logical_id: wish.logical_id,
        physical_id: wish.physical_id,
        properties: wish.properties,
        old_properties: wish.old_properties,
    };
    match wish.operation {
        Operation::Create => resource.create(call).await,
        Operation::Update => resource.update(call).await,
        Operation::Delete => resource.delete(call).await.map(|()| Provisioned::default()),
    }
}

fn respond(status: StatusCode, value: &Value) -> Response<Body> {
    let mut response = Response::new(full(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
