//! The outputs that are used against those that templates declare.

use std::collections::BTreeMap;

use super::{Check, overrides};
use crate::amplify::overridden::Changes;
use crate::definition::{OutputReference, Stack, Step, StepPosition, Value};
use crate::ops::assembly;
use crate::overrides::{Finding, Overrides};
use crate::synth::find_stack;
use crate::text;

pub(super) fn check(check: &mut Check<'_>) {
    for (position, stage) in check.stages() {
        for steps in StepPosition::ALL {
            for (number, step) in stage.steps_at(steps).into_iter().enumerate() {
                of_step(check, step, &format!("stage.{position}.{}.{number}.variables", steps.key()));
            }
        }
        for (number, stack) in stage.stacks.iter().enumerate() {
            for (name, value) in &stack.parameters {
                of_value(check, value, &format!("stage.{position}.stack.{number}.parameters.{name}"));
            }
        }
    }
}

fn of_step(check: &mut Check<'_>, step: &Step, path: &str) {
    for (name, value) in &step.environment.variables {
        of_value(check, value, &format!("{path}.{name}"));
    }
}

fn of_value(check: &mut Check<'_>, value: &Value, path: &str) {
    let Value::Output(reference) = value else { return };
    if reference.is_nested() {
        for finding in nested(check, reference).unwrap_or_default() {
            let place = check.places.span(&format!("{path}.output"));
            check.report.push(finding.diagnostic.at(check.file, place, "not given on"));
        }
        return;
    }
    let Some((template, outputs)) = declared(check, reference) else { return };
    if outputs.contains(&reference.output) {
        return;
    }
    let message = format!("template `{template}` declares no output `{}`", reference.output);
    let finding = check.error("unknown-output", message, &format!("{path}.output"), "not declared");
    let help = match text::nearest(&reference.output, outputs.iter().map(String::as_str)) {
        Some(near) => format!("an output with a similar name is declared: `{near}`"),
        None if outputs.is_empty() => "the template declares no outputs at all".to_owned(),
        None => format!("declared: {}", text::list(&outputs)),
    };
    check.report.push(finding.help(help));
}

/// What is found when a nested stack's output is given on, if the stack's assembly is there. What is wanted of an export is
/// looked at when that is rendered.
fn nested(check: &Check<'_>, reference: &OutputReference) -> Option<Vec<Finding>> {
    let origin = stack(check, reference)?.origin.assembly()?;
    let folder = check.locate(&origin.assembly);
    let assemblies = BTreeMap::from([(origin.assembly.clone(), assembly::open(&folder).ok()?)]);
    let view = find_stack(&assemblies, origin)?;
    let outputs = [reference.output.clone()];
    Some(overrides::changed(&folder, &view, Changes { overrides: &Overrides::default(), outputs: &outputs }))
}

/// The stack that is referred to.
fn stack<'a>(check: &Check<'a>, reference: &OutputReference) -> Option<&'a Stack> {
    let stage = check.definition.stages.iter().find(|stage| stage.name == reference.stage)?;
    stage.stacks.iter().find(|stack| stack.name == reference.stack)
}

/// The template of the stack that is referred to and its outputs, if the template could be read and is what is deployed:
/// a macro may add outputs.
fn declared(check: &Check<'_>, reference: &OutputReference) -> Option<(String, Vec<String>)> {
    let stack = stack(check, reference)?;
    let template = check.templates.get(stack.template.as_path())?;
    (!template.has_transform()).then(|| (stack.template.to_string(), template.outputs().into_iter().collect()))
}
