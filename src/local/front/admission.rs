//! What is refused before anybody looks at a signature.

use http::header::{HOST, ORIGIN};
use http::{Method, Request};

use crate::local::contract::Fault;
use crate::local::signature::Rejection;

/// Paths that belong to the emulator's or the plugin's administration, or hand out credentials of machines.
const ADMINISTRATIVE: [&str; 7] =
    ["/_ministack/", "/_localstack/", "/_pipectl/", "/_aws/", "/latest/", "/v2/credentials/", "/v4/"];

/// Where functions of custom resources and instances answer CloudFormation. The rest of the path is a secret of its own.
/// Functions of the CDK come here, since they leave the port of the address out that they are told.
const ANSWERS: [&str; 2] = ["/_ministack/cfn-response/", "/_ministack/cfn-signal/"];

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A browser sends it on behalf of a page.
    #[error("requests from browsers are refused")]
    Browser,
    /// It is meant for another host: a name that was made to point here.
    #[error("this endpoint answers for 127.0.0.1, localhost and amazonaws.com only")]
    Host,
    /// It is for the emulator's administration.
    #[error("this path is not served")]
    Administrative,
    /// Its authorisation is none of AWS's.
    #[error("the request signature does not conform to AWS standards")]
    ForeignAuthorization,
    /// An anonymous wish to see whose buckets there are.
    #[error("buckets are listed to signed requests only")]
    Listing,
    /// An anonymous form that may hold a signature of its own.
    #[error("uploads by forms are not served")]
    Form,
    /// Its signature is refused.
    #[error("{0}")]
    Signature(#[from] Rejection),
    /// Its body is too large.
    #[error("the request's body is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Its body ended early or is not what was signed.
    #[error("{0}")]
    Body(String),
    /// A service refuses it.
    #[error("{0}")]
    Fault(#[from] Fault),
    /// The emulator does not answer.
    #[error("the emulator does not answer: {0}")]
    Unreachable(String),
}

/// Refuses requests that browsers make for pages, and requests for other hosts.
pub fn admit<B>(request: &Request<B>) -> Result<(), Refusal> {
    let headers = request.headers();
    if headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site") {
        return Err(Refusal::Browser);
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let known = matches!(name, "127.0.0.1" | "localhost")
        || [".localhost", ".amazonaws.com"].iter().any(|suffix| name.ends_with(suffix));
    if known && headers.get_all(HOST).iter().count() == 1 { Ok(()) } else { Err(Refusal::Host) }
}

/// Tells whether a path is none of a client's business. Encoded and repeated characters are seen through.
pub fn is_administrative(path: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let plain = format!("/{}/", decoded.trim_matches('/'));
    ADMINISTRATIVE.iter().any(|prefix| plain.starts_with(prefix))
}

/// Tells whether somebody answers CloudFormation, which is let in without a signature.
pub fn is_answer<B>(request: &Request<B>) -> bool {
    let path = request.uri().path();
    let token = ANSWERS.iter().find_map(|prefix| path.strip_prefix(prefix));
    let is_token = |token: &str| token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    request.method() == Method::PUT && token.is_some_and(|token| !token.is_empty() && is_token(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> Request<()> {
        let mut builder = Request::get("/");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(()).unwrap()
    }

    #[test]
    fn pages_in_browsers_and_other_hosts_are_refused() {
        assert_eq!(admit(&request(&[("host", "127.0.0.1:4566")])), Ok(()));
        assert_eq!(admit(&request(&[("host", "bucket.s3.us-east-1.amazonaws.com")])), Ok(()));
        assert_eq!(admit(&request(&[("host", "bucket.localhost:4566")])), Ok(()));
        assert_eq!(admit(&request(&[("host", "evil.example:4566")])), Err(Refusal::Host));
        assert_eq!(admit(&request(&[("host", "127.0.0.1.evil.example")])), Err(Refusal::Host));
        assert_eq!(admit(&request(&[])), Err(Refusal::Host));
        assert_eq!(admit(&request(&[("host", "127.0.0.1"), ("host", "evil.example")])), Err(Refusal::Host));
        assert_eq!(admit(&request(&[("host", "127.0.0.1"), ("origin", "null")])), Err(Refusal::Browser));
        assert_eq!(admit(&request(&[("host", "127.0.0.1"), ("sec-fetch-site", "none")])), Err(Refusal::Browser));
    }

    #[test]
    fn administration_is_seen_through_its_disguises() {
        for path in
            ["/_ministack/reset", "//_ministack/reset", "/%5Fministack/reset", "/_pipectl", "/latest/meta-data/"]
        {
            assert!(is_administrative(path), "{path}");
        }
        assert!(!is_administrative("/bucket/_ministack/reset"));
        assert!(!is_administrative("/"));
    }

    #[test]
    fn answers_to_cloudformation_are_no_administration() {
        let put = |path: &str| is_answer(&Request::put(path).body(()).unwrap());
        assert!(put("/_ministack/cfn-response/7c9e6679-7425-40de-944b-e07fc1f90ae7"));
        for path in [
            "/_ministack/cfn-response/",
            "/_ministack/cfn-response/../reset",
            "/_ministack/cfn-response/%2e%2e/reset",
            "/_ministack/reset",
        ] {
            assert!(!put(path), "{path}");
        }
        assert!(!is_answer(&Request::get("/_ministack/cfn-response/a").body(()).unwrap()));
    }
}
