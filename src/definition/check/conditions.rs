//! Conditions of stages fit together: with the mode, with those of the same wave, with the accounts.

use std::ops::Range;

use super::{AlarmsOutline, Outline, StageOutline};
use crate::definition::model::{AlarmResult, ExecutionMode, OnFailure, SkipUnchanged};
use crate::definition::read::{Context, Placed};
use crate::diagnostic::Diagnostic;

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    for stage in &outline.stages {
        if outline.execution_mode == ExecutionMode::Parallel {
            rollback(context, stage);
        }
        skipping(context, stage);
        rejection(context, stage);
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

/// An alarm is of the account that it is looked at in: the role's, or else the pipeline's.
fn accounts(context: &Context<'_>, outline: &Outline, stage: &StageOutline) {
    let alarms = &stage.conditions.alarms;
    if let Some(role) = &alarms.role {
        return role_accounts(context, outline, alarms, role);
    }
    if alarms.has_role {
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

/// A role sees the alarms of its own account alone. An alarm without an account is of whichever account looks.
fn role_accounts(context: &Context<'_>, outline: &Outline, alarms: &AlarmsOutline, role: &Placed<String>) {
    let Some(looking) = role.value.split(':').nth(4) else { return };
    for alarm in alarms.before.iter().chain(&alarms.after) {
        let Some(account) = alarm.value.account().filter(|account| account.as_str() != looking) else { continue };
        let name = alarm.value.name();
        let message = format!("the alarm `{name}` is of account {account}, but its role is of account {looking}");
        let error = context.error("foreign-alarm", message, alarm.span.clone(), "another account's");
        let is_own = outline.target.account.as_ref() == Some(account);
        context.report(error.help(match is_own {
            true => "leave `role` out: the pipeline sees the alarms of its own account".to_owned(),
            false => format!("name a role of account {account} as `role`"),
        }));
    }
}

/// A rejection fails an action, and the stage with it.
fn rejection(context: &Context<'_>, stage: &StageOutline) {
    let Some(approval) = &stage.approval else { return };
    let on_failure = stage.conditions.on_failure.as_ref().map(|given| given.value).unwrap_or_default();
    let follows = match on_failure {
        OnFailure::Fail => return,
        OnFailure::Retry => "somebody who rejects is asked once more: the stage fails, and `on-failure` tries it again",
        OnFailure::Rollback => {
            "somebody who rejects has the stage rolled back: it fails, and `on-failure` runs it with what it deployed last, \
             its approval included"
        }
    };
    let warning = Diagnostic::warning("rejection", follows).at(context.file(), approval.clone(), "may be rejected");
    context.report(warning.help("put the approval into a stage of its own before this one, without `on-failure`"));
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
