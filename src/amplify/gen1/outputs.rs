//! Outputs of nested stacks that others use: the root, which alone is asked for outputs, gives them on.

use serde_json::{Map, Value, json};

use super::findings::Findings;
use super::manifest::CategoryResource;
use crate::cfn::StackTree;
use crate::cfn::intrinsic::attribute;
use crate::definition::{NESTING, output_id};

/// Adds outputs to the root. A nested stack is called by its logical id, or by its category where that has one only.
pub(super) fn add(
    root: &mut StackTree,
    wanted: &[String],
    categories: &[CategoryResource],
    findings: &mut Findings<'_>,
) {
    for wanted in wanted {
        let parts: Vec<&str> = wanted.split(NESTING).collect();
        if let [stacks @ .., output] = parts.as_slice() {
            Adding { wanted, categories }.give_on(root, stacks, output, findings);
        }
    }
}

struct Adding<'a> {
    /// The whole name of the output.
    wanted: &'a str,
    /// The resources of the project.
    categories: &'a [CategoryResource],
}

impl Adding<'_> {
    /// Lets a stack give on an output of a stack in it. Returns the name that it has there.
    fn give_on(
        &self,
        stack: &mut StackTree,
        stacks: &[&str],
        output: &str,
        findings: &mut Findings<'_>,
    ) -> Option<String> {
        let [first, below @ ..] = stacks else {
            let outputs = stack.template.outputs();
            if stack.template.has_transform() || outputs.contains(output) {
                return Some(output.to_owned());
            }
            let known: Vec<&str> = outputs.iter().map(String::as_str).collect();
            findings.unknown_wanted(self.wanted, output, &known, "output");
            return None;
        };
        let logical_id = self.find(stack, first, findings)?;
        let inner = self.give_on(stack.nested.get_mut(&logical_id)?, below, output, findings)?;
        let name = output_id(&[stacks, &[output]].concat().concat());
        let declared = json!({ "Value": attribute(&logical_id, &format!("Outputs.{inner}")) });
        let outputs = stack.template.root_mut().entry("Outputs").or_insert_with(|| Value::Object(Map::new()));
        let former = outputs.as_object_mut()?.insert(name.clone(), declared.clone());
        if former.is_some_and(|former| former != declared) {
            findings.ambiguous_output(&name);
        }
        Some(name)
    }

    /// The logical id of a nested stack.
    fn find(&self, stack: &StackTree, part: &str, findings: &mut Findings<'_>) -> Option<String> {
        if stack.nested.contains_key(part) {
            return Some(part.to_owned());
        }
        let of_category = self.categories.iter().filter(|resource| resource.category == part);
        let ids: Vec<String> =
            of_category.map(CategoryResource::logical_id).filter(|id| stack.nested.contains_key(id)).collect();
        match ids.as_slice() {
            [only] => Some(only.clone()),
            [] => {
                let known: Vec<&str> = stack.nested.keys().map(String::as_str).collect();
                findings.unknown_wanted(self.wanted, part, &known, "nested stack");
                None
            }
            several => {
                let known: Vec<&str> = several.iter().map(String::as_str).collect();
                findings.ambiguous_wanted(self.wanted, part, &known);
                None
            }
        }
    }
}
