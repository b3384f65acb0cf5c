//! What a comparison of templates cannot see. In doubt, it permits more.

use super::Broadening;
use crate::cfn::changed::{Changed, Unknown};
use crate::cfn::{NESTED_STACK, StackTree, is_nested_stack};

/// What is told of macros in the place of a resource.
const TRANSFORM: &str = "Transform";

/// Lists it for one stack of a tree.
pub(super) fn unseen(
    former: Option<&StackTree>,
    wanted: &StackTree,
    changed: &Changed,
    unknown: Unknown,
) -> Vec<Broadening> {
    let mut found: Vec<Broadening> = macros(former, wanted, changed, unknown).into_iter().collect();
    for (logical_id, resource) in wanted.template.resources() {
        if !is_nested_stack(resource) || wanted.nested.contains_key(logical_id) {
            continue;
        }
        let is_other = former.is_none_or(|former| changed.is_other(logical_id, resource, &former.template));
        if is_other || unknown == Unknown::PerhapsOther {
            found.push(perhaps(logical_id, NESTED_STACK, "the template of the nested stack is not among the assets"));
        }
    }
    let former = former.into_iter().flat_map(|former| former.template.resources().map(move |old| (former, old)));
    for (former, (logical_id, resource)) in former {
        let is_gone = wanted.template.resource(logical_id).is_none_or(|now| !is_nested_stack(now));
        if is_nested_stack(resource) && is_gone && !former.nested.contains_key(logical_id) {
            found.push(perhaps(logical_id, NESTED_STACK, "what the removed stack denied cannot be read"));
        }
    }
    found
}

/// What macros make of a template is known only when it is deployed.
fn macros(former: Option<&StackTree>, wanted: &StackTree, changed: &Changed, unknown: Unknown) -> Option<Broadening> {
    let words = "what macros make of the template is known only when it is deployed";
    let is_perhaps_other = changed.macros(former.map(|former| &former.template), &wanted.template, unknown);
    is_perhaps_other.then(|| perhaps(TRANSFORM, "section of the template", words))
}

fn perhaps(logical_id: &str, resource_type: &str, why: &str) -> Broadening {
    Broadening {
        logical_id: logical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        permits: format!("perhaps more: {why}"),
    }
}
