//! A value of one stack in another: outputs lead it up to the stack that holds both, parameters down to where it is used.

use serde_json::{Map, Value, json};

use super::ids;
use super::names::{Place, construct_in};
use crate::cfn::intrinsic::{attribute, reference};
use crate::cfn::{StackTree, Template};

/// What is wanted of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Its main identifier.
    Identifier,
    Attribute(String),
}

/// The stack that holds two others.
pub(super) fn common(one: &[String], other: &[String]) -> Vec<String> {
    one.iter().zip(other).take_while(|(one, other)| one == other).map(|(one, _)| one.clone()).collect()
}

/// A value on its way: what stands for it in the stack that it has come to, and of what it is.
struct Carried {
    value: Value,
    /// The logical id of the resource that it is of.
    source: String,
    /// What it is of it.
    kind: String,
    /// The path of that resource's construct.
    construct: Option<String>,
}

impl Carried {
    /// The id of what passes it on: the CDK's, or one made of logical ids.
    fn id(&self, prefix: &str) -> String {
        match &self.construct {
            Some(path) => {
                let of = ids::unique(&path.split('/').collect::<Vec<_>>());
                ids::unique(&[&format!("{prefix}{of}{}", self.kind)])
            }
            None => ids::unique(&[&format!("{}{}", self.source, self.kind.trim_start_matches("Outputs."))]),
        }
    }
}

/// Makes a value of a resource known in a stack. Returns what stands for it there.
pub(super) fn value_in(tree: &mut StackTree, stack: &[String], source: &Place, wanted: &Wanted) -> Option<Value> {
    let shared = common(stack, &source.stack);
    let (value, kind) = match wanted {
        Wanted::Identifier => (reference(&source.logical_id), "Ref".to_owned()),
        Wanted::Attribute(name) => (attribute(&source.logical_id, name), name.clone()),
    };
    let construct = construct_in(&tree.below(&source.stack)?.template, &source.logical_id).map(str::to_owned);
    let mut carried = Carried { value, source: source.logical_id.clone(), kind, construct };
    for depth in (shared.len()..source.stack.len()).rev() {
        let output = give_out(&mut tree.below_mut(&source.stack[..=depth])?.template, &carried)?;
        let nested = &source.stack[depth];
        let kind = format!("Outputs.{output}");
        let parent = &tree.below(&source.stack[..depth])?.template;
        carried = Carried {
            value: attribute(nested, &kind),
            source: nested.clone(),
            construct: construct_in(parent, nested).map(str::to_owned),
            kind,
        };
    }
    for depth in shared.len()..stack.len() {
        let parent = tree.below_mut(&stack[..depth])?;
        let name = take_in(parent, &stack[depth], &carried)?;
        carried.value = reference(&name);
    }
    Some(carried.value)
}

/// The output by which a stack gives a value on; one that there is already, if possible.
fn give_out(template: &mut Template, carried: &Carried) -> Option<String> {
    let outputs = section(template.root_mut(), "Outputs")?;
    let same = |output: &Value| output["Value"] == carried.value && output.get("Condition").is_none();
    if let Some((name, _)) = outputs.iter().find(|(_, output)| same(output)) {
        return Some(name.clone());
    }
    let name = free(outputs, carried.id(""));
    outputs.insert(name.clone(), json!({ "Value": carried.value }));
    Some(name)
}

/// The parameter by which a nested stack takes a value; one that there is already, if possible.
fn take_in(parent: &mut StackTree, nested: &str, carried: &Carried) -> Option<String> {
    let properties = parent.template.properties_mut(nested)?;
    let passed = section(properties, "Parameters")?;
    let declared = section(parent.nested.get_mut(nested)?.template.root_mut(), "Parameters")?;
    if let Some((name, _)) =
        passed.iter().find(|(name, value)| **value == carried.value && declared.contains_key(*name))
    {
        return Some(name.clone());
    }
    let name = free(declared, carried.id("reference-to-"));
    declared.insert(name.clone(), json!({ "Type": "String" }));
    passed.insert(name.clone(), carried.value.clone());
    Some(name)
}

/// A name that nothing has yet.
fn free(section: &Map<String, Value>, name: String) -> String {
    let mut number = 2;
    let mut free = name.clone();
    while section.contains_key(&free) {
        free = format!("{name}{number}");
        number += 1;
    }
    free
}

fn section<'a>(object: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    object.entry(name).or_insert_with(|| Value::Object(Map::new())).as_object_mut()
}
