//! How resources are called, and which of them are meant.

use serde_json::Value;

use super::Selector;
use crate::cfn::{StackTree, Template};

/// The metadata in which the CDK writes the path of a resource's construct.
const CDK_PATH: &str = "aws:cdk:path";
/// Ends of such paths that nobody writes.
const SILENT_ENDS: [&str; 2] = ["/Resource", "/Default"];

/// A further name of a nested stack of the root, such as its category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name; several stacks may have the same.
    pub name: String,
    /// The logical id of the stack.
    pub logical_id: String,
}

/// Where a resource is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The logical ids that lead to its stack.
    pub stack: Vec<String>,
    pub logical_id: String,
}

/// A resource with its names.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub place: Place,
    pub resource_type: String,
    /// The first is the one that messages use.
    names: Vec<String>,
}

impl Named {
    /// What messages call it.
    pub fn name(&self) -> &str {
        self.names.first().map_or(&self.place.logical_id, String::as_str)
    }

    /// All that it may be called.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}

/// The resources of a tree.
pub(super) fn all(tree: &StackTree, aliases: &[Alias]) -> Vec<Named> {
    let mut found = Vec::new();
    collect(tree, &mut Vec::new(), aliases, &mut found);
    found
}

fn collect(tree: &StackTree, stack: &mut Vec<String>, aliases: &[Alias], found: &mut Vec<Named>) {
    for (logical_id, resource) in tree.template.resources() {
        let mut names = Vec::new();
        if let Some(below) = construct(resource).and_then(|path| Some(path.split_once('/')?.1)) {
            let short = SILENT_ENDS.iter().find_map(|end| below.strip_suffix(end));
            names.extend(short.into_iter().chain([below]).map(str::to_owned));
        }
        let ids = [stack.as_slice(), std::slice::from_ref(logical_id)].concat();
        names.push(ids.join("/"));
        let aliases = aliases.iter().filter(|alias| ids.len() > 1 && alias.logical_id == ids[0]);
        names.extend(aliases.map(|alias| format!("{}/{}", alias.name, ids[1..].join("/"))));
        let place = Place { stack: stack.clone(), logical_id: logical_id.clone() };
        let resource_type = resource.get("Type").and_then(Value::as_str).unwrap_or_default().to_owned();
        found.push(Named { place, resource_type, names });
    }
    for (logical_id, nested) in &tree.nested {
        stack.push(logical_id.clone());
        collect(nested, stack, aliases, found);
        stack.pop();
    }
}

/// The path of a resource's construct, from the top of the app.
pub(super) fn construct(resource: &Value) -> Option<&str> {
    resource.get("Metadata")?.get(CDK_PATH)?.as_str()
}

/// The metadata of a resource that is a construct.
pub(super) fn metadata(path: &str) -> Value {
    serde_json::json!({ CDK_PATH: path })
}

/// The path of the construct that a resource of a template is, from the top of the app.
pub fn construct_in<'a>(template: &'a Template, logical_id: &str) -> Option<&'a str> {
    template.resource(logical_id).and_then(construct)
}

/// The resources of a name.
pub(super) fn called<'a>(named: &'a [Named], name: &str) -> Vec<&'a Named> {
    let name = name.trim_matches('/');
    named.iter().filter(|resource| resource.names.iter().any(|own| own == name)).collect()
}

/// The only resource of some types that is in a stack of a name.
pub(super) fn only_below<'a>(named: &'a [Named], stack: &str, types: &[&str]) -> Option<&'a Named> {
    let stack = format!("{}/", stack.trim_matches('/'));
    let is_in_it = |name: &String| name.strip_prefix(&stack).is_some_and(|rest| !rest.contains('/'));
    let mut found = named
        .iter()
        .filter(|resource| types.contains(&resource.resource_type.as_str()) && resource.names.iter().any(is_in_it));
    found.next().filter(|_| found.next().is_none())
}

/// The resources that are meant, but for those that can have tags, which only `tags` knows.
pub(super) fn selected<'a>(named: &'a [Named], selector: &Selector) -> Vec<&'a Named> {
    match selector {
        Selector::Resource(name) => called(named, name),
        Selector::Type(wanted) => named.iter().filter(|resource| resource.resource_type == *wanted).collect(),
        Selector::Taggable => named.iter().collect(),
    }
}
