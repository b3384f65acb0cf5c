//! Webhooks: put, list, delete, register.

use serde::Deserialize;
use serde_json::{Value, json};

use super::page::page;
use super::pipeline::{Tag, tag_list, tags};
use super::{environment, filter, input, seconds, without_nulls};
use crate::id::{Environment, Secret};
use crate::local::engine::{Authentication, Engine, Filter, Registration, Tags, Webhook};
use crate::local::{Call, Fault};

const MOST_LISTED: usize = 100;
const MOST_FILTERS: usize = 5;

#[derive(Deserialize)]
struct PutInput {
    webhook: Definition,
    #[serde(default)]
    tags: Vec<Tag>,
}

/// A webhook as the API takes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Definition {
    pub name: String,
    pub target_pipeline: String,
    pub target_action: String,
    pub filters: Vec<Filter>,
    pub authentication: String,
    pub authentication_configuration: AuthenticationConfiguration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AuthenticationConfiguration {
    pub secret_token: Option<String>,
}

pub(super) fn put(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let PutInput { webhook, tags: list } = input(call)?;
    let webhook = engine.put_webhook(checked(&environment(call), webhook, tags(list))?)?;
    Ok(json!({ "webhook": item(engine, &webhook) }))
}

/// Checks a definition; a new webhook gets an address that nobody can guess.
pub(super) fn checked(environment: &Environment, definition: Definition, tags: Tags) -> Result<Webhook, Fault> {
    if definition.filters.len() > MOST_FILTERS {
        return Err(Fault::client("LimitExceededException", format!("a webhook has at most {MOST_FILTERS} filters")));
    }
    for rule in &definition.filters {
        if !filter::is_supported(&rule.json_path) {
            return Err(Fault::client(
                "InvalidWebhookFilterPatternException",
                format!("`{}` is not a JSON path of the form $.name.name or $['name'][0]", rule.json_path),
            ));
        }
    }
    let secret = definition.authentication_configuration.secret_token.filter(|secret| !secret.is_empty());
    let authentication = match (definition.authentication.as_str(), &secret) {
        ("GITHUB_HMAC", Some(_)) => Authentication::GitHubHmac,
        ("UNAUTHENTICATED", None) => Authentication::Unauthenticated,
        ("GITHUB_HMAC", None) => return Err(invalid_authentication("GITHUB_HMAC needs a SecretToken")),
        ("UNAUTHENTICATED", Some(_)) => return Err(invalid_authentication("UNAUTHENTICATED takes no SecretToken")),
        (other, _) => {
            return Err(invalid_authentication(&format!("the local endpoint has no authentication `{other}`")));
        }
    };
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| Fault::internal(format!("there is no randomness: {error}")))?;
    Ok(Webhook {
        id: hex::encode(id),
        environment: environment.clone(),
        name: definition.name,
        pipeline: definition.target_pipeline,
        action: definition.target_action,
        filters: definition.filters,
        authentication,
        registration: Registration::Unregistered,
        last_triggered: None,
        tags,
        secret: secret.map(Secret::new),
    })
}

fn invalid_authentication(message: &str) -> Fault {
    Fault::client("InvalidWebhookAuthenticationParametersException", message)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListInput {
    next_token: Option<String>,
    max_results: Option<usize>,
}

pub(super) fn list(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let ListInput { next_token, max_results } = input(call)?;
    let webhooks = engine.webhooks(&environment(call));
    let page = page(webhooks, |webhook| webhook.name.clone(), MOST_LISTED, max_results, next_token.as_deref())?;
    let items: Vec<Value> = page.items.iter().map(|webhook| item(engine, webhook)).collect();
    Ok(without_nulls(json!({ "webhooks": items, "NextToken": page.next })))
}

/// A webhook as the API gives it; its secret is masked.
fn item(engine: &Engine, webhook: &Webhook) -> Value {
    without_nulls(json!({
        "definition": {
            "name": webhook.name,
            "targetPipeline": webhook.pipeline,
            "targetAction": webhook.action,
            "filters": webhook.filters,
            "authentication": match webhook.authentication {
                Authentication::GitHubHmac => "GITHUB_HMAC",
                Authentication::Unauthenticated => "UNAUTHENTICATED",
            },
            "authenticationConfiguration": { "SecretToken": webhook.secret.as_ref().map(|_| "****") },
        },
        "url": engine.webhook_url(webhook),
        "lastTriggered": webhook.last_triggered.map(seconds),
        "arn": webhook.arn(),
        "tags": tag_list(&webhook.tags),
    }))
}

#[derive(Deserialize)]
struct DeleteInput {
    name: String,
}

pub(super) fn delete(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let DeleteInput { name } = input(call)?;
    engine.delete_webhook(&environment(call), &name)?;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RegisterInput {
    webhook_name: String,
}

pub(super) fn register(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    set_registration(engine, call, Registration::Registered)
}

pub(super) fn deregister(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    set_registration(engine, call, Registration::Unregistered)
}

fn set_registration(engine: &Engine, call: &Call, registration: Registration) -> Result<Value, Fault> {
    let RegisterInput { webhook_name } = input(call)?;
    let changed =
        engine.change_webhook(&environment(call), &webhook_name, |webhook| webhook.registration = registration)?;
    match changed {
        Some(()) => Ok(json!({})),
        None => Err(Fault::client(
            "WebhookNotFoundException",
            format!("A webhook with the name '{webhook_name}' does not exist"),
        )),
    }
}
