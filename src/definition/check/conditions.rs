//! Conditions of stages fit together: with the mode, with those of the same wave, with the accounts.

use std::ops::Range;

use super::{Outline, StageOutline};
use crate::definition::model::{AlarmResult, ExecutionMode, OnFailure, SkipUnchanged};
use crate::definition::read::{Context, Placed};
use crate::diagnostic::Diagnostic;

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    for stage in &outline.stages {
        if outline.execution_mode == ExecutionMode::Parallel {
            rollback(context, stage);
        }
        skipping(context, stage);
        accounts(context, outline, stage);
    }
    let is_same_wave = |left: &StageOutline, right: &StageOutline| {
        let name = |stage: &StageOutline| stage.wave.as_ref().map(|wave| wave.value.clone());
        left.wave.is_some() && name(left) == name(right)
    };
    outline.stages.chunk_by(is_same_wave).for_each(|members| wave(context, members));
}

/// CodePipeline rolls no stage back in the mode PARALLEL ("Execution modes", CodePipeline user guide).
fn rollback(context: &Context<'_>, stage: &StageOutline) {
    let on_failure = stage.conditions.on_failure.iter().filter(|given| given.value == OnFailure::Rollback);
    let after = stage.conditions.alarms.then.iter().filter(|given| given.value == AlarmResult::Rollback);
    for span in on_failure.map(|given| &given.span).chain(after.map(|given| &given.span)) {
        let message = "a stage cannot be rolled back where executions are parallel";
        let error = context.error("no-rollback", message, span.clone(), "rolls back");
        context.report(error.help("choose `fail`, or another `execution-mode`"));
    }
}

/// A stage has one condition before it, with one result.
fn skipping(context: &Context<'_>, stage: &StageOutline) {
    let gate = stage.conditions.window.is_some() || !stage.conditions.alarms.before.is_empty();
    if let Some(Placed { span, .. }) =
        stage.skip_unchanged.as_ref().filter(|given| gate && given.value != SkipUnchanged::Never)
    {
        let message = "`skip-unchanged` has no effect: CodePipeline allows one condition before a stage, and a window or \
                       an alarm is there";
        let warning = Diagnostic::warning("no-effect", message).at(context.file(), span.clone(), "without effect");
        context.report(warning);
    }
}

fn accounts(context: &Context<'_>, outline: &Outline, stage: &StageOutline) {
    let alarms = &stage.conditions.alarms;
    if alarms.is_elsewhere {
        return;
    }
    for alarm in alarms.before.iter().chain(&alarms.after) {
        let Some(account) = alarm.value.account() else { continue };
        if outline.target.account.as_ref() != Some(account) {
            let message = format!(
                "the alarm `{}` is of account {account}, which the pipeline cannot look at",
                alarm.value.name()
            );
            let error = context.error("foreign-alarm", message, alarm.span.clone(), "another account's");
            context.report(error.help(format!(
                "name a role of account {account} as `role` that the pipeline's role may take and that allows \
                 `cloudwatch:DescribeAlarms`; or name `account = \"{account}\"` in `[pipeline]` if it is the pipeline's own"
            )));
        }
    }
}

/// The stages of a wave share one stage of the pipeline, so they agree on when it begins and on what follows. One that says
/// nothing of its window or of its alarms leaves that to the others.
fn wave(context: &Context<'_>, members: &[StageOutline]) {
    let [first, rest @ ..] = members else { return };
    let Some(wave) = first.wave.as_ref().filter(|_| !rest.is_empty()) else { return };
    let refuse = |key: &str, span: &Range<usize>| {
        let message =
            format!("the stages of wave `{}` differ in `{key}`, but they share one stage of the pipeline", wave.value);
        context.report(context.error("split-conditions", message, span.clone(), "differs from a stage before"));
    };
    let on_failure =
        |stage: &StageOutline| stage.conditions.on_failure.as_ref().map(|given| given.value).unwrap_or_default();
    for stage in rest.iter().filter(|stage| on_failure(stage) != on_failure(first)) {
        let given = stage.conditions.on_failure.as_ref().map(|given| &given.span);
        if let Some(span) = given.or(stage.name.as_ref().map(|name| &name.span)) {
            refuse("on-failure", span);
        }
    }
    let then = members.iter().filter_map(|stage| stage.conditions.alarms.then.as_ref());
    others(then).for_each(|given| refuse("then", &given.span));
    let windows = members.iter().filter_map(|stage| stage.conditions.window.as_ref());
    others(windows).for_each(|given| refuse("window", &given.span));
}

/// Those that differ from the first.
fn others<'a, T: PartialEq + 'a>(given: impl Iterator<Item = &'a Placed<T>>) -> impl Iterator<Item = &'a Placed<T>> {
    let mut given = given.peekable();
    let first = given.peek().map(|first| &first.value);
    given.filter(move |given| Some(&given.value) != first)
}
