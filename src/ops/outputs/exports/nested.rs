//! The stacks nested in a backend's root, as resources of the project.

use indexmap::IndexMap;
use serde_json::Value;

use super::ExportsError;
use crate::amplify::client::{Project, Resource, logical_id, recognise, sign_in};
use crate::amplify::gen1::Export;
use crate::cfn::{Template, is_nested_stack};
use crate::ops::outputs::{DeployedStack, Found};

/// The service whose template has to be asked.
const GRAPHQL: &str = "AppSync";

/// The stacks nested in a root.
pub(super) struct Nested {
    /// The root's name.
    root: String,
    stacks: Vec<NestedStack>,
}

struct NestedStack {
    name: String,
    outputs: IndexMap<String, String>,
    deployed: Option<DeployedStack>,
}

impl Nested {
    /// Those that are deployed.
    pub fn of_stacks(root: String, stacks: Vec<Found>) -> Self {
        let stacks = stacks.into_iter().map(|found| NestedStack {
            name: found.name().to_owned(),
            outputs: found.outputs.outputs,
            deployed: found.deployed,
        });
        Self { root, stacks: stacks.collect() }
    }

    /// Those among saved outputs. Of stacks nested in others, which have longer names, none is meant.
    pub fn of_outputs(root: String, stacks: &[Found]) -> Self {
        let saved = stacks.iter().map(|found| NestedStack {
            name: found.name().to_owned(),
            outputs: found.outputs.outputs.clone(),
            deployed: None,
        });
        let mut stacks: Vec<NestedStack> = saved.collect();
        stacks.sort_by_key(|stack| stack.name.len());
        Self { root, stacks }
    }

    /// The outputs of a stack by its logical id, if it is there.
    pub fn outputs(&self, wanted: &str, export: &Export) -> Option<IndexMap<String, String>> {
        let known: Vec<String> = export.categories.iter().map(|resource| resource.logical_id()).collect();
        self.find(wanted, &known).map(|stack| stack.outputs.clone())
    }

    /// An output that any of them has.
    pub fn any_output(&self, name: &str) -> Option<String> {
        self.stacks.iter().find_map(|stack| stack.outputs.get(name).cloned())
    }

    /// What the stacks themselves tell, where there is no export.
    pub async fn project(&self, root: &DeployedStack, region: String) -> Result<Project, ExportsError> {
        let template = template_of(root).await?;
        let nested = template.resources().filter(|(_, resource)| is_nested_stack(resource));
        let known: Vec<String> = nested.map(|(logical_id, _)| logical_id.clone()).collect();
        let mut resources = Vec::new();
        for wanted in &known {
            let Some(stack) = self.find(wanted, &known) else { continue };
            let parameters = stack.parameters();
            let Some(service) = recognise(wanted, &stack.outputs, &parameters) else { continue };
            let sign_in = match &stack.deployed {
                Some(deployed) if service == GRAPHQL => sign_in(&template_of(deployed).await?, &parameters),
                _ => None,
            };
            resources.push(Resource {
                service: service.to_owned(),
                outputs: stack.outputs.clone(),
                parameters,
                sign_in,
            });
        }
        Ok(Project { region, resources })
    }

    fn find(&self, wanted: &str, known: &[String]) -> Option<&NestedStack> {
        let is_wanted = |stack: &&NestedStack| {
            stack.name == wanted
                || logical_id(&self.root, &stack.name, known.iter().map(String::as_str)) == Some(wanted)
        };
        self.stacks.iter().find(is_wanted)
    }
}

impl NestedStack {
    /// What its parameters were given.
    fn parameters(&self) -> IndexMap<String, Value> {
        let parameters = self.deployed.iter().flat_map(|deployed| &deployed.stack.parameters);
        parameters.map(|(name, parameter)| (name.clone(), parameter.value.as_str().into())).collect()
    }
}

async fn template_of(deployed: &DeployedStack) -> Result<Template, ExportsError> {
    let stack = deployed.stack.name.to_string();
    let text = deployed.aws.template(&deployed.stack.id).await;
    let text = text.map_err(|cause| ExportsError::Template { stack: stack.clone(), cause })?;
    Template::parse_deployed(stack.as_str().into(), &text).map_err(|report| ExportsError::NoTemplate { stack, report })
}
