//! Answers and refusals in GitHub's form.

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::git;
use crate::local::Body;
use crate::local::contract::full;
use crate::local::github::token::Token;
use crate::process;

/// What a request is answered with.
pub(super) struct Answer {
    status: StatusCode,
    media_type: &'static str,
    body: Vec<u8>,
    accepted_scopes: &'static str,
}

impl Answer {
    /// An answer in JSON.
    pub fn json(value: Value) -> Self {
        Self::with_status(StatusCode::OK, &value)
    }

    /// An answer in JSON with another status.
    pub fn with_status(status: StatusCode, value: &Value) -> Self {
        let body = value.to_string().into_bytes();
        Self { status, media_type: "application/json; charset=utf-8", body, accepted_scopes: "repo" }
    }

    /// The bytes of a file.
    pub fn raw(body: Vec<u8>) -> Self {
        let media_type = "application/vnd.github.raw+json; charset=utf-8";
        Self { status: StatusCode::OK, media_type, body, accepted_scopes: "repo" }
    }

    /// An answer without content.
    pub fn empty() -> Self {
        Self { body: Vec::new(), ..Self::with_status(StatusCode::NO_CONTENT, &Value::Null) }
    }

    /// Says which scopes the request accepts, any one of them.
    pub fn accepting(mut self, scopes: &'static str) -> Self {
        self.accepted_scopes = scopes;
        self
    }

    /// Makes the response to a request with a token.
    pub fn into_response(self, token: &Token) -> Response<Body> {
        let mut response = Response::new(full(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        headers
            .insert(HeaderName::from_static("x-accepted-oauth-scopes"), HeaderValue::from_static(self.accepted_scopes));
        for (name, value) in [("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "4999")] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Ok(scopes) = HeaderValue::from_str(&token.scope_list()) {
            headers.insert(HeaderName::from_static("x-oauth-scopes"), scopes);
        }
        response
    }
}

/// Why a request is refused.
#[derive(Debug)]
pub(super) enum Refusal {
    /// There is no token, or an unknown one.
    BadCredentials,
    /// There is no such thing, or the token may not see it.
    NotFound,
    /// The token may not manage webhooks.
    NoHookScope,
    /// The body is no JSON, or too large.
    BadBody,
    /// The body lacks something or says something impossible.
    Invalid {
        /// The kind of thing, such as `Hook`.
        resource: &'static str,
        /// What is wrong with it.
        message: &'static str,
    },
    /// This server failed.
    Failed {
        /// Why.
        cause: String,
    },
}

impl From<git::Error> for Refusal {
    fn from(error: git::Error) -> Self {
        Self::Failed { cause: error.to_string() }
    }
}

impl From<process::Error> for Refusal {
    fn from(error: process::Error) -> Self {
        Self::Failed { cause: error.to_string() }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Failed { cause: error.to_string() }
    }
}

impl Refusal {
    /// Makes the response; the token is missing only where it was not accepted.
    pub fn into_response(self, token: Option<&Token>) -> Response<Body> {
        let (status, message, scopes) = match &self {
            Self::BadCredentials => (StatusCode::UNAUTHORIZED, "Bad credentials", "repo"),
            Self::NotFound => (StatusCode::NOT_FOUND, "Not Found", "repo"),
            Self::NoHookScope => (StatusCode::NOT_FOUND, "Not Found", super::registration::WRITE_SCOPES),
            Self::BadBody => (StatusCode::BAD_REQUEST, "Problems parsing JSON", "repo"),
            Self::Invalid { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "Validation Failed", "repo"),
            Self::Failed { cause } => (StatusCode::INTERNAL_SERVER_ERROR, cause.as_str(), "repo"),
        };
        let mut body = json!({
            "message": message,
            "documentation_url": "https://docs.github.com/rest",
            "status": status.as_u16().to_string(),
        });
        if let Self::Invalid { resource, message } = &self {
            body["errors"] = json!([{"resource": resource, "code": "custom", "message": message}]);
        }
        let answer = Answer::with_status(status, &body).accepting(scopes);
        match token {
            Some(token) => answer.into_response(token),
            None => answer.into_response(&Token::with_scopes(crate::id::Secret::new(""), Vec::<String>::new())),
        }
    }
}
