//! Who goes first: `DependsOn`, also between resources of different stacks.

use serde_json::{Map, Value};

use super::link::common;
use super::names::Place;
use crate::cfn::StackTree;

/// Lets a resource wait for another. Where they are in different stacks, what waits is the nested stack that holds the one,
/// or it is the one that holds the other that is waited for.
pub(super) fn depend(tree: &mut StackTree, waiting: &Place, first: &Place) {
    let shared = common(&waiting.stack, &first.stack);
    let here = |place: &Place| place.stack.get(shared.len()).unwrap_or(&place.logical_id).clone();
    let (waiting, first) = (here(waiting), here(first));
    if let Some(resource) = tree.below_mut(&shared).and_then(|stack| stack.template.resource_mut(&waiting)) {
        add(resource, first);
    }
}

/// Puts a logical id before those that a resource waits for.
pub(super) fn add(resource: &mut Map<String, Value>, logical_id: String) {
    let mut ids = match resource.remove("DependsOn") {
        Some(Value::Array(ids)) => ids,
        Some(one @ Value::String(_)) => vec![one],
        _ => Vec::new(),
    };
    if !ids.iter().any(|id| *id == logical_id) {
        ids.insert(0, logical_id.into());
    }
    resource.insert("DependsOn".to_owned(), ids.into());
}
