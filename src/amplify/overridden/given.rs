//! Outputs of nested stacks that others use: the root, which alone is asked for outputs, gives them on.

use serde_json::{Map, Value, json};

use crate::cfn::StackTree;
use crate::cfn::intrinsic::attribute;
use crate::definition::{NESTING, output_id};
use crate::diagnostic::{Diagnostic, Report};
use crate::overrides::construct_in;
use crate::text;

/// What the CDK calls the construct around a nested stack's resource, and the resource itself.
const NESTED_CONSTRUCT: &str = ".NestedStack";

/// The longest logical id of an output.
const LONGEST: usize = 255;

/// A nested stack with its names.
struct Nested {
    /// The logical ids that lead to it.
    ids: Vec<String>,
    /// The path of its construct below the root stack; its logical ids where the template tells no path.
    name: String,
}

/// Lets the root give on an output of a nested stack. That is called by the path of its construct, or by the logical ids that
/// lead to it, and by the output's own logical id: `data/amplifyData/Todo.GetAttTodoTableName`.
pub(super) fn give_on(tree: &mut StackTree, wanted: &str, report: &mut Report) {
    let Some((stack, output)) = wanted.rsplit_once(NESTING) else { return };
    let stack = stack.replace(NESTING, "/");
    let nested = all(tree);
    let Some(found) = nested.iter().find(|nested| nested.name == stack || nested.ids.join("/") == stack) else {
        let known: Vec<&str> = nested.iter().map(|nested| nested.name.as_str()).collect();
        report.push(unknown(wanted, "nested stack", &stack, &known));
        return;
    };
    let Some(template) = tree.below(&found.ids).map(|nested| &nested.template) else { return };
    let outputs = template.outputs();
    if !template.has_transform() && !outputs.contains(output) {
        let known: Vec<&str> = outputs.iter().map(String::as_str).collect();
        report.push(unknown(wanted, "output", output, &known));
        return;
    }
    let name = output_id(wanted);
    if name.len() > LONGEST {
        let message = format!("`{wanted}` is wanted, but the output `{name}` would have {} characters", name.len());
        let help = format!("{LONGEST} are allowed: call the nested stack by the path of its construct");
        report.push(Diagnostic::error("limit", message).help(help));
        return;
    }
    let mut inner = output;
    for depth in (0..found.ids.len()).rev() {
        let declared = json!({ "Value": attribute(&found.ids[depth], &format!("Outputs.{inner}")) });
        let Some(parent) = tree.below_mut(&found.ids[..depth]) else { return };
        let outputs = parent.template.root_mut().entry("Outputs").or_insert_with(|| Value::Object(Map::new()));
        let Some(outputs) = outputs.as_object_mut() else { return };
        if outputs.get(&name).is_some_and(|former| *former != declared) {
            let message = format!("`{wanted}` is wanted, but another output is called `{name}` already");
            let help = "call the nested stack otherwise: by the path of its construct, or by its logical ids";
            report.push(Diagnostic::error("duplicate-name", message).help(help));
            return;
        }
        outputs.insert(name.clone(), declared);
        inner = &name;
    }
}

fn unknown(wanted: &str, noun: &str, part: &str, known: &[&str]) -> Diagnostic {
    let message = format!("`{wanted}` is wanted, but there is no {noun} `{part}`");
    Diagnostic::error("unknown-output", message).help(text::suggestion(part, known, noun))
}

/// The nested stacks of a tree, at any depth.
fn all(tree: &StackTree) -> Vec<Nested> {
    let mut found = Vec::new();
    collect(tree, &[], &mut found);
    found
}

fn collect(tree: &StackTree, above: &[String], found: &mut Vec<Nested>) {
    for (logical_id, below) in &tree.nested {
        let ids = [above, std::slice::from_ref(logical_id)].concat();
        let name = construct_in(&tree.template, logical_id).and_then(below_root).unwrap_or_else(|| ids.join("/"));
        collect(below, &ids, found);
        found.push(Nested { ids, name });
    }
}

/// The path of a nested stack below the root, made of that of its resource: `ROOT/data/Todo.NestedStack/…`.
fn below_root(resource: &str) -> Option<String> {
    let (_, below) = resource.split_once('/')?;
    let (construct, _) = below.rsplit_once('/')?;
    Some(construct.strip_suffix(NESTED_CONSTRUCT).unwrap_or(construct).to_owned())
}
