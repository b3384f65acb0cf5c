//! Builds around the stacks become steps.

use super::layout::{Item, Moment};
use super::old::{OldAction, OldPipeline, Work};
use super::outputs::Outputs;
use super::project::{self, Owner};
use super::remark::Remarks;
use super::source;
use crate::definition::{CommentPlace, Step, StepInput};
use crate::id::Name;
use crate::text;

/// Makes a step of a build; nothing if it has no commands.
pub(super) fn step(
    old: &OldPipeline<'_>,
    item: &Item<'_, '_>,
    stage: &Name,
    name: Name,
    outputs: &Outputs<'_>,
    remarks: &mut Remarks,
) -> Option<Step> {
    let place = CommentPlace::Step { stage: stage.clone(), step: name.clone() };
    if old.project(item.action).is_none() {
        remarks.lost(
            &CommentPlace::Stage(stage.clone()),
            format!("the step `{}`, whose project is not part of the old pipeline stack", item.name),
            "add a step with its commands",
        );
        return None;
    }
    let mut own = Remarks::default();
    if let Moment::Between(Some(stack)) = &item.moment {
        own.changed(&place, format!("it held the stack `{stack}` alone; now it holds all stacks of the stage"));
    }
    let (work, environment) = project::build(old, item.action, Owner::Stage(stage), outputs, &place, &mut own);
    let inputs = inputs(old, item.action, &place, &mut own);
    if work.commands.is_empty() {
        own.lost(
            &CommentPlace::Stage(stage.clone()),
            format!("the step `{}`, which has no commands", item.name),
            "add a step with its commands",
        );
        remarks.append_at(own, &CommentPlace::Stage(stage.clone()));
        return None;
    }
    remarks.append(own);
    let mut outputs = work.exports;
    // CodeBuild exports no such variables either.
    outputs.retain(|variable| !variable.starts_with("AWS_"));
    outputs.dedup();
    Some(Step { name, commands: work.commands, environment, inputs, outputs })
}

/// What a build sees.
pub(super) fn inputs(
    old: &OldPipeline<'_>,
    action: &OldAction<'_>,
    place: &CommentPlace,
    remarks: &mut Remarks,
) -> Vec<StepInput> {
    let main = old.main_source();
    let is_main = |artifact: &str| main.is_some_and(|main| main.outputs.iter().any(|output| output == artifact));
    let mut inputs = Vec::new();
    let first = action.main_input().unwrap_or_default();
    let others = action.inputs.iter().map(String::as_str).filter(|artifact| *artifact != first);
    for artifact in std::iter::once(first).filter(|artifact| !artifact.is_empty()).chain(others) {
        if is_main(artifact) {
            inputs.push(StepInput::Source);
        } else if artifact == old.assembly {
            inputs.push(StepInput::Assembly);
        } else {
            tell_of_foreign_input(old, action, artifact, place, remarks);
        }
    }
    inputs.dedup();
    if inputs.is_empty() { vec![StepInput::Source] } else { inputs }
}

/// Tells of an input that a build cannot have.
pub(super) fn tell_of_foreign_input(
    old: &OldPipeline<'_>,
    action: &OldAction<'_>,
    artifact: &str,
    place: &CommentPlace,
    remarks: &mut Remarks,
) {
    match old.maker(artifact) {
        Some(maker) if maker.work == Work::Source && action.inputs.len() == 1 => remarks.changed(
            place,
            format!(
                "it saw the source {}, which CDK Pipelines takes, as the first by name, where a step names none; now it sees \
                 the main source",
                source::describe(old, maker)
            ),
        ),
        Some(maker) if maker.work == Work::Source => remarks.lost(
            place,
            format!("the additional input {}{}", source::describe(old, maker), folder(old, action, artifact)),
            "clone it by a command, or make it a submodule",
        ),
        Some(maker) => remarks.lost(
            place,
            format!("the input that the step `{}` gave out", maker.name),
            "put the commands of both into one step, or hand files over by a bucket",
        ),
        None => remarks.lost(place, format!("the input `{artifact}`"), "fetch it by a command"),
    }
}

/// Where an additional input is put, from the command that links it there.
fn folder(old: &OldPipeline<'_>, action: &OldAction<'_>, artifact: &str) -> String {
    let buildspec = old.buildspec(action).map(|buildspec| buildspec.text.replace('\\', "")).unwrap_or_default();
    let place = buildspec.split_once(&format!("$CODEBUILD_SRC_DIR_{artifact}\" \"")).map(|(_, rest)| rest);
    let place = place.and_then(|rest| rest.split('"').next());
    place.map(|folder| format!(", which stood at `{folder}`")).unwrap_or_default()
}

/// Tells of a build that stands where no step can.
pub(super) fn lost(
    old: &OldPipeline<'_>,
    item: &Item<'_, '_>,
    when: &str,
    place: &CommentPlace,
    remarks: &mut Remarks,
) {
    let work = super::commands::work(old, item.action, place, &mut Remarks::default());
    let commands = text::shortened(&work.commands.join(" && "), 300);
    remarks.lost(place, format!("the step `{}`, which ran {when}: `{commands}`", item.name), SPLIT);
}

/// What to do about something that stands among the stacks of a stage.
pub(super) const SPLIT: &str =
    "make two stages of the stage: `stacks = [\"…\"]` instead of `stage` names what each deploys";

/// Tells of steps that waited for others of the same place and need not any more. One whose outputs a step uses it still
/// waits for.
pub(super) fn tell_order(items: &[&Item<'_, '_>], made: &[Step], stage: &Name, remarks: &mut Remarks) {
    for (item, step) in items.iter().zip(made) {
        let earlier = items.iter().zip(made).filter(|(other, earlier)| {
            let waits = step.uses().any(|used| used.stage == *stage && used.step == earlier.name);
            other.action.run_order < item.action.run_order && other.moment == item.moment && !waits
        });
        let earlier: Vec<&str> = earlier.map(|(_, step)| step.name.as_str()).collect();
        if !earlier.is_empty() {
            let place = CommentPlace::Step { stage: stage.clone(), step: step.name.clone() };
            let message = format!(
                "it ran after {}; now they run side by side: put the commands into one step if it needs what they do",
                text::list(&earlier)
            );
            remarks.changed(&place, message);
        }
    }
}
