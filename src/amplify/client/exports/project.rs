//! What is known of a Gen 1 backend when it is deployed.

use indexmap::IndexMap;
use serde_json::Value;

use crate::amplify::gen1::{Export, ExportedStack, ExportedTemplate};
use crate::cfn::Template;

/// The type of the resource that tells how one signs in at a GraphQL API.
const GRAPHQL_API: &str = "AWS::AppSync::GraphQLApi";

/// A deployed Gen 1 backend.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Its region.
    pub region: String,
    /// Its resources.
    pub resources: Vec<Resource>,
}

/// A resource of the project: a nested stack, in the words of CloudFormation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource {
    /// What it is made with, such as `AppSync`.
    pub service: String,
    /// The outputs of its stack.
    pub outputs: IndexMap<String, String>,
    /// What the stack's parameters were given, as far as it is known. A list is a list, or a text with commas.
    pub parameters: IndexMap<String, Value>,
    /// How one signs in at it, if it is a GraphQL API.
    pub sign_in: Option<String>,
}

impl Project {
    /// Whether there are users, but nothing tells how they sign up and in.
    pub fn lacks_rules(&self) -> bool {
        self.of_services(&["Cognito"]).first().is_some_and(|users| !super::auth::has_rules(users))
    }

    /// The resources made with one of some services.
    pub(super) fn of_services(&self, names: &[&str]) -> Vec<&Resource> {
        self.resources.iter().filter(|resource| names.contains(&resource.service.as_str())).collect()
    }

    /// The resources of an export, with the outputs of those of their stacks that are there.
    pub fn of_export(
        export: &Export,
        region: String,
        outputs: impl Fn(&str) -> Option<IndexMap<String, String>>,
    ) -> Self {
        let resource = |logical_id: String, service: &String| {
            let stack = export.root.nested.get(&logical_id);
            Some(Resource {
                service: service.clone(),
                outputs: outputs(&logical_id)?,
                parameters: stack.map(|stack| stack.parameters.clone()).unwrap_or_default(),
                sign_in: stack.and_then(sign_in_of),
            })
        };
        let listed = export.categories.iter();
        Self { region, resources: listed.filter_map(|listed| resource(listed.logical_id(), &listed.service)).collect() }
    }
}

impl Resource {
    /// An output as a JSON text.
    pub(super) fn output(&self, name: &str) -> Option<Value> {
        self.outputs.get(name).map(|value| value.as_str().into())
    }

    /// An output that is not empty, as a JSON text.
    pub(super) fn output_with_text(&self, name: &str) -> Option<Value> {
        self.outputs.get(name).filter(|value| !value.is_empty()).map(|value| value.as_str().into())
    }

    /// A parameter's text.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)?.as_str()
    }
}

fn sign_in_of(stack: &ExportedStack) -> Option<String> {
    match &stack.template {
        ExportedTemplate::Read(template) => sign_in(template, &stack.parameters),
        ExportedTemplate::Broken | ExportedTemplate::Missing => None,
    }
}

/// How one signs in at the GraphQL API of a template, whose parameters have these values.
pub fn sign_in(template: &Template, parameters: &IndexMap<String, Value>) -> Option<String> {
    let (_, api) = template.resources().find(|(_, resource)| resource["Type"].as_str() == Some(GRAPHQL_API))?;
    let value = api.pointer("/Properties/AuthenticationType")?;
    let value = match value.get("Ref").and_then(Value::as_str) {
        None => value.clone(),
        Some(name) => parameters.get(name).cloned().or_else(|| template.parameters().remove(name)?.default)?,
    };
    value.as_str().map(str::to_owned)
}
