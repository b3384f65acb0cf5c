//! A value of one stack in another: outputs lead it up to the stack that holds both, parameters down to where it is used.

use serde_json::{Map, Value, json};

use super::condition::{Need, Needs};
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

/// Why a value cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// There is no place where it could be led through.
    Nowhere,
    /// It is there under a condition only, and what is to use it is there without.
    Conditional {
        /// The condition.
        need: Need,
        /// What would need the same condition: a resource, or the stack that would pass the value on.
        by: By,
    },
}

/// What would need a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum By {
    /// A resource, by the logical ids that lead to it.
    Resource(String),
    /// A stack, by the logical ids that lead to it.
    Stack(String),
}

/// A value on its way: what stands for it in the stack that it has come to, and of what it is.
struct Carried {
    value: Value,
    /// Under what conditions it is there.
    needs: Needs,
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

/// Makes a value of a resource known to another one. Returns what stands for it there.
pub(super) fn value_for(
    tree: &mut StackTree,
    user: &Place,
    source: &Place,
    wanted: &Wanted,
) -> Result<Value, Unusable> {
    let shared = common(&user.stack, &source.stack);
    let (value, kind) = match wanted {
        Wanted::Identifier => (reference(&source.logical_id), "Ref".to_owned()),
        Wanted::Attribute(name) => (attribute(&source.logical_id, name), name.clone()),
    };
    let own = &tree.below(&source.stack).ok_or(Unusable::Nowhere)?.template;
    let construct = construct_in(own, &source.logical_id).map(str::to_owned);
    let needs = Needs::of(own, &source.logical_id, &source.stack);
    let mut carried = Carried { value, needs, source: source.logical_id.clone(), kind, construct };
    for depth in (shared.len()..source.stack.len()).rev() {
        carried = given_out(tree, &source.stack[..=depth], carried)?;
    }
    // What uses the value in the stack that it has come to: the user itself, or the nested stack that leads to it.
    let takes = user.stack.get(shared.len()).unwrap_or(&user.logical_id);
    let holding = tree.below(&shared).ok_or(Unusable::Nowhere)?;
    carried.needs.met_by(&holding.template, takes).map_err(|need| {
        let by = By::Resource([shared.as_slice(), std::slice::from_ref(takes)].concat().join("/"));
        Unusable::Conditional { need, by }
    })?;
    for depth in shared.len()..user.stack.len() {
        let parent = tree.below_mut(&user.stack[..depth]).ok_or(Unusable::Nowhere)?;
        let name = take_in(parent, &user.stack[depth], &carried).ok_or(Unusable::Nowhere)?;
        carried.value = reference(&name);
    }
    Ok(carried.value)
}

/// Leads a value out of a nested stack, into the one that holds it.
fn given_out(tree: &mut StackTree, stack: &[String], mut carried: Carried) -> Result<Carried, Unusable> {
    let (nested, outside) = stack.split_last().ok_or(Unusable::Nowhere)?;
    let template = &mut tree.below_mut(stack).ok_or(Unusable::Nowhere)?.template;
    let condition = carried
        .needs
        .gathered(template, stack)
        .map_err(|need| Unusable::Conditional { need, by: By::Stack(stack.join("/")) })?;
    let output = give_out(template, &carried, condition.as_deref()).ok_or(Unusable::Nowhere)?;
    let kind = format!("Outputs.{output}");
    let parent = tree.below(outside).ok_or(Unusable::Nowhere)?;
    Ok(Carried {
        value: attribute(nested, &kind),
        needs: carried.needs.outside(parent, nested, outside),
        source: nested.clone(),
        construct: construct_in(&parent.template, nested).map(str::to_owned),
        kind,
    })
}

/// The output by which a stack gives a value on, under the condition that the value has; one that there is already, if
/// possible.
fn give_out(template: &mut Template, carried: &Carried, condition: Option<&str>) -> Option<String> {
    let outputs = section(template.root_mut(), "Outputs")?;
    let mut output = json!({ "Value": carried.value });
    if let Some(condition) = condition {
        output["Condition"] = condition.into();
    }
    let same = |other: &Value| other["Value"] == output["Value"] && other.get("Condition") == output.get("Condition");
    if let Some((name, _)) = outputs.iter().find(|(_, output)| same(output)) {
        return Some(name.clone());
    }
    let name = free(outputs, carried.id(""));
    outputs.insert(name.clone(), output);
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
pub(super) fn free(section: &Map<String, Value>, name: String) -> String {
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
