//! References to what only the execution knows: outputs of stacks and of steps.

use super::stack;
use super::value::Scope;
use crate::buildspec::is_variable_name;
use crate::definition::check::Uses;
use crate::definition::grammar;
use crate::definition::model::{NESTING, OutputReference, StepReference, Value};
use crate::definition::read::{Node, Placed};
use crate::id::Name;

/// How an output of a stack is named.
const OUTPUT_FORM: &str = "`STACK.OUTPUT` in the same stage, `STAGE/STACK.OUTPUT` in an earlier one";
/// How an output of a step is named.
const STEP_FORM: &str = "`STEP.VARIABLE` in the same stage, `STAGE/STEP.VARIABLE` in an earlier one";

/// Decodes `{ output = … }` or `{ step = … }`.
pub(super) fn decode(node: &Node<'_>, scope: Scope<'_>, uses: &mut Uses) -> Option<Value> {
    let table = node.table(&grammar::REFERENCE)?;
    match (table.get("output"), table.get("step")) {
        (Some(output), None) => of_stack(&output, scope, uses),
        (None, Some(step)) => of_step(&step, scope, uses),
        (Some(_), Some(step)) => {
            step.refuse("conflicting-keys", "a reference has both `output` and `step`".to_owned(), "remove one of them")
        }
        (None, None) => {
            let message = "a reference lacks `output` or `step`";
            let diagnostic = table.context.error("missing-key", message, table.span.clone(), "one of them is required");
            table.context.report_missing(diagnostic);
            None
        }
    }
}

fn of_stack(node: &Node<'_>, scope: Scope<'_>, uses: &mut Uses) -> Option<Value> {
    let parts = parts(node, OUTPUT_FORM, is_output)?;
    let stage = stage(node, parts.stage, scope)?;
    let used = OutputReference { stage, stack: parts.of, output: parts.name };
    uses.outputs.push(Placed { value: used.clone(), span: node.span.clone() });
    Some(Value::Output(used))
}

fn of_step(node: &Node<'_>, scope: Scope<'_>, uses: &mut Uses) -> Option<Value> {
    let parts = parts(node, STEP_FORM, is_variable_name)?;
    let stage = stage(node, parts.stage, scope)?;
    let used = StepReference { stage, step: parts.of, variable: parts.name };
    uses.steps.push(Placed { value: used.clone(), span: node.span.clone() });
    Some(Value::Step(used))
}

/// Whether it is an output's logical id, perhaps behind what leads to a nested stack.
fn is_output(text: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let is_part = |part: &str| !part.is_empty() && part.chars().all(is_plain);
    match text.rsplit_once(NESTING) {
        Some((stacks, output)) => stacks.split([NESTING, '/']).all(is_part) && stack::is_logical_id(output),
        None => stack::is_logical_id(text),
    }
}

/// The parts of `STAGE/OF.NAME`.
struct Parts {
    stage: Option<Name>,
    of: Name,
    name: String,
}

fn parts(node: &Node<'_>, form: &str, is_name: impl Fn(&str) -> bool) -> Option<Parts> {
    let text = node.text()?;
    let parts = || {
        let (stage, rest) = match text.split_once('/') {
            // Behind a dot, a slash is part of what leads to a nested stack.
            Some((stage, rest)) if !stage.contains(NESTING) => (Some(stage.parse().ok()?), rest),
            Some(_) | None => (None, text.as_str()),
        };
        let (of, name) = rest.split_once('.')?;
        let is_name = !name.is_empty() && is_name(name);
        Some(Parts { stage, of: of.parse().ok()?, name: is_name.then(|| name.to_owned())? })
    };
    match parts() {
        Some(parts) => Some(parts),
        None => node.invalid(format!("`{text}` does not name an output: {form}"), form),
    }
}

/// The stage that is meant. Where it is the user's own and that one's name could not be read, which has been reported,
/// there is none.
fn stage(node: &Node<'_>, named: Option<Name>, scope: Scope<'_>) -> Option<Name> {
    match scope {
        Scope::Build => {
            let message = "the build runs before any stage, so it cannot use outputs".to_owned();
            node.refuse("later-reference", message, "not known yet")
        }
        Scope::Stage(own) => named.or_else(|| own.cloned()),
    }
}
