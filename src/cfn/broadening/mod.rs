//! What a change of a stack newly permits: the comparison behind `--require-approval broadening` and approvals with
//! `when = "broadening"`. Pure.
//!
//! ```text
//! document ─┐
//! form ─────┼─▶ rights of a resource: given, limits ─┬─▶ given now and not before, limits before and not now
//! guard ────┘                                        └─▶ given or limited now as before, but by something that changed
//! unseen: macros, and nested stacks of which nothing is known
//! ```
//!
//! Policy documents are found by their form in any resource, also as texts; all else is a row in a table. What a former
//! statement of the same resource covers is no broadening; a limit that is gone is one, also with its resource. Values,
//! conditions, mappings and what resources pass on are followed to the rights that depend on them, through nested stacks
//! too. Whatever cannot be seen counts as a broadening: only what is told by nobody passes without a question.

mod document;
mod form;
mod guard;
mod rights;
mod statement;
mod unseen;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::changed::{Changed, Unknown};
use super::{StackTree, Template};
use crate::cfn::tree::type_of;
use rights::Rights;

/// Something that a change newly permits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Broadening {
    /// The resource whose rights, or the rights to which, grow; after the nested stacks that it is in, as `api/Role`.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
    /// What is permitted, for people.
    pub permits: String,
}

/// Lists what a stack and those nested in it permit that they did not. Everything is new where there was none. `values` are
/// the parameters of the root that have, or may have, other values.
pub fn broadenings(
    former: Option<&StackTree>,
    wanted: &StackTree,
    values: &BTreeSet<&str>,
    unknown: Unknown,
) -> Vec<Broadening> {
    let values = values.iter().map(|name| (*name).to_owned()).collect();
    let changed = former.map(|former| Changed::of(former, wanted, values, unknown)).unwrap_or_default();
    let mut found = of_stack(former, wanted, &changed);
    found.extend(unseen::unseen(former, wanted, &changed, unknown));
    for (logical_id, former, wanted, values) in nested(former, wanted, &changed, unknown) {
        let values = values.iter().map(String::as_str).collect();
        let below = broadenings(former, &wanted, &values, unknown);
        found.extend(
            below
                .into_iter()
                .map(|found| Broadening { logical_id: format!("{logical_id}/{}", found.logical_id), ..found }),
        );
    }
    found
}

/// What the resources of one stack newly permit.
fn of_stack(former: Option<&StackTree>, wanted: &StackTree, changed: &Changed) -> Vec<Broadening> {
    let declared = |template: &Template, logical_id: &str, resource: &Value| {
        template.resource(logical_id).filter(|other| type_of(other) == type_of(resource)).map(Rights::of)
    };
    let told = |logical_id: &String, resource: &Value, permits: Vec<String>| {
        let broadening = |permits| Broadening {
            logical_id: logical_id.clone(),
            resource_type: type_of(resource).to_owned(),
            permits,
        };
        permits.into_iter().map(broadening).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    for (logical_id, resource) in wanted.template.resources() {
        let before = former.and_then(|former| declared(&former.template, logical_id, resource)).unwrap_or_default();
        found.extend(told(logical_id, resource, Rights::of(resource).beyond(&before, changed)));
    }
    for (logical_id, resource) in former.into_iter().flat_map(|former| former.template.resources()) {
        if declared(&wanted.template, logical_id, resource).is_none() {
            found.extend(told(logical_id, resource, Rights::of(resource).removed()));
        }
    }
    found
}

/// A nested stack: its logical id, what it was, what it becomes, and its parameters with other values.
type Nested<'a> = (&'a String, Option<&'a StackTree>, StackTree, BTreeSet<String>);

/// The nested stacks that are known, those included that are gone.
fn nested<'a>(
    former: Option<&'a StackTree>,
    wanted: &'a StackTree,
    changed: &Changed,
    unknown: Unknown,
) -> Vec<Nested<'a>> {
    let mut found: Vec<Nested<'a>> = Vec::new();
    for (logical_id, after) in &wanted.nested {
        let before = former.and_then(|former| former.nested.get(logical_id));
        let condition = |tree: &'a StackTree| tree.template.resource(logical_id)?.get("Condition")?.as_str();
        let now = condition(wanted);
        let comes_and_goes = former.is_some_and(|former| condition(former) != now)
            || now.is_some_and(|condition| changed.condition(condition).is_some());
        if comes_and_goes {
            found.push((logical_id, None, after.clone(), BTreeSet::new()));
            found.push((logical_id, before, nothing(), BTreeSet::new()));
        } else {
            let values = former.map(|former| changed.below(logical_id, former, wanted, unknown)).unwrap_or_default();
            found.push((logical_id, before, after.clone(), values));
        }
    }
    let gone = former.into_iter().flat_map(|former| &former.nested);
    let gone = gone.filter(|(logical_id, _)| !wanted.nested.contains_key(*logical_id));
    found.extend(gone.map(|(logical_id, before)| (logical_id, Some(before), nothing(), BTreeSet::new())));
    found
}

/// A stack of nothing.
fn nothing() -> StackTree {
    StackTree { template: Template::from_value(Map::new()), nested: IndexMap::new() }
}

/// The values of a property that may be one or many. What says no, or nothing, is none.
fn entries(value: Option<&Value>) -> Vec<&Value> {
    let all: Vec<&Value> = match value {
        None => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
    };
    let says_no = |value: &&Value| **value == false || **value == "false" || **value == document::no_value();
    all.into_iter().filter(|value| !says_no(value)).collect()
}
