//! What the developers' channel tells of a request: who asked which service for what, and with which success.

use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};

/// A request's traits that may be told: nothing of its query and its body, where secrets may be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    client: String,
    service: String,
    operation: String,
}

impl Record {
    /// Takes down a request.
    pub fn of<B>(request: &Request<B>) -> Self {
        let headers = request.headers();
        let target = header(headers, "x-amz-target").rsplit('.').next().unwrap_or_default();
        let operation = match target {
            "" => format!("{} {}", request.method(), request.uri().path()),
            operation => operation.to_owned(),
        };
        Self {
            client: client(headers).to_owned(),
            service: service(header(headers, AUTHORIZATION.as_str())),
            operation,
        }
    }

    /// Tells what came of the request.
    pub fn answered(&self, status: StatusCode) {
        let Self { client, service, operation } = self;
        tracing::debug!(client, service, operation, status = status.as_u16(), "answered");
    }
}

/// The client by the name that the user gave it (`AWS_SDK_UA_APP_ID`: `app/NAME`), else by its product.
fn client(headers: &HeaderMap) -> &str {
    let products = ["x-amz-user-agent", USER_AGENT.as_str()].map(|name| header(headers, name).split(' '));
    let named = products.clone().into_iter().flatten().find(|product| product.starts_with("app/"));
    named.or_else(|| products.into_iter().flatten().find(|product| !product.is_empty())).unwrap_or_default()
}

/// The service in a signature's scope: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`. Empty without a signature.
fn service(authorization: &str) -> String {
    let scope = authorization.split("Credential=").nth(1).and_then(|rest| rest.split(',').next());
    scope.and_then(|scope| scope.split('/').nth(3)).unwrap_or_default().to_owned()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str =
        "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=ab";

    #[test]
    fn a_record_names_client_service_and_operation() {
        let request = Request::put("/bucket/key?X-Amz-Security-Token=t")
            .header("authorization", SIGNED)
            .header("user-agent", "aws-sdk-rust/1.3 os/linux")
            .body(())
            .unwrap();
        let record = Record::of(&request);
        assert_eq!(
            (&*record.client, &*record.service, &*record.operation),
            ("aws-sdk-rust/1.3", "s3", "PUT /bucket/key")
        );
        let named = Request::get("/").header("x-amz-user-agent", "aws-sdk-rust/1.3 app/mine").body(()).unwrap();
        assert_eq!(Record::of(&named).client, "app/mine");
        let request = Request::post("/").header("x-amz-target", "Logs_20140328.GetLogEvents").body(()).unwrap();
        assert_eq!(Record::of(&request).operation, "GetLogEvents");
        assert_eq!(Record::of(&request).service, "");
    }
}
