//! Variables of an execution: outputs of stacks, of steps and of reviews, and the namespaces that CodePipeline keeps them
//! in.
//!
//! Names have no underscore, so that no two namespaces are alike.

use std::collections::BTreeSet;

use crate::definition::{Definition, Stage, Value};
use crate::id::Name;

/// The namespace of what PublishAssets says.
pub const PUBLISH_NAMESPACE: &str = "PublishAssets";

/// The namespace of a stack's outputs.
pub(super) fn stack_namespace(stage: &Name, stack: &Name) -> String {
    format!("{stage}_{stack}")
}

/// The namespace of a step's outputs.
pub(super) fn step_namespace(stage: &Name, step: &Name) -> String {
    format!("{stage}_step_{step}")
}

/// The namespace of what a stage's review says.
pub fn review_namespace(stage: &Name) -> String {
    format!("{stage}__Review")
}

/// The namespaces that parameters and variables refer to.
pub(super) fn used_namespaces(definition: &Definition) -> BTreeSet<String> {
    definition.stages.iter().flat_map(|stage| values(stage).filter_map(|value| Some(variable(value)?.0))).collect()
}

/// The other stages whose outputs a stage uses.
pub(super) fn used_stages(stage: &Stage) -> BTreeSet<&Name> {
    let used = values(stage).filter_map(|value| match value {
        Value::Literal(_) | Value::Import(_) => None,
        Value::Output(used) => Some(&used.stage),
        Value::Step(used) => Some(&used.stage),
    });
    used.filter(|used| **used != stage.name).collect()
}

/// The values of a stage's parameters and variables.
fn values(stage: &Stage) -> impl Iterator<Item = &Value> {
    let parameters = stage.stacks.iter().flat_map(|stack| stack.parameters.values());
    parameters.chain(stage.steps().flat_map(|(_, step)| step.environment.variables.values()))
}

/// What stands for a value that only the execution knows.
pub fn placeholder(value: &Value) -> Option<String> {
    variable(value).map(|(namespace, key)| format!("#{{{namespace}.{key}}}"))
}

/// The namespace and the key of a value that only the execution knows.
fn variable(value: &Value) -> Option<(String, String)> {
    match value {
        Value::Literal(_) | Value::Import(_) => None,
        Value::Output(used) => Some((stack_namespace(&used.stage, &used.stack), used.output_id())),
        Value::Step(used) => Some((step_namespace(&used.stage, &used.step), used.variable.clone())),
    }
}
