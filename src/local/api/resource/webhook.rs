//! `AWS::CodePipeline::Webhook`.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde_json::{Map, Value, json};

use super::properties::{is_true, tags, text, to_api};
use super::{environment, generated_name, reason};
use crate::local::api::webhook::{Definition, checked};
use crate::local::engine::{Engine, Registration};
use crate::local::{Provisioned, ResourceCall, ResourceType};

const LONGEST_NAME: usize = 100;

/// The resource type of webhooks.
#[derive(Debug, Clone)]
pub struct WebhookType {
    engine: Engine,
}

impl WebhookType {
    /// The name of the type.
    pub const NAME: &str = "AWS::CodePipeline::Webhook";

    /// Makes the type of an engine.
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    fn put(&self, call: &ResourceCall) -> Result<Provisioned, String> {
        let environment = environment(call);
        let named = call.properties.get("Name").map(text).filter(|name| !name.is_empty());
        let name = match (named, call.physical_id.as_str()) {
            (Some(name), _) => name,
            (None, "") => generated_name(call, LONGEST_NAME)?,
            (None, known) => known.to_owned(),
        };
        let wanted =
            checked(&environment, definition(&call.properties, &name)?, tags(&call.properties)).map_err(reason)?;
        let webhook = self.engine.put_webhook(wanted).map_err(reason)?;
        let registration = if is_true(call.properties.get("RegisterWithThirdParty")) {
            Registration::Registered
        } else {
            Registration::Unregistered
        };
        self.engine
            .change_webhook(&environment, &name, |webhook| webhook.registration = registration)
            .map_err(reason)?;
        Ok(Provisioned {
            physical_id: name,
            attributes: BTreeMap::from([("Url".to_owned(), json!(self.engine.webhook_url(&webhook)))]),
        })
    }
}

/// The definition that properties describe. `TargetPipelineVersion` is there for CloudFormation's sake only.
fn definition(properties: &Value, name: &str) -> Result<Definition, String> {
    let property = |name: &str| properties.get(name).cloned().unwrap_or(Value::Null);
    let definition: Map<String, Value> = [
        ("name", json!(name)),
        ("targetPipeline", property("TargetPipeline")),
        ("targetAction", property("TargetAction")),
        ("filters", to_api(&property("Filters"))),
        ("authentication", property("Authentication")),
        ("authenticationConfiguration", property("AuthenticationConfiguration")),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    serde_json::from_value(Value::Object(definition)).map_err(|error| format!("Properties validation failed: {error}"))
}

impl ResourceType for WebhookType {
    fn create(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(async move { self.put(&call) })
    }

    fn update(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(async move { self.put(&call) })
    }

    fn delete(&self, call: ResourceCall) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async move { self.engine.delete_webhook(&environment(&call), &call.physical_id).map_err(reason) })
    }
}
