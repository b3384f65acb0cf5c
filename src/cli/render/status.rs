//! How a pipeline stands, for people: what is wrong or awaited first, then the stages and their actions.

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;

use super::ago;
use super::event::{style_of, styled};
use crate::aws::codepipeline::{ActionStatus, StageStatus};
use crate::event::Sentiment;
use crate::id::ExecutionId;
use crate::ops::naming::TOOL_ACTION;
use crate::ops::status::{
    ActionReport, Cause, ExecutionReport, Failure, Freshness, Next, Note, Report, RetryReport, Revision, RuleReport,
    StageReport,
};
use crate::pipeline::WHOLE_REVIEW;

/// How many characters of an id are shown.
const SHORT: usize = 8;

/// The width of the longest status of an action.
const STATUS: usize = 10;

/// Writes a report. Colours and symbols only underline what the words say.
pub(in crate::cli) fn status(report: &Report, now: Timestamp) -> String {
    let mut lines = Vec::new();
    head(report, now, &mut lines);
    attention(report, &mut lines);
    stages(report, now, &mut lines);
    lines.extend(report.notes.iter().flat_map(note));
    lines.join("\n") + "\n"
}

fn head(report: &Report, now: Timestamp, lines: &mut Vec<String>) {
    let Some(newest) = &report.newest else {
        lines.push(format!("{}  has never run", bold(report.pipeline.as_str())));
        return;
    };
    lines.push(format!("{}  {}", bold(report.pipeline.as_str()), execution(newest, now)));
    lines.extend(rollback(report, newest));
    lines.extend(newest.revisions.iter().filter_map(revision));
    // Why it stopped, or what it overtook, explains where one's own push has gone.
    let earlier = report.earlier.iter().take_while(|earlier| earlier.sentiment != Sentiment::Good);
    lines.extend(earlier.map(|earlier| dimmed(&format!("  before it: {}", plain_execution(earlier, now)))));
}

/// What a roll-back takes back, and to what.
fn rollback(report: &Report, execution: &ExecutionReport) -> Option<String> {
    let rollback = execution.rollback.as_ref()?;
    let stage = report.stages.iter().find(|stage| {
        let is_waiting = stage.waiting.contains(&execution.id);
        is_waiting || stage.execution.as_ref() == Some(&execution.id)
    });
    let stage = stage.map_or("a stage", |stage| &stage.name);
    let target = rollback.target.as_ref().map(|target| format!(" to execution {target}")).unwrap_or_default();
    let failed = rollback.failed.as_ref().map(|failed| format!(", because execution {failed} failed"));
    Some(format!("  rolls {stage} back{target}{}", failed.unwrap_or_default()))
}

fn execution(execution: &ExecutionReport, now: Timestamp) -> String {
    let word = felt(execution.sentiment, execution.status.as_str());
    format!("{word}  {}", details(execution, now))
}

fn plain_execution(execution: &ExecutionReport, now: Timestamp) -> String {
    format!("{}  {}", execution.status, details(execution, now))
}

fn details(execution: &ExecutionReport, now: Timestamp) -> String {
    let mut text = format!("execution {}", execution.id);
    if let Some(started) = execution.started {
        text.push_str(&format!(", started {}", ago(started, now)));
    }
    if let Some(trigger) = &execution.trigger {
        text.push_str(&format!(" by {trigger}"));
    }
    if let Some(reason) = &execution.stop_reason {
        text.push_str(&format!(": {reason}"));
    }
    text
}

fn revision(revision: &Revision) -> Option<String> {
    let id = revision.id.as_deref().filter(|_| revision.action != TOOL_ACTION)?;
    let message = revision.message.as_deref().unwrap_or_default();
    Some(format!("  {} {} {message}", revision.action, short(id)).trim_end().to_owned())
}

/// Failures and approvals, those of the newest execution first.
fn attention(report: &Report, lines: &mut Vec<String>) {
    let (earlier, newest): (Vec<_>, Vec<_>) =
        report.stages.iter().partition(|stage| stage.freshness == Freshness::Earlier);
    let rollback = report.newest.as_ref().and_then(|newest| newest.rollback.as_ref());
    for Failure { stage, name, cause, next } in rollback.iter().flat_map(|rollback| &rollback.failures) {
        lines.push(String::new());
        let execution = rollback.and_then(|rollback| rollback.failed.as_ref());
        let of = execution.map(in_execution).unwrap_or_default();
        lines.extend(failure(stage, name, &of, cause.as_ref()));
        lines.extend(remedy(next).map(|text| help(&text)));
    }
    for stage in newest.into_iter().chain(earlier) {
        let of = of_earlier(stage).unwrap_or_default();
        for rule in stage.rules.iter().filter(|rule| rule.status == ActionStatus::Failed) {
            lines.push(String::new());
            lines.extend(failure(&stage.name, &rule.name, &of, rule.cause.as_ref()));
            lines.push(help(&match &rule.next.retry {
                Some(retry) => format!("`{retry}` looks again; push a repair when one is needed"),
                None => "the next execution looks again; push a repair when one is needed".to_owned(),
            }));
        }
        for action in &stage.actions {
            if let Some(cause) = &action.cause {
                lines.push(String::new());
                lines.extend(failure(&stage.name, &action.name, &of, Some(cause)));
                lines.extend(action.stuck.iter().map(|stuck| format!("  {}", stuck.message)));
                let helping = match &action.stuck {
                    // A repair that is pushed would be refused as well.
                    Some(stuck) => stuck.hints.clone(),
                    None => remedy(&action.next).into_iter().collect(),
                };
                lines.extend(action.next.first.iter().chain(&helping).map(|text| help(text)));
            }
            if let Some(approval) = &action.approval {
                lines.push(String::new());
                let place = styled(AnsiColor::Yellow.on_default().bold(), &format!("{} / {}", stage.name, action.name));
                lines.push(format!("{place} waits for an approval{of}"));
                // The remedy below names the same command as it is typed here.
                let message = approval.message.iter().flat_map(|message| message.lines());
                let message = message.filter(|line| approval.review.is_none() || !line.starts_with(WHOLE_REVIEW));
                lines.extend(message.map(|line| format!("  {line}")));
                lines.extend(approval.review.iter().map(|review| help(&format!("`{review}` shows what is approved"))));
                lines.push(help(&format!("`{}` or `{}`", approval.approve, approval.reject)));
            }
        }
    }
}

/// What can be done about a failed action.
fn remedy(next: &Next) -> Option<String> {
    match (&next.logs, next.retry.as_ref().or(next.run.as_ref())) {
        (Some(logs), Some(retry)) => Some(format!("`{logs}` shows it all; push a repair, or try again with `{retry}`")),
        (Some(logs), None) => Some(format!("`{logs}` shows it all")),
        (None, Some(retry)) => Some(format!("`{retry}` tries again")),
        (None, None) => None,
    }
}

/// What failed in a stage, in words that tell of which execution it is where that is not the newest.
fn failure(stage: &str, name: &str, of: &str, cause: Option<&Cause>) -> Vec<String> {
    let place = styled(style_of(Sentiment::Bad), &format!("{stage} / {name} failed")) + of;
    let Some(cause) = cause else { return vec![place] };
    match cause {
        Cause::Resource { stack, resource_type, logical_id, status, reason } => {
            let reason = reason.as_deref().unwrap_or("CloudFormation gives no reason");
            vec![format!("{place}: {resource_type} {logical_id} of stack {stack} is {status}"), format!("  {reason}")]
        }
        Cause::Build { phase, command, message, log } => {
            let what = match command {
                Some(command) => format!("`{command}` in phase {phase}"),
                None => format!("phase {phase}"),
            };
            let reason = message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
            let mut lines = vec![format!("{place}: {what}{reason}")];
            lines.extend(log.iter().map(|line| format!("  {} {line}", dimmed("│"))));
            lines
        }
        Cause::Told { code, message } => {
            let code = code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
            vec![format!("{place}{code}"), format!("  {message}")]
        }
    }
}

fn stages(report: &Report, now: Timestamp, lines: &mut Vec<String>) {
    let names = report.stages.iter().flat_map(|stage| &stage.actions).map(|action| action.name.chars().count() + 2);
    let heads = report.stages.iter().map(|stage| stage.name.chars().count());
    let width = names.chain(heads).max().unwrap_or(0);
    lines.push(String::new());
    for stage in &report.stages {
        lines.push(stage_line(stage, width));
        if let Some(disabled) = &stage.disabled {
            let reason = disabled.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let by = disabled.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
            lines.push(styled(AnsiColor::Yellow.on_default(), &format!("  ! nothing may enter, shut{by}{reason}")));
        }
        lines.extend(stage.waiting.iter().map(|waiting| dimmed(&format!("  … {waiting} waits to enter"))));
        let looked_at = stage.rules.iter().filter(|rule| rule.status == ActionStatus::InProgress);
        lines.extend(looked_at.map(|rule| self::looked_at(rule, now)));
        if stage.status != Some(StageStatus::Skipped) {
            lines.extend(stage.actions.iter().map(|action| action_line(action, width, now)));
        }
    }
}

fn stage_line(stage: &StageReport, width: usize) -> String {
    let sentiment = stage.status.as_ref().map_or(Sentiment::Neutral, |status| status.sentiment());
    let word = stage.status.as_ref().map_or("not yet", |status| status.as_str());
    let of = of_earlier(stage).map(|of| dimmed(&format!(" {of}"))).unwrap_or_default();
    let again = tried_again(stage.retries).map(|again| dimmed(&format!(", {again}"))).unwrap_or_default();
    format!("{} {}{of}{again}", bold(&format!("{:<width$}", stage.name)), felt(sentiment, word))
}

/// Whether a stage was tried again, and by whom.
fn tried_again(retries: RetryReport) -> Option<String> {
    let times = |number: i32| if number == 1 { "once".to_owned() } else { format!("{number} times") };
    match (retries.automatic, retries.by_hand) {
        (0, 0) => None,
        (_, 0) => Some("tried again by itself".to_owned()),
        (0, by_hand) => Some(format!("tried again by hand {}", times(by_hand))),
        (_, by_hand) => Some(format!("tried again by itself and by hand {}", times(by_hand))),
    }
}

/// Which execution a stage is about, where it is not the newest.
fn of_earlier(stage: &StageReport) -> Option<String> {
    stage.execution.as_ref().filter(|_| stage.freshness == Freshness::Earlier).map(in_execution)
}

fn in_execution(execution: &ExecutionId) -> String {
    format!(" in execution {}", short(execution.as_str()))
}

/// A rule that is waited for.
fn looked_at(rule: &RuleReport, now: Timestamp) -> String {
    let told = rule.cause.as_ref().and_then(Cause::told).map(|told| format!(": {told}")).unwrap_or_default();
    let since = rule.since.map(|since| dimmed(&format!(", begun {}", ago(since, now)))).unwrap_or_default();
    format!("  … waits for {}{told}{since}", rule.name)
}

fn action_line(action: &ActionReport, width: usize, now: Timestamp) -> String {
    let name = format!("{:<width$}", action.name, width = width - 2);
    let (symbol, word, sentiment) = match (&action.status, &action.approval) {
        (_, Some(_)) => ("?", "Waiting", Sentiment::Neutral),
        (None, None) => ("·", "not yet", Sentiment::Neutral),
        (Some(status), None) => (symbol(status), status.as_str(), status.sentiment()),
    };
    let mut details = Vec::new();
    if action.status == Some(ActionStatus::InProgress)
        && let Some(phase) = action.build.as_ref().and_then(|build| build.current_phase.as_deref())
    {
        details.push(format!("in phase {phase}"));
    }
    details.extend(action.changed.map(|changed| ago(changed, now)));
    if action.status != Some(ActionStatus::Failed) {
        details.extend(action.summary.as_deref().and_then(|summary| summary.lines().next()).map(str::to_owned));
    }
    let line = format!("  {name} {}", styled(style_of(sentiment), &format!("{symbol} {word}")));
    let details = details.join(", ");
    if details.is_empty() {
        line
    } else {
        format!("{line}{}  {}", " ".repeat(STATUS.saturating_sub(word.chars().count())), dimmed(&details))
    }
}

fn symbol(status: &ActionStatus) -> &'static str {
    match status {
        ActionStatus::Succeeded => "✓",
        ActionStatus::Failed => "✗",
        ActionStatus::InProgress => "●",
        ActionStatus::Abandoned => "-",
        ActionStatus::Other(_) => "?",
    }
}

fn felt(sentiment: Sentiment, word: &str) -> String {
    let symbol = match sentiment {
        Sentiment::Good => "✓",
        Sentiment::Neutral => "●",
        Sentiment::Bad => "✗",
    };
    let symbol = match word {
        "not yet" => "·",
        "Skipped" => "-",
        _ => symbol,
    };
    styled(style_of(sentiment), &format!("{symbol} {word}"))
}

fn note(note: &Note) -> Vec<String> {
    let warning = styled(AnsiColor::Yellow.on_default().bold(), "note:");
    let mut lines = vec![String::new(), format!("{warning} {}", note.message)];
    lines.extend(note.hints.iter().map(|hint| help(hint)));
    lines
}

fn help(text: &str) -> String {
    format!("  {} {text}", styled(AnsiColor::Cyan.on_default().bold(), "help:"))
}

fn bold(text: &str) -> String {
    styled(Style::new().bold(), text)
}

fn dimmed(text: &str) -> String {
    if text.is_empty() { String::new() } else { styled(Style::new().dimmed(), text) }
}

fn short(id: &str) -> &str {
    id.char_indices().nth(SHORT).map_or(id, |(end, _)| &id[..end])
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
