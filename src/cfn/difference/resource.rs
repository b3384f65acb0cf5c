//! Two declarations of a resource, compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::replacing::effect_of;
use super::value::Comparison;
use super::{Difference, Effect, HIDDEN, ResourceDifference, Rigour, ValueChange};
use crate::cfn::tree::type_of;
use crate::cfn::{StackTree, is_nested_stack};

/// The type of the resource by which the CDK counts its users.
const CDK_METADATA: &str = "AWS::CDK::Metadata";

/// A property whose value comes from the clock, and the type that has it.
const EXPIRY: (&str, &str) = ("AWS::AppSync::ApiKey", "Expires");

/// Compares the resources of two templates one by one: those that are there and differ, then those that are gone.
pub(super) fn differences(
    before: Option<&StackTree>,
    after: &StackTree,
    changed: &BTreeSet<&str>,
    rigour: Rigour,
) -> Vec<ResourceDifference> {
    let old: BTreeMap<&String, &Value> = before.into_iter().flat_map(|before| before.template.resources()).collect();
    let new: BTreeMap<&String, &Value> = after.template.resources().collect();
    let mut found = Vec::new();
    for (logical_id, resource) in &new {
        let nested_after = after.nested.get(*logical_id);
        match old.get(logical_id) {
            None => found.push(ResourceDifference {
                nested: nested_after
                    .map(|nested| Box::new(Difference::of_trees(None, nested, &BTreeSet::new(), rigour))),
                ..whole(Effect::Added, logical_id, resource)
            }),
            Some(former) => {
                let nested = before.and_then(|before| before.nested.get(*logical_id)).zip(nested_after);
                found.extend(difference(logical_id, former, resource, nested, changed, rigour));
            }
        }
    }
    let followers = followers(&found, &old, &new);
    found.extend(followers);
    found.sort_by(|one, other| one.logical_id.cmp(&other.logical_id));
    let gone = old.iter().filter(|(logical_id, _)| !new.contains_key(*logical_id));
    found.extend(gone.map(|(logical_id, resource)| whole(Effect::Removed, logical_id, resource)));
    found.retain(|difference| rigour == Rigour::Strict || difference.resource_type != CDK_METADATA);
    found
}

/// The resources that do not differ themselves, but refer to one that is replaced.
fn followers(
    found: &[ResourceDifference],
    old: &BTreeMap<&String, &Value>,
    new: &BTreeMap<&String, &Value>,
) -> Vec<ResourceDifference> {
    let known: BTreeSet<&str> = found.iter().map(|difference| difference.logical_id.as_str()).collect();
    let replaced = found.iter().filter(|difference| difference.effect == Effect::Replaced);
    let replaced: BTreeSet<&str> = replaced.map(|difference| difference.logical_id.as_str()).collect();
    let mut followers = Vec::new();
    for (logical_id, resource) in new.iter().filter(|(logical_id, _)| !known.contains(logical_id.as_str())) {
        let Some(former) = old.get(logical_id) else { continue };
        let mut comparison = Comparison::new(&replaced);
        comparison.compare(Some(&comparable(former)), Some(&comparable(resource)));
        let mut changes = comparison.found;
        // What differs was not worth telling.
        changes.retain(|change| !change.follows.is_empty());
        if let Some(effect) = changes.iter().map(|change| effect_of(type_of(resource), change)).max() {
            followers.push(ResourceDifference { changes, ..whole(effect, logical_id, resource) });
        }
    }
    followers
}

fn whole(effect: Effect, logical_id: &str, resource: &Value) -> ResourceDifference {
    ResourceDifference {
        logical_id: logical_id.to_owned(),
        resource_type: type_of(resource).to_owned(),
        effect,
        changes: Vec::new(),
        nested: None,
    }
}

fn difference(
    logical_id: &str,
    before: &Value,
    after: &Value,
    nested: Option<(&StackTree, &StackTree)>,
    changed: &BTreeSet<&str>,
    rigour: Rigour,
) -> Option<ResourceDifference> {
    let (mut old, mut new) = (comparable(before), comparable(after));
    if nested.is_some() {
        // The templates themselves are compared.
        [&mut old, &mut new].into_iter().for_each(|resource| drop(take_property(resource, "TemplateURL")));
    }
    let (expiring, expiry) = EXPIRY;
    if rigour == Rigour::Lenient && type_of(before) == expiring && type_of(after) == expiring {
        // Whether the key has an end at all still counts.
        for resource in [&mut old, &mut new] {
            if take_property(resource, expiry).is_some() {
                set_property(resource, expiry, Value::Null);
            }
        }
    }
    let mut comparison = Comparison::new(changed);
    comparison.compare(Some(&old), Some(&new));
    let mut changes = comparison.found;
    if nested.is_none() && is_nested_stack(after) {
        // What it would not echo is not known.
        given_otherwise(&mut changes, |_| true);
    }
    let nested = nested.map(|(before, after)| {
        let hides = |name: &str| before.template.hides(name) || after.template.hides(name);
        let changed = given_otherwise(&mut changes, hides);
        let changed = changed.iter().map(String::as_str).collect();
        Box::new(Difference::of_trees(Some(before), after, &changed, rigour))
    });
    let nested = nested.filter(|nested| !nested.is_empty());
    if changes.is_empty() && nested.is_none() {
        return None;
    }
    let effects = changes.iter().map(|change| effect_of(type_of(after), change));
    let effect = effects.max().unwrap_or(Effect::Changed);
    Some(ResourceDifference { changes, nested, ..whole(effect, logical_id, after) })
}

/// A declaration in which what means the same looks the same: dependencies are a sorted list, and there are properties.
pub(super) fn comparable(resource: &Value) -> Value {
    let mut resource = resource.clone();
    let Some(object) = resource.as_object_mut() else { return resource };
    let depends_on: Vec<Value> = match object.remove("DependsOn") {
        None => Vec::new(),
        Some(Value::Array(several)) => several,
        Some(one) => vec![one],
    };
    let mut depends_on: Vec<String> = depends_on.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    depends_on.sort();
    if !depends_on.is_empty() {
        object.insert("DependsOn".to_owned(), depends_on.into());
    }
    object.entry("Properties").or_insert_with(|| Value::Object(Map::new()));
    resource
}

fn take_property(resource: &mut Value, name: &str) -> Option<Value> {
    resource.get_mut("Properties")?.as_object_mut()?.remove(name)
}

fn set_property(resource: &mut Value, name: &str, value: Value) {
    if let Some(properties) = resource.get_mut("Properties").and_then(Value::as_object_mut) {
        properties.insert(name.to_owned(), value);
    }
}

/// The parameters of a nested stack that its parent gives other values. Values that the nested stack does not echo are taken
/// out of what its parent shows.
fn given_otherwise(changes: &mut [ValueChange], hides: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for change in changes {
        let [properties, parameters, below @ ..] = change.path.as_slice() else { continue };
        if properties != "Properties" || parameters != "Parameters" {
            continue;
        }
        match below.first().cloned() {
            Some(name) => {
                if hides(&name) {
                    let shown = [&mut change.before, &mut change.after].into_iter().flatten();
                    shown.for_each(|value| *value = HIDDEN.into());
                }
                names.insert(name);
            }
            // All parameters came or went.
            None => {
                for value in [&mut change.before, &mut change.after].into_iter().flatten() {
                    for (name, value) in value.as_object_mut().into_iter().flatten() {
                        if hides(name) {
                            *value = HIDDEN.into();
                        }
                        names.insert(name.clone());
                    }
                }
            }
        }
    }
    names
}
