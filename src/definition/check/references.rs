//! Outputs come from stacks that are deployed before their use; `depends-on` names stacks of the same stage.

use std::ops::Range;

use super::{Outline, StackKind, StackOutline, StageOutline};
use crate::definition::model::{OutputReference, StepPosition};
use crate::definition::read::{Context, Placed};
use crate::id::Name;
use crate::text;

/// Who uses an output, which decides whether stacks of its own stage are deployed by then.
#[derive(Clone, Copy)]
enum User<'a> {
    Step(StepPosition),
    Stack(&'a StackOutline),
    Assembly,
}

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    for (position, stage) in outline.stages.iter().enumerate() {
        let judge = |user, reference| judge(context, outline, position, user, reference);
        for step in &stage.steps {
            step.uses.outputs.iter().for_each(|used| judge(User::Step(step.position), used));
        }
        for stack in &stage.stacks {
            stack.uses.outputs.iter().for_each(|used| judge(User::Stack(stack), used));
            depends_on(context, stage, stack);
        }
        let of_assemblies = stage.assemblies.iter().flat_map(|assembly| &assembly.uses.outputs);
        of_assemblies.for_each(|used| judge(User::Assembly, used));
    }
}

fn judge(context: &Context<'_>, outline: &Outline, user_stage: usize, user: User<'_>, used: &Placed<OutputReference>) {
    let reference = &used.value;
    let Some(found) = find_stage(context, outline, &reference.stage, &used.span) else { return };
    let stage = &outline.stages[found];
    if stage.position_of(&reference.stack).is_none() && stage.knows_its_stacks() {
        unknown_stack(context, stage, used);
        return;
    }
    // An assembly's stack can be found only by a build, but its stage stands here.
    if stage.position_of(&reference.stack).is_none() && stage.assemblies.is_empty() {
        return;
    }
    let kind = stage.position_of(&reference.stack).map(|position| stage.stacks[position].kind);
    if reference.is_nested() && kind == Some(StackKind::Template) {
        let message = format!(
            "`{}` is an output of a nested stack, but only Amplify backends and stacks of CDK apps give those on",
            reference.output
        );
        let diagnostic =
            context.error("unknown-reference", message, used.span.clone(), "not an output of the stack itself");
        context.report(diagnostic.help("use an output of the stack itself; what declares it can declare another"));
    }
    let refusal =
        if found == user_stage { own_stage(user, reference) } else { not_there_yet(outline, user_stage, found) };
    if let Some(why) = refusal {
        let message = format!("output `{}` of stack `{}` is not known yet: {why}", reference.output, reference.stack);
        let diagnostic = context.error("later-reference", message, used.span.clone(), "not deployed by then");
        context.report(diagnostic.help("use outputs of stacks that are deployed earlier, or reorder the stages"));
    }
}

fn own_stage(user: User<'_>, reference: &OutputReference) -> Option<String> {
    match user {
        User::Step(StepPosition::Before) => Some("a step before runs before the stage's stacks".to_owned()),
        User::Step(StepPosition::Between) => Some("a step between runs before the stage's stacks change".to_owned()),
        User::Step(StepPosition::Deploy) => Some("`ampx` deploys while the stage's stacks change".to_owned()),
        User::Stack(stack) if stack.name.as_ref().is_some_and(|name| name.value == reference.stack) => {
            Some("a stack cannot use its own outputs".to_owned())
        }
        User::Stack(_) | User::Assembly | User::Step(StepPosition::After) => None,
    }
}

/// Why another stage has not done its work when the user's begins.
pub(super) fn not_there_yet(outline: &Outline, user_stage: usize, used_stage: usize) -> Option<String> {
    let (user, used) = (&outline.stages[user_stage], &outline.stages[used_stage]);
    let name = used.name.as_ref().map(|name| name.value.as_str()).unwrap_or_default();
    if used_stage > user_stage {
        return Some(format!("stage `{name}` comes later"));
    }
    let share_a_wave =
        user.wave.is_some() && user.wave.as_ref().map(|wave| &wave.value) == used.wave.as_ref().map(|wave| &wave.value);
    share_a_wave.then(|| format!("stage `{name}` runs in the same wave, at the same time"))
}

/// Finds a stage, or reports that there is none.
pub(super) fn find_stage(context: &Context<'_>, outline: &Outline, stage: &Name, span: &Range<usize>) -> Option<usize> {
    let found = outline.position_of(stage);
    // A stage that could not be read may have this name.
    if found.is_none() && outline.knows_its_stages() {
        let names: Vec<&str> =
            outline.stages.iter().filter_map(|stage| stage.name.as_ref()).map(|name| name.value.as_str()).collect();
        unknown(context, "stage", stage.as_str(), &names, span);
    }
    found
}

fn unknown_stack(context: &Context<'_>, stage: &StageOutline, used: &Placed<OutputReference>) {
    let names: Vec<&str> = stage.stack_names().map(Name::as_str).collect();
    unknown(context, "stack", used.value.stack.as_str(), &names, &used.span);
}

/// Reports a name that nothing has.
pub(super) fn unknown(context: &Context<'_>, noun: &str, name: &str, names: &[&str], span: &Range<usize>) {
    let message = format!("there is no {noun} `{name}`");
    let mut diagnostic = context.error("unknown-reference", message, span.clone(), format!("no such {noun}"));
    if let Some(near) = text::nearest(name, names.iter().copied()) {
        diagnostic = diagnostic.help(format!("a {noun} with a similar name exists: `{near}`"));
    } else if !names.is_empty() && names.len() <= 10 {
        diagnostic = diagnostic.help(format!("known: {}", text::list(names)));
    }
    context.report_missing(diagnostic);
}

fn depends_on(context: &Context<'_>, stage: &StageOutline, stack: &StackOutline) {
    for wanted in &stack.depends_on {
        if stage.position_of(&wanted.value).is_none() && stage.knows_its_stacks() {
            let names: Vec<&str> = stage.stack_names().map(Name::as_str).collect();
            unknown(context, "stack", wanted.value.as_str(), &names, &wanted.span);
        }
    }
}
