//! What can happen to a call.

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};

use super::proxy::{Call, Protocol};

/// What happens to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The service does the work; the connection is cut before the answer.
    Lost,
    /// The service does the work; the process is killed.
    Killed,
    /// The caller lacks a right.
    Denied,
    /// The service does the work; what comes back is not its answer.
    Garbled,
    /// The service is asked too much.
    Busy,
    /// The service fails.
    Broken,
    /// The connection is cut before the service hears anything.
    Cut,
    /// The credentials are no longer valid.
    Expired,
    /// From now on the network is gone.
    Down,
}

/// How a run may end that met a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// As if nothing had happened.
    Done,
    /// So, or with one of these exit codes.
    Code(&'static [i32]),
}

impl Kind {
    /// All kinds, in the order in which they take turns.
    pub const ALL: [Self; 9] = [
        Self::Lost,
        Self::Killed,
        Self::Denied,
        Self::Garbled,
        Self::Busy,
        Self::Broken,
        Self::Cut,
        Self::Expired,
        Self::Down,
    ];

    /// The kinds that every call meets that writes: what was written is in doubt, or half of the work is done.
    pub const OF_WRITES: [Self; 4] = [Self::Lost, Self::Killed, Self::Denied, Self::Garbled];

    /// Whether the service does the work.
    pub fn has_effect(self) -> bool {
        matches!(self, Self::Lost | Self::Killed | Self::Garbled)
    }

    /// How a run may end that met this in a call. What is only busy, broken or cut off for a moment is asked again.
    pub fn expected(self, call: &Call) -> Expected {
        match self {
            // An answer without a body does not tell why.
            Self::Expired if call.is_head => Expected::Code(&[5]),
            Self::Lost | Self::Busy | Self::Broken | Self::Cut => Expected::Done,
            // A role that the caller may not assume tells that the environment was not prepared for it; in a pipeline,
            // that a push names an environment for the first time.
            Self::Denied => Expected::Code(&[3, 4, 5]),
            Self::Garbled | Self::Down => Expected::Code(&[5]),
            Self::Expired => Expected::Code(&[4]),
            Self::Killed => Expected::Code(&[]),
        }
    }

    /// What is answered in the service's place, if anything is.
    pub fn answer(self, call: &Call) -> Option<Response<Bytes>> {
        use Protocol::{GitHub, Json, Query, Storage};

        let (status, code, message) = match (self, call.protocol) {
            (Self::Busy, Json) => (400, "ThrottlingException", "Rate exceeded"),
            (Self::Busy, Query) => (400, "Throttling", "Rate exceeded"),
            (Self::Busy, Storage) => (503, "SlowDown", "Please reduce your request rate."),
            (Self::Busy, GitHub) => (503, "", "Service unavailable"),
            (Self::Broken, Storage) => (500, "InternalError", "We encountered an internal error. Please try again."),
            (Self::Broken, _) => (500, "InternalFailure", "An internal failure occurred"),
            (Self::Denied, Json) => (400, "AccessDeniedException", "no policy allows this call"),
            (Self::Denied, GitHub) => (403, "", "Resource not accessible by personal access token"),
            (Self::Denied, _) => (403, "AccessDenied", "no policy allows this call"),
            (Self::Expired, Json) => (400, "ExpiredTokenException", "The security token is expired"),
            (Self::Expired, GitHub) => (401, "", "Bad credentials"),
            (Self::Expired, Storage) => (400, "ExpiredToken", "The provided token has expired."),
            (Self::Expired, Query) => (403, "ExpiredToken", "The security token is expired"),
            (Self::Garbled, _) => return Some(response(200, "text/html", "<html>sign in to the network</html>")),
            (Self::Lost | Self::Killed | Self::Cut | Self::Down, _) => return None,
        };
        let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        Some(match call.protocol {
            Json => response(
                status,
                "application/x-amz-json-1.1",
                &serde_json::json!({ "__type": code, "message": message }).to_string(),
            ),
            GitHub => response(status, "application/json", &serde_json::json!({ "message": message }).to_string()),
            Query => response(status, "text/xml", &format!("<ErrorResponse>{error}</ErrorResponse>")),
            // An answer to HEAD has no body.
            Storage if call.is_head => response(status, "application/xml", ""),
            Storage => response(status, "application/xml", &error),
        })
    }
}

fn response(status: u16, kind: &'static str, body: &str) -> Response<Bytes> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    let mut response = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    *response.headers_mut() = headers;
    response
}
