//! The front: one HTTP server on 127.0.0.1 that lets in what is signed, and hands it to whom it concerns.
//!
//! ```text
//! request ─▶ admission ─▶ call-back of the plugin (with the shared token)
//!            (browser,  ├▶ pages     (no signature, known path)
//!             host,     ├▶ service   (signature verified, rights checked)
//!             path)     └▶ emulator  (signature verified, or truly anonymous)
//! ```

mod admission;
mod body;
mod callback;
mod keys;
mod protocol;
mod proxy;
mod record;
mod routes;
mod server;
mod service;

use std::sync::Arc;

use http::{Request, Response};
use hyper::body::Incoming;
use tokio_util::sync::CancellationToken;

pub use body::stream;
pub use callback::END_PATH;
pub use keys::Keys;
pub use proxy::Proxy;
pub use routes::Routes;
pub use server::Server;

use self::admission::Refusal;
use self::protocol::Protocol;
use super::authority::Authority;
use super::contract::Body;
use super::signature::{Claim, claim};
use crate::id::Secret;

/// Everything that a request may need. Shared by all connections.
#[derive(Debug)]
pub struct Front {
    authority: Authority,
    keys: Keys,
    proxy: proxy::Proxy,
    callback: callback::Callback,
    routes: Routes,
}

impl Front {
    /// Makes a front before the emulator at `emulator`; `token` is what front and plugin share.
    ///
    /// `end` is cancelled when `local down` asks for the end.
    pub fn new(
        authority: Authority,
        keys: Keys,
        emulator: String,
        token: Secret,
        routes: Routes,
        end: CancellationToken,
    ) -> Arc<Self> {
        let proxy = proxy::Proxy::new(emulator, token.clone());
        Arc::new(Self { authority, keys, proxy, callback: callback::Callback::new(token, end), routes })
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let protocol = Protocol::of(&request);
        let head = request.method() == http::Method::HEAD;
        let record = record::Record::of(&request);
        let response = match self.dispatch(request).await {
            Ok(response) => response,
            Err(refusal) => protocol.refusal(&refusal),
        };
        record.answered(response.status());
        if head && response.status().is_client_error() { response.map(|_| super::contract::full("")) } else { response }
    }

    async fn dispatch(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        admission::admit(&request)?;
        if callback::is_callback(request.uri().path()) {
            return self.callback.answer(&self.routes, request).await;
        }
        if admission::is_answer(&request) {
            let (parts, body) = request.into_parts();
            return self.anonymous(parts, body).await;
        }
        if admission::is_administrative(request.uri().path()) {
            return Err(Refusal::Administrative);
        }
        let (parts, body) = request.into_parts();
        match (claim(&parts)?, self.routes.pages(parts.uri.path())) {
            (Claim::Signed(signature), _) => self.signed(*signature, parts, body).await,
            (_, Some(pages)) => Ok(pages.serve(Request::from_parts(parts, body)).await),
            (Claim::Foreign, None) => Err(Refusal::ForeignAuthorization),
            (Claim::Anonymous, None) => self.anonymous(parts, body).await,
        }
    }
}
