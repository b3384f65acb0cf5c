//! Who may do what: the emulator's IAM, asked through the plugin.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::{Value, json};

use super::contract::{Body, Caller, Fault, full};
use crate::aws::Credentials;
use crate::id::{AccountId, Region, Secret};

/// How long the plugin may take for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// The header that carries what front and plugin share.
pub(super) const TOKEN_HEADER: &str = "x-pipectl-token";

/// What the emulator knows of an access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// The secret access key.
    pub secret: Secret,
    /// The session token, for temporary credentials.
    pub session_token: Option<Secret>,
    /// The principal's account.
    pub account: AccountId,
    /// The principal's ARN.
    pub arn: String,
}

/// What a service wants a role's session for.
#[derive(Debug, Clone)]
pub struct SessionRequest<'a> {
    /// The role's ARN.
    pub role_arn: &'a str,
    /// The service that assumes the role, such as `codepipeline.amazonaws.com`.
    pub service: &'a str,
    /// The name of the session.
    pub session_name: &'a str,
    /// The account on whose behalf the service acts (`aws:SourceAccount`).
    pub source_account: &'a AccountId,
    /// The resource on whose behalf the service acts (`aws:SourceArn`).
    pub source_arn: &'a str,
    /// A session policy (JSON), which narrows the role.
    pub policy: Option<&'a str>,
}

/// The emulator's IAM. Cheap to clone.
#[derive(Clone)]
pub struct Authority {
    endpoint: String,
    token: Secret,
    client: Client<HttpConnector, Body>,
}

impl Authority {
    /// Makes a client of the plugin in the emulator at `endpoint`; `token` is what the two share.
    pub fn new(endpoint: impl Into<String>, token: Secret) -> Self {
        Self { endpoint: endpoint.into(), token, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    /// Looks an access key up; `None` for one that the emulator does not know.
    pub async fn credential(&self, access_key: &str) -> Result<Option<Credential>, Fault> {
        let answer: Option<FoundCredential> = self.ask("credential", &json!({ "access_key": access_key })).await?;
        Ok(answer.map(|found| Credential {
            secret: Secret::new(found.secret),
            session_token: found.session_token.map(Secret::new),
            account: found.account,
            arn: found.arn,
        }))
    }

    /// Checks a right; the fault of a refusal reads as AWS writes it.
    pub async fn authorize(
        &self,
        caller: &Caller,
        action: &str,
        resource: &str,
        region: &Region,
        context: &[(&str, String)],
    ) -> Result<(), Fault> {
        let context: serde_json::Map<String, Value> =
            context.iter().map(|(key, value)| ((*key).to_owned(), Value::String(value.clone()))).collect();
        let question = json!({
            "access_key": caller.access_key, "action": action, "resource": resource, "region": region, "context": context,
        });
        self.ask("authorize", &question).await
    }

    /// Hands a service a session of a role, if the role's trust policy allows it.
    pub async fn session(&self, request: &SessionRequest<'_>) -> Result<Credentials, Fault> {
        let question = json!({
            "role_arn": request.role_arn,
            "service": request.service,
            "session_name": request.session_name,
            "source_account": request.source_account,
            "source_arn": request.source_arn,
            "policy": request.policy,
        });
        let made: MadeSession = self.ask("session", &question).await?;
        Ok(Credentials {
            access_key: made.access_key,
            secret_key: Secret::new(made.secret),
            session_token: Some(Secret::new(made.session_token)),
        })
    }

    /// Makes an access key known as an account's root.
    pub async fn register_root(&self, account: &AccountId, credentials: &Credentials) -> Result<(), Fault> {
        let question = json!({
            "account": account,
            "access_key": credentials.access_key,
            "secret": credentials.secret_key.expose(),
        });
        self.ask("root", &question).await
    }

    /// Asks whether the emulator is up.
    pub async fn health(&self) -> Result<(), Fault> {
        let _: Value = self.ask("health", &json!({})).await?;
        Ok(())
    }

    /// Puts a question to the plugin.
    async fn ask<T: for<'a> Deserialize<'a>>(&self, operation: &str, question: &Value) -> Result<T, Fault> {
        let unreachable =
            |cause: String| Fault::internal(format!("the emulator did not answer `{operation}`: {cause}"));
        let request = http::Request::post(format!("{}/_pipectl/{operation}", self.endpoint))
            .header(TOKEN_HEADER, self.token.expose())
            .header("content-type", "application/json")
            .body(full(question.to_string()))
            .map_err(|error| unreachable(error.to_string()))?;
        let answer = async {
            let response = self.client.request(request).await.map_err(|error| unreachable(error.to_string()))?;
            let status = response.status();
            let bytes =
                response.into_body().collect().await.map_err(|error| unreachable(error.to_string()))?.to_bytes();
            Ok::<_, Fault>((status, bytes))
        };
        let (status, bytes) =
            tokio::time::timeout(PATIENCE, answer).await.map_err(|_| unreachable("time ran out".to_owned()))??;
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|error| unreachable(error.to_string()));
        }
        let refusal: Refusal = serde_json::from_slice(&bytes)
            .map_err(|_| unreachable(format!("HTTP {status}: {}", String::from_utf8_lossy(&bytes))))?;
        Err(Fault { status: status.as_u16(), code: refusal.code, message: refusal.message })
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Authority").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct FoundCredential {
    secret: String,
    session_token: Option<String>,
    account: AccountId,
    arn: String,
}

#[derive(Deserialize)]
struct MadeSession {
    access_key: String,
    secret: String,
    session_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    code: String,
    message: String,
}
