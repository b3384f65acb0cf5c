//! How a refusal is worded: each AWS protocol has errors of its own.

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Request, Response, StatusCode};
use serde_json::json;

use super::admission::Refusal;
use crate::local::contract::{Body, Fault, full};
use crate::local::signature::Rejection;

/// The protocol of a request's service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// JSON, with the operation in `X-Amz-Target`; also what is answered where no protocol is recognised.
    Json,
    /// Forms in, XML out: STS, IAM, CloudFormation and others of their age.
    Query,
    /// REST with XML: S3.
    RestXml,
}

impl Protocol {
    /// Recognises a request's protocol.
    pub fn of<B>(request: &Request<B>) -> Self {
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let query = request.uri().query().unwrap_or_default();
        let authorization = header(AUTHORIZATION.as_str());
        let is_form = header(CONTENT_TYPE.as_str()).starts_with("application/x-www-form-urlencoded");
        if request.headers().contains_key("x-amz-target") {
            Self::Json
        } else if is_form || query.split('&').any(|pair| pair.starts_with("Action=")) {
            Self::Query
        } else if authorization.contains("/s3/aws4_request") || !authorization.starts_with("AWS4-") {
            Self::RestXml
        } else {
            Self::Json
        }
    }

    /// Words a refusal.
    pub fn refusal(self, refusal: &Refusal) -> Response<Body> {
        let fault = self.fault(refusal);
        self.fault_response(&fault)
    }

    /// Words a service's fault.
    pub fn fault_response(self, fault: &Fault) -> Response<Body> {
        let id = crate::local::account_key::random_text().unwrap_or_default();
        let (kind, code, message) = (sender(fault), escaped(&fault.code), escaped(&fault.message));
        let (content_type, body) = match self {
            Self::Json => {
                ("application/x-amz-json-1.1", json!({ "__type": fault.code, "message": fault.message }).to_string())
            }
            Self::Query => (
                "text/xml",
                format!(
                    "<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                     <RequestId>{id}</RequestId></ErrorResponse>"
                ),
            ),
            Self::RestXml => (
                "application/xml",
                format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{message}</Message>\
                     <RequestId>{id}</RequestId></Error>"
                ),
            ),
        };
        let mut response = Response::new(full(body));
        *response.status_mut() = StatusCode::from_u16(fault.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
        if let Ok(id) = http::HeaderValue::from_str(&id) {
            headers.insert("x-amzn-requestid", id);
        }
        if let (Self::Json, Ok(code)) = (self, http::HeaderValue::from_str(&fault.code)) {
            headers.insert("x-amzn-errortype", code);
        }
        response
    }

    /// Finds the code and status that the protocol has for a refusal.
    fn fault(self, refusal: &Refusal) -> Fault {
        let (status, code) = match refusal {
            Refusal::Fault(fault) => return fault.clone(),
            Refusal::Signature(rejection) => self.rejection(*rejection),
            Refusal::Browser | Refusal::Host | Refusal::Administrative | Refusal::Form | Refusal::Listing => {
                (403, "AccessDenied")
            }
            Refusal::ForeignAuthorization => self.rejection(Rejection::Malformed),
            Refusal::TooLarge { .. } => (413, "EntityTooLarge"),
            Refusal::Body(_) => (400, "BadRequest"),
            Refusal::Unreachable(_) => (503, "ServiceUnavailable"),
        };
        Fault { status, code: code.to_owned(), message: refusal.to_string() }
    }

    fn rejection(self, rejection: Rejection) -> (u16, &'static str) {
        match (self, rejection) {
            (Self::Json, Rejection::Malformed) => (400, "IncompleteSignatureException"),
            (Self::Query, Rejection::Malformed) => (400, "IncompleteSignature"),
            (Self::RestXml, Rejection::Malformed) => (403, "AccessDenied"),
            (Self::Json, Rejection::UnknownKey) => (400, "UnrecognizedClientException"),
            (Self::Query, Rejection::UnknownKey) => (403, "InvalidClientTokenId"),
            (Self::RestXml, Rejection::UnknownKey) => (403, "InvalidAccessKeyId"),
            (Self::Json | Self::Query, Rejection::InvalidToken) => (400, "UnrecognizedClientException"),
            (Self::RestXml, Rejection::InvalidToken) => (400, "InvalidToken"),
            (Self::Json, Rejection::Expired) => (400, "InvalidSignatureException"),
            (Self::Query, Rejection::Expired) => (400, "RequestExpired"),
            (Self::RestXml, Rejection::Expired) => (403, "RequestTimeTooSkewed"),
            (Self::Json, Rejection::Mismatch) => (400, "InvalidSignatureException"),
            (Self::Query | Self::RestXml, Rejection::Mismatch) => (403, "SignatureDoesNotMatch"),
        }
    }
}

/// Who is at fault, as the Query protocol names it.
fn sender(fault: &Fault) -> &'static str {
    if fault.status < 500 { "Sender" } else { "Receiver" }
}

/// A text within XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protocol(builder: http::request::Builder) -> Protocol {
        Protocol::of(&builder.body(()).unwrap())
    }

    #[test]
    fn protocols_are_recognised() {
        assert_eq!(protocol(Request::post("/").header("x-amz-target", "Logs_20140328.GetLogEvents")), Protocol::Json);
        assert_eq!(
            protocol(Request::post("/").header("content-type", "application/x-www-form-urlencoded; charset=utf-8")),
            Protocol::Query
        );
        assert_eq!(protocol(Request::get("/?Action=GetCallerIdentity&Version=2011-06-15")), Protocol::Query);
        assert_eq!(protocol(Request::put("/bucket/key")), Protocol::RestXml);
    }
}
