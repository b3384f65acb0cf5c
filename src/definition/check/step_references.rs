//! Outputs of steps come from steps that export them and run before their use.

use super::references::{find_stage, not_there_yet, unknown};
use super::{Outline, StageOutline};
use crate::definition::model::{StepPosition, StepReference};
use crate::definition::read::{Context, Placed};
use crate::text;

/// Who uses an output, which decides whether a step of its own stage has run by then.
#[derive(Clone, Copy)]
enum User {
    /// A step, by its place among those of its stage.
    Step(usize),
    Stack,
}

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    for (position, stage) in outline.stages.iter().enumerate() {
        let judge = |user, used| judge(context, outline, position, user, used);
        for (number, step) in stage.steps.iter().enumerate() {
            step.uses.steps.iter().for_each(|used| judge(User::Step(number), used));
        }
        let of_stacks = stage.stacks.iter().flat_map(|stack| &stack.uses.steps);
        let of_assemblies = stage.assemblies.iter().flat_map(|assembly| &assembly.uses.steps);
        of_stacks.chain(of_assemblies).for_each(|used| judge(User::Stack, used));
    }
}

fn judge(context: &Context<'_>, outline: &Outline, user_stage: usize, user: User, used: &Placed<StepReference>) {
    let StepReference { stage, step: wanted, variable } = &used.value;
    let Some(found) = find_stage(context, outline, stage, &used.span) else { return };
    let stage = &outline.stages[found];
    let position = stage.steps.iter().position(|step| step.name.as_ref().is_some_and(|name| name.value == *wanted));
    let Some(position) = position else {
        let names: Option<Vec<&str>> =
            stage.steps.iter().map(|step| step.name.as_ref().map(|name| name.value.as_str())).collect();
        // A step whose name could not be read may be the one.
        if let Some(names) = names {
            unknown(context, "step", wanted.as_str(), &names, &used.span);
        }
        return;
    };
    let refusal =
        if found == user_stage { own_stage(stage, user, position) } else { not_there_yet(outline, user_stage, found) };
    if let Some(why) = refusal {
        let message = format!("output `{variable}` of step `{wanted}` is not known yet: {why}");
        let diagnostic = context.error("later-reference", message, used.span.clone(), "has not run by then");
        context.report(diagnostic.help("use outputs of steps that run earlier, or reorder them"));
        return;
    }
    let exports = &stage.steps[position].outputs;
    if !exports.contains(variable) {
        let message = format!("step `{wanted}` has no output `{variable}`");
        let diagnostic = context.error("unknown-output", message, used.span.clone(), "not among its `outputs`");
        let help = match text::nearest(variable, exports.iter().map(String::as_str)) {
            Some(near) => format!("an output with a similar name exists: `{near}`"),
            None => format!("add `{variable}` to the step's `outputs`"),
        };
        context.report_missing(diagnostic.help(help));
    }
}

/// The steps of a stage stand in the order in which they may use each other.
fn own_stage(stage: &StageOutline, user: User, used: usize) -> Option<String> {
    let step = &stage.steps[used];
    match user {
        User::Step(user) if user == used => Some("a step cannot use its own outputs".to_owned()),
        User::Step(user) if user < used && stage.steps[user].position == step.position => {
            Some("the step stands further down in the file".to_owned())
        }
        User::Step(user) if user < used => Some(format!("a step in `{}` runs later", step.position.key())),
        User::Stack if step.position != StepPosition::Before => {
            Some(format!("a step in `{}` runs after the change sets are made", step.position.key()))
        }
        User::Step(_) | User::Stack => None,
    }
}
