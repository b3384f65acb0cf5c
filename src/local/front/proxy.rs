//! Passing requests on to the emulator, unchanged but for what belongs to the connection.

use std::time::Duration;

use http::header::{CONNECTION, EXPECT, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::admission::Refusal;
use crate::diagnostic::chain;
use crate::id::Secret;
use crate::local::authority::TOKEN_HEADER;
use crate::local::contract::Body;

/// How long the emulator may take until its answer begins: the longest synchronous Lambda call, and some.
const PATIENCE: Duration = Duration::from_secs(16 * 60);

/// What belongs to one connection, not to the request (RFC 9110, section 7.6.1).
const CONNECTION_HEADERS: [&str; 8] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// The way to the emulator.
#[derive(Debug)]
pub struct Proxy {
    emulator: String,
    token: Secret,
    client: Client<HttpConnector, Body>,
}

impl Proxy {
    /// Makes the way to the emulator at an address.
    pub fn new(emulator: String, token: Secret) -> Self {
        let client = Client::builder(TokioExecutor::new())
            // Shorter than the emulator keeps idle connections, so that none is used that it is closing.
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_timer(TokioTimer::new())
            .set_host(false)
            .build_http();
        Self { emulator, token, client }
    }

    /// Passes a request on and its answer back, streaming both ways. The path goes on byte for byte.
    pub async fn pass(&self, parts: Parts, body: Body) -> Result<Response<Body>, Refusal> {
        let request = self.outgoing(parts, body).map_err(|error| Refusal::Unreachable(error.to_string()))?;
        let answer = tokio::time::timeout(PATIENCE, self.client.request(request))
            .await
            .map_err(|_| Refusal::Unreachable("time ran out".to_owned()))?
            .map_err(|error| Refusal::Unreachable(chain(&error)))?;
        let (mut parts, body) = answer.into_parts();
        drop_connection_headers(&mut parts.headers);
        Ok(Response::from_parts(parts, body.map_err(Into::into).boxed_unsync()))
    }

    fn outgoing(&self, mut parts: Parts, body: Body) -> Result<Request<Body>, http::Error> {
        let authority: Authority = self.emulator.trim_start_matches("http://").parse()?;
        let path = parts.uri.path_and_query().cloned().unwrap_or(http::uri::PathAndQuery::from_static("/"));
        parts.uri = Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query(path).build()?;
        parts.version = http::Version::HTTP_11;
        drop_connection_headers(&mut parts.headers);
        // The front itself answers `Expect: 100-continue`, by reading the body.
        parts.headers.remove(EXPECT);
        // Policies ask for secure transport; a loopback connection is as good.
        parts.headers.insert("x-forwarded-proto", HeaderValue::from_static("https"));
        parts.headers.insert(TOKEN_HEADER, HeaderValue::from_str(self.token.expose())?);
        Ok(Request::from_parts(parts, body))
    }
}

/// Drops the headers that belong to a connection, and those that it names itself.
fn drop_connection_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in CONNECTION_HEADERS {
        headers.remove(name);
    }
    headers.remove(http::header::TRANSFER_ENCODING);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_goes_on_byte_for_byte_but_for_its_connection() {
        let proxy = Proxy::new("http://127.0.0.1:1".to_owned(), Secret::new("token"));
        for path in ["/b/a//b", "/b/x/../y", "/b/%2Fz?x=%2f+&y", "//b", "/b/a+b%20%C3%BC?"] {
            let parts = Request::put(path)
                .header("host", "bucket.s3.amazonaws.com")
                .header("connection", "keep-alive, x-hop")
                .header("x-hop", "1")
                .header("expect", "100-continue")
                .header("x-forwarded-proto", "http")
                .header("content-encoding", "aws-chunked")
                .body(())
                .unwrap()
                .into_parts()
                .0;
            let request = proxy.outgoing(parts, crate::local::contract::full("")).unwrap();
            assert_eq!(request.uri().path_and_query().unwrap().as_str(), path);
            assert_eq!(request.headers()["host"], "bucket.s3.amazonaws.com");
            assert_eq!(request.headers()["x-forwarded-proto"], "https");
            assert_eq!(request.headers()["content-encoding"], "aws-chunked");
            for gone in ["connection", "x-hop", "expect"] {
                assert!(!request.headers().contains_key(gone), "{gone}");
            }
        }
    }
}
