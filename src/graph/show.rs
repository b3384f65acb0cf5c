//! The graph as text: one line an action, indented by stage and run order.

use std::fmt::Write;

use super::conditions::{After, AlarmRule, Conditions, Rule};
use super::model::{Artifact, Counts, Packed, PipelineGraph, Skip};
use crate::definition::{AlarmResult, OnFailure, Window};
use crate::text::count;

impl PipelineGraph {
    /// The graph as a text of lines: stages, what was packed into them, run orders, names, artifacts, needs.
    pub fn show(&self) -> String {
        let mut text = String::new();
        for stage in &self.stages {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{}{}", stage.name, stage.skip.as_ref().map(skip).unwrap_or_default());
            if let Some(Packed { members, losses }) = &stage.packed {
                let losses: Vec<&str> = losses.iter().map(|loss| loss.as_str()).collect();
                let _ = writeln!(
                    text,
                    "      packed: {} share one stage, one after the other; none has its own {}",
                    members.join(", "),
                    losses.join(", ")
                );
            }
            for line in conditions(&stage.conditions) {
                let _ = writeln!(text, "      {line}");
            }
            for action in &stage.actions {
                let _ = write!(text, "  {:>3} {}", action.run_order, action.name);
                if !action.inputs.is_empty() {
                    let _ = write!(text, "  <- {}", names(&action.inputs));
                }
                if !action.outputs.is_empty() {
                    let _ = write!(text, "  -> {}", names(&action.outputs));
                }
                if let Some(namespace) = &action.namespace {
                    let _ = write!(text, "  as {namespace}");
                }
                if !action.needs.is_empty() {
                    let _ = write!(text, "  after {}", action.needs.join(", "));
                }
                text.push('\n');
            }
        }
        text
    }
}

/// When an execution passes a stage by.
fn skip(skip: &Skip) -> String {
    let counts = match skip.counts {
        Counts::Stacks => "skipped while unchanged",
        Counts::Source => "skipped while unchanged, the source included",
    };
    match skip.together_with.as_slice() {
        [] => format!("  {counts}"),
        others => format!("  {counts}, together with {}", others.join(", ")),
    }
}

/// What is looked at before and after a stage, and what follows.
fn conditions(conditions: &Conditions) -> Vec<String> {
    let list = |rules: &[Rule]| rules.iter().map(rule).collect::<Vec<_>>().join("; ");
    let mut lines = Vec::new();
    if !conditions.before.is_empty() {
        lines.push(format!("before: {}", list(&conditions.before)));
    }
    if let Some(After { rules, then }) = &conditions.after {
        let then = match then {
            AlarmResult::Rollback => "rolled back",
            AlarmResult::Fail => "failed",
        };
        lines.push(format!("after: {}; otherwise {then}", list(rules)));
    }
    match conditions.on_failure {
        OnFailure::Fail => {}
        OnFailure::Retry => lines.push("on failure: tried once more".to_owned()),
        OnFailure::Rollback => lines.push("on failure: rolled back".to_owned()),
    }
    lines
}

fn rule(rule: &Rule) -> String {
    match rule {
        Rule::Window(Window { cron, time_zone }) => {
            format!("`{cron}` in {} is waited for", time_zone.as_deref().unwrap_or("UTC"))
        }
        Rule::Alarm(AlarmRule { alarm, minutes: None, .. }) => format!("alarm `{alarm}` is silent"),
        Rule::Alarm(AlarmRule { alarm, minutes: Some(minutes), .. }) => {
            format!("alarm `{alarm}` stays silent for {}", count(usize::from(*minutes), "minute"))
        }
    }
}

fn names(artifacts: &[Artifact]) -> String {
    artifacts.iter().map(|artifact| artifact.as_str()).collect::<Vec<_>>().join(" ")
}
