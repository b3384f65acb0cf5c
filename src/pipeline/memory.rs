//! What the pipeline stack remembers of assemblies and exports.
//!
//! Which stacks an assembly holds is known only where it was built. The pipeline stack's template keeps what the pipeline
//! was made of in its `Metadata`, so that it can be rendered again without the assembly: from a laptop, or from the source
//! before the build.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::definition::{Definition, Stack};
use crate::id::{Name, StackName};

/// The key in the template's metadata. The number is the format's.
const KEY: &str = "pipectl:assemblies:2";

/// The template's metadata; nothing where no stage has an assembly or a backend.
pub(super) fn metadata(definition: &Definition) -> Option<Value> {
    let stages: Map<String, Value> = definition
        .stages
        .iter()
        .filter(|stage| stage.finds_stacks())
        .map(|stage| {
            let found = stage.stacks.iter().filter(|stack| !stack.origin.is_definition());
            (stage.name.to_string(), found.map(|stack| json!(essence(stack))).collect())
        })
        .collect();
    (!stages.is_empty()).then(|| json!({ KEY: stages }))
}

/// The stack without what its own template configuration says: that may change without the pipeline.
fn essence(stack: &Stack) -> Stack {
    let mut essence = stack.clone();
    essence.tags.clear();
    essence.parameters.retain(|_, value| value.origin().is_some());
    essence
}

/// What a pipeline stack's template remembers: the stacks of each stage with an assembly.
///
/// A memory in a format that is not known counts as none.
pub fn remembered(template: &Map<String, Value>) -> BTreeMap<Name, Vec<Stack>> {
    let memory = template.get("Metadata").and_then(|metadata| metadata.get(KEY));
    memory.and_then(|memory| serde_json::from_value(memory.clone()).ok()).unwrap_or_default()
}

/// The stacks that one pipeline stack's template remembers and another does not: the app has them no more.
pub fn vanished(former: &Map<String, Value>, template: &Map<String, Value>) -> Vec<StackName> {
    let names = |template| remembered(template).into_values().flatten().map(|stack| stack.stack_name);
    let here: BTreeSet<StackName> = names(template).collect();
    names(former).filter(|name| !here.contains(name)).collect()
}
