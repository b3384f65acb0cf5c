//! Whether stages make an alarm before it is looked at.

use camino::Utf8Path;
use serde_json::Value;

use super::Subject;
use crate::cfn::{TEMPLATE_LIMIT, Template};
use crate::definition::{self, Alarm, Stage};
use crate::disk;
use crate::id::Environment;

/// The types of resources that are alarms.
const TYPES: [&str; 2] = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm"];

/// Types of AWS's own whose resources may make anything.
const OPAQUE: [&str; 2] = ["AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack"];

/// An alarm that a stage heeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heeded<'a> {
    pub alarm: &'a Alarm,
    pub place: Place,
    /// The stage's position in the definition.
    pub position: usize,
}

/// When a stage heeds an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Before,
    After,
}

/// Whether an alarm will be there. The greater counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outlook {
    /// Nothing makes it.
    Absent,
    /// Something may make it, and cannot be looked into.
    Unknown(String),
    /// A template makes it.
    Comes,
}

/// Tells whether stages make an alarm before it is looked at. `environment` is the alarm's.
pub(super) fn outlook(subject: Subject<'_>, environment: &Environment, heeded: Heeded<'_>) -> Outlook {
    let stages = &subject.definition.stages;
    let wave = stages[heeded.position].wave.as_ref();
    let is_beside = |stage: &Stage| stage.wave.is_some() && stage.wave.as_ref() == wave;
    let makers = stages.iter().enumerate().filter(|(position, stage)| match heeded.place {
        Place::Before => *position < heeded.position && !is_beside(stage),
        // The stages of a wave are one stage of the pipeline, whose alarms are looked at when all of them are done.
        Place::After => *position <= heeded.position || is_beside(stage),
    });
    let known = makers.map(|(_, stage)| of_stage(subject, environment, stage, heeded.alarm.name()));
    known.chain(left_out(subject, heeded)).max().unwrap_or(Outlook::Absent)
}

/// The outlook where the definition has stages whose stacks only a build can find.
fn left_out(subject: Subject<'_>, heeded: Heeded<'_>) -> Option<Outlook> {
    let (whole, _) = definition::decode(subject.file, subject.text).ok()?;
    let heeding = &subject.definition.stages[heeded.position];
    let position = whole.stages.iter().position(|stage| stage.name == heeding.name)?;
    let is_known = |stage: &Stage| subject.definition.stages.iter().any(|known| known.name == stage.name);
    let is_beside = |stage: &Stage| stage.wave.is_some() && stage.wave == heeding.wave;
    let mut unknown = whole.stages.iter().enumerate().filter(|(_, stage)| !is_known(stage));
    let (_, stage) = unknown.find(|(other, stage)| match heeded.place {
        Place::Before => *other < position && !is_beside(stage),
        Place::After => *other < position || is_beside(stage),
    })?;
    Some(Outlook::Unknown(format!("the stacks of stage `{}` are only found by the build", stage.name)))
}

fn of_stage(subject: Subject<'_>, environment: &Environment, stage: &Stage, name: &str) -> Outlook {
    let here = stage.stacks.iter().filter(|stack| stack.target.within(subject.environment) == *environment);
    let mut outlook = Outlook::Absent;
    for stack in here {
        let files = subject.templates.of(stage, stack);
        let unreadable = || Outlook::Unknown(format!("the template of stack `{}` is not at hand", stack.stack_name));
        let of_files = files.iter().map(|file| of_template(file, name).unwrap_or_else(unreadable)).max();
        outlook = outlook.max(of_files.unwrap_or_else(unreadable));
    }
    if !stage.backends.is_empty() && stage.target.within(subject.environment) == *environment {
        let message = format!("the Amplify backend of stage `{}` is not looked into", stage.name);
        outlook = outlook.max(Outlook::Unknown(message));
    }
    let may_write = stage.steps().find(|(_, step)| {
        let environment = &step.environment;
        !environment.statements.is_empty() || !environment.managed_policies.is_empty()
    });
    if let Some((_, step)) = may_write {
        let message = format!("step `{}` of stage `{}` has rights of its own", step.name, stage.name);
        outlook = outlook.max(Outlook::Unknown(message));
    }
    outlook
}

/// None where the template cannot be read.
fn of_template(file: &Utf8Path, name: &str) -> Option<Outlook> {
    let text = disk::read_text(file, TEMPLATE_LIMIT as u64).ok()?;
    let template = Template::parse(file, &text).ok()?;
    let root = template.root();
    let unknown = |what: &str| Outlook::Unknown(format!("template `{file}` {what}"));
    let own = match root.contains_key("Transform") {
        true => unknown("is transformed when it is deployed"),
        false => Outlook::Absent,
    };
    let resources = root.get("Resources").and_then(Value::as_object).into_iter().flatten();
    let of_resources = resources.filter_map(|(_, resource)| {
        let Some(kind) = resource.get("Type").and_then(Value::as_str) else {
            return Some(unknown("has resources that are made when it is deployed"));
        };
        if !kind.starts_with("AWS::") || OPAQUE.contains(&kind) {
            return Some(unknown(&format!("has a resource of type `{kind}`, which may make alarms")));
        }
        match resource.pointer("/Properties/AlarmName").filter(|_| TYPES.contains(&kind))? {
            Value::String(literal) => (literal == name).then_some(Outlook::Comes),
            _ => Some(unknown("has an alarm whose name is only known when it is deployed")),
        }
    });
    Some(of_resources.max().unwrap_or(Outlook::Absent).max(own))
}

#[cfg(test)]
#[path = "makers_tests.rs"]
mod tests;
