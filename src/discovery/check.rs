//! How the stacks that were found fit together, and with the rest of the definition.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::{LeftOut, limits, order};
use crate::assembly::{Assembly, NEWEST_KNOWN};
use crate::definition::{Definition, Origin, OutputReference, Stack, Stage, Target, Value, is_pipelines_own};
use crate::diagnostic::{Diagnostic, Report};
use crate::id::Name;
use crate::text;

/// Applies all rules.
pub(super) fn all(definition: &Definition, left_out: &[LeftOut], report: &mut Report) {
    for stage in definition.stages.iter().filter(|stage| stage.has_assemblies()) {
        names(stage, report);
        for stack in &stage.stacks {
            let Some(origin) = stack.origin.assembly() else { continue };
            target(definition, stage, stack, report);
            limits::check(definition, stage, stack, origin, report);
        }
    }
    dependencies(definition, report);
    physical_names(definition, report);
    outputs(definition, left_out, report);
}

/// Tells of assemblies whose format may say something that is not known here. Whatever it is, it is passed over.
pub(super) fn versions(assemblies: &BTreeMap<Utf8PathBuf, Assembly>, report: &mut Report) {
    for (path, assembly) in assemblies {
        let newer = assembly.all().into_iter().find(|assembly| assembly.manifest.is_newer());
        if let Some(newer) = newer {
            let message = format!(
                "the assembly `{path}` has version {} of its format; this pipectl knows those up to {NEWEST_KNOWN}",
                newer.manifest.version
            );
            let help = "use a newer pipectl, if there is one: what this one does not know is passed over";
            report.push(Diagnostic::warning("newer-assembly", message).help(help));
        }
    }
}

/// Names differ in more than case, because files are named after them.
fn names(stage: &Stage, report: &mut Report) {
    let mut first: BTreeMap<String, &Stack> = BTreeMap::new();
    for stack in &stage.stacks {
        if let Some(other) = first.insert(stack.name.as_str().to_lowercase(), stack) {
            let message = format!(
                "stage `{}`: the stacks `{}` and `{}` are both called `{}`",
                stage.name, other.stack_name, stack.stack_name, stack.name
            );
            report.push(
                Diagnostic::error("duplicate-name", message).help("put them into two stages, or rename one in the app"),
            );
        }
    }
}

/// Only where the pipeline names its own account and region is it known whether a stack's are others.
fn target(definition: &Definition, stage: &Stage, stack: &Stack, report: &mut Report) {
    let Target { account, region } = &definition.target;
    let needs = [
        ("account", stack.target.account.is_some() && account.is_none()),
        ("region", stack.target.region.is_some() && region.is_none()),
    ];
    for (key, _) in needs.iter().filter(|(_, is_missing)| *is_missing) {
        let message = format!(
            "stage `{}`: the assembly names the {key} of stack `{}`, but the pipeline does not name its own",
            stage.name, stack.name
        );
        report.push(Diagnostic::error("missing-target", message).help(format!("add `{key} = \"…\"` to `[pipeline]`")));
    }
    let differs = |ours: Option<String>, theirs: Option<String>| ours.is_some() && theirs.is_some() && ours != theirs;
    let text_of = |target: &Target| {
        (target.account.as_ref().map(ToString::to_string), target.region.as_ref().map(ToString::to_string))
    };
    let (stages, stacks) = (text_of(&stage.target), text_of(&stack.target));
    if differs(stages.0, stacks.0) || differs(stages.1, stacks.1) {
        let message =
            format!("stack `{}` lives where its assembly says, not where stage `{}` says", stack.name, stage.name);
        let help = "remove `account` and `region` from the stage, or change the environment in the app";
        report.push(Diagnostic::warning("assembly-environment", message).help(help));
    }
}

/// Stacks wait for others of their stage that are there, and not in a circle. Among the stacks of the definition itself that
/// is known already; an assembly adds stacks, dependencies and values of its own.
fn dependencies(definition: &Definition, report: &mut Report) {
    for stage in definition.stages.iter().filter(|stage| stage.has_assemblies()) {
        let names: Vec<&str> = stage.stacks.iter().map(|stack| stack.name.as_str()).collect();
        for stack in &stage.stacks {
            for wanted in stack.depends_on.iter().filter(|wanted| !names.contains(&wanted.as_str())) {
                let message = format!(
                    "stage `{}`: stack `{}` depends on `{wanted}`, but the stage has no such stack",
                    stage.name, stack.name
                );
                report.push(Diagnostic::error("unknown-reference", message).help(suggestion("stack", wanted, &names)));
            }
        }
        order::check(&stage.name, &stage.stacks, report);
    }
}

/// Physical names are unique in an environment, and none is that of the pipeline.
fn physical_names(definition: &Definition, report: &mut Report) {
    let mut first: BTreeMap<(Target, &str), (&Stage, &Stack)> = BTreeMap::new();
    for stage in &definition.stages {
        for stack in &stage.stacks {
            if !stack.origin.is_definition() && is_pipelines_own(&definition.name, stack.stack_name.as_str()) {
                let (finder, help) = match &stack.origin {
                    Origin::Backend => ("export", "choose another name with `stack-name = \"…\"`"),
                    Origin::Assembly(_) | Origin::Definition => ("assembly", "give it another `stackName` in the app"),
                };
                let message = format!(
                    "stage `{}`: the {finder} calls stack `{}` `{}`, but the pipeline itself has a stack of this name",
                    stage.name, stack.name, stack.stack_name
                );
                report.push(Diagnostic::error("reserved-name", message).help(help));
            }
            let place = (stack.target.or(&definition.target), stack.stack_name.as_str());
            let Some((other_stage, other)) = first.insert(place, (stage, stack)) else { continue };
            // Two stacks of the definition itself have been compared already.
            if !stack.origin.is_definition() || !other.origin.is_definition() {
                let message = format!(
                    "two stacks of one environment are called `{}`: `{}` of stage `{}` and `{}` of stage `{}`",
                    stack.stack_name, other.name, other_stage.name, stack.name, stage.name
                );
                let help = "deploy it in one stage only, or give one of them another `stackName` or environment";
                report.push(Diagnostic::error("duplicate-name", message).help(help));
            }
        }
    }
}

/// Outputs that are used belong to stacks that are there.
fn outputs(definition: &Definition, left_out: &[LeftOut], report: &mut Report) {
    for stage in &definition.stages {
        let references = stage.values().filter_map(|value| match value {
            Value::Output(output) => Some(output),
            Value::Literal(_) | Value::Step(_) | Value::Import(_) => None,
        });
        for OutputReference { stage: wanted, stack, output } in references {
            let Some(found) = definition.stages.iter().find(|stage| stage.name == *wanted) else {
                // The users of a stage that is left out are left out, too; a remembered stack may use one that is gone.
                debug_assert!(left_out.iter().all(|left| left.stage != *wanted), "its users are left out too");
                let names: Vec<&str> = definition.stages.iter().map(|stage| stage.name.as_str()).collect();
                let message =
                    format!("stage `{}` uses `{wanted}/{stack}.{output}`, but there is no such stage", stage.name);
                report.push(Diagnostic::error("unknown-reference", message).help(suggestion("stage", wanted, &names)));
                continue;
            };
            // Why a stage has no stacks at all has been told.
            let is_told = found.has_assemblies() && found.stacks.is_empty();
            if !is_told && !found.stacks.iter().any(|other| other.name == *stack) {
                let names: Vec<&str> = found.stacks.iter().map(|stack| stack.name.as_str()).collect();
                let message =
                    format!("stage `{}` uses `{wanted}/{stack}.{output}`, but there is no such stack", stage.name);
                report.push(Diagnostic::error("unknown-reference", message).help(suggestion("stack", stack, &names)));
            }
        }
    }
}

fn suggestion(noun: &str, wanted: &Name, known: &[&str]) -> String {
    match text::nearest(wanted.as_str(), known.iter().copied()) {
        Some(near) => format!("a {noun} with a similar name exists: `{near}`"),
        None => format!("known: {}", text::list(known)),
    }
}
