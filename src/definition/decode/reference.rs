//! References to what only the execution knows, outputs of stacks and of steps, and to imports.

use super::stack;
use super::value::Scope;
use crate::buildspec::is_variable_name;
use crate::definition::check::Uses;
use crate::definition::grammar;
use crate::definition::model::{IMPORTS_STEP, Import, NESTING, OutputReference, StepReference, Value};
use crate::definition::read::{Node, Placed};
use crate::id::Name;
use crate::text;

/// How an output of a stack is named.
const OUTPUT_FORM: &str = "`STACK.OUTPUT` in the same stage, `STAGE/STACK.OUTPUT` in an earlier one";
/// How an output of a step is named.
const STEP_FORM: &str = "`STEP.VARIABLE` in the same stage, `STAGE/STEP.VARIABLE` in an earlier one";

/// The forms of a reference.
const FORMS: [&str; 3] = ["output", "step", "import"];

/// Decodes `{ output = … }`, `{ step = … }` or `{ import = … }`.
pub(super) fn decode(node: &Node<'_>, scope: Scope<'_>, uses: &mut Uses) -> Option<Value> {
    let table = node.table(&grammar::REFERENCE)?;
    let given: Vec<(&str, Node<'_>)> = FORMS.iter().filter_map(|form| Some((*form, table.get(form)?))).collect();
    match given.as_slice() {
        [("output", output)] => of_stack(output, scope, uses),
        [("step", step)] => of_step(step, scope, uses),
        [(_, import)] => of_import(import, scope),
        [(first, _), (second, node), ..] => node.refuse(
            "conflicting-keys",
            format!("a reference has both `{first}` and `{second}`"),
            "remove one of them",
        ),
        [] => {
            let message = "a reference lacks `output`, `step` or `import`";
            let diagnostic = table.context.error("missing-key", message, table.span.clone(), "one of them is required");
            table.context.report_missing(diagnostic);
            None
        }
    }
}

fn of_import(node: &Node<'_>, scope: Scope<'_>) -> Option<Value> {
    let name = node.text()?;
    let Scope::Stacks(stage, imports) = scope else {
        let message = "an import goes to parameters of stacks alone, not to variables of builds".to_owned();
        return node.refuse("conflicting-keys", message, "not a parameter");
    };
    if imports.read.iter().any(|import| import.name == name && import.is_live()) {
        let step = IMPORTS_STEP.parse().ok()?;
        return Some(Value::Step(StepReference { stage: stage?.clone(), step, variable: Import::variable(&name) }));
    }
    if imports.names.iter().any(|known| known.value == name) {
        return Some(Value::Import(name));
    }
    let known: Vec<&str> = imports.names.iter().map(|known| known.value.as_str()).collect();
    let message = format!("the stage has no import `{name}`");
    let finding = node.context.error("unknown-reference", message, node.span.clone(), "no such import");
    let help = match known.as_slice() {
        [] => format!("describe it in `[stage.imports.{name}]`"),
        known => text::suggestion(&name, known, "import"),
    };
    node.context.report_missing(finding.help(help));
    None
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
        Scope::Step(own) | Scope::Stacks(own, _) => named.or_else(|| own.cloned()),
    }
}
