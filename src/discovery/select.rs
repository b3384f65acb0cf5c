//! Which stacks of an assembly a stage deploys.

use super::stack::{Taken, key};
use crate::assembly::{ArtifactKind, Assembly, StackView};
use crate::definition::{AssemblyReference, Selection};
use crate::diagnostic::{Diagnostic, Report};
use crate::id::Name;
use crate::text;

/// A stack that belongs to a stage, and its path in the app, seen from what was selected.
#[derive(Debug, Clone)]
pub(super) struct Selected<'a> {
    pub view: StackView<'a>,
    pub path: String,
}

/// Finds the stacks. `taken` are those of earlier stages, which are not taken along as dependencies.
pub(super) fn select<'a>(
    reference: &AssemblyReference,
    assembly: &'a Assembly,
    taken: &Taken,
    stage: &Name,
    report: &mut Report,
) -> Vec<Selected<'a>> {
    match &reference.selection {
        Selection::Stage(name) => by_stage(reference, assembly, name, stage, report),
        Selection::Stacks(patterns) => by_pattern(reference, assembly, patterns, taken, stage, report),
    }
}

fn by_stage<'a>(
    reference: &AssemblyReference,
    assembly: &'a Assembly,
    wanted: &str,
    stage: &Name,
    report: &mut Report,
) -> Vec<Selected<'a>> {
    let stages = stages(assembly);
    let Some((path, found)) = stages.iter().find(|(path, nested)| path == wanted || nested.folder == wanted) else {
        let known: Vec<&str> = stages.iter().map(|(path, _)| path.as_str()).collect();
        let message = format!("stage `{stage}`: the assembly `{}` has no stage `{wanted}`", reference.path);
        report.push(Diagnostic::error("unknown-stage", message).help(text::suggestion(wanted, &known, "stage")));
        return Vec::new();
    };
    let stacks = of_stage(path, found);
    if stacks.is_empty() {
        let message =
            format!("stage `{stage}`: the stage `{wanted}` of the assembly `{}` has no stacks", reference.path);
        report.push(Diagnostic::error("no-stacks", message).help("add a stack to it in the app, or remove the stage"));
    }
    stacks
}

/// The stacks of a stage, by their paths in it.
pub(super) fn of_stage<'a>(path: &str, stage: &'a Assembly) -> Vec<Selected<'a>> {
    let prefix = format!("{path}/");
    let selected = stage.stacks().map(|view| {
        let path = path_of(&view);
        Selected { path: path.strip_prefix(&prefix).unwrap_or(path).to_owned(), view }
    });
    selected.collect()
}

/// The stages of the app by their path.
pub(super) fn stages(assembly: &Assembly) -> Vec<(String, &Assembly)> {
    let mut stages = Vec::new();
    for (id, artifact) in &assembly.manifest.artifacts {
        if let (ArtifactKind::NestedAssembly(properties), Some(nested)) = (&artifact.kind, assembly.nested.get(id)) {
            let name = properties.display_name.as_ref().or(artifact.display_name.as_ref());
            let path = name.map_or_else(|| id.strip_prefix("assembly-").unwrap_or(id), String::as_str);
            stages.push((path.to_owned(), nested));
            stages.extend(self::stages(nested));
        }
    }
    stages
}

fn by_pattern<'a>(
    reference: &AssemblyReference,
    assembly: &'a Assembly,
    patterns: &[String],
    taken: &Taken,
    stage: &Name,
    report: &mut Report,
) -> Vec<Selected<'a>> {
    let all: Vec<StackView<'a>> = assembly.stacks().collect();
    let mut wanted = vec![false; all.len()];
    for pattern in patterns {
        let Some(matcher) = text::glob(pattern) else { continue };
        let mut matched = false;
        for (position, view) in all.iter().enumerate() {
            // The CDK CLI takes the artifact's id too, which is the stack's name in apps without stages.
            if matcher.is_match(path_of(view)) || view.id == pattern {
                (wanted[position], matched) = (true, true);
            }
        }
        if !matched {
            let known: Vec<&str> = all.iter().map(path_of).collect();
            let message = format!("stage `{stage}`: no stack of the assembly `{}` matches `{pattern}`", reference.path);
            report.push(Diagnostic::error("unknown-stack", message).help(text::suggestion(pattern, &known, "stack")));
        }
    }
    take_dependencies_along(reference, &all, &mut wanted, taken);
    let selected = all.into_iter().zip(wanted).filter(|(_, wanted)| *wanted);
    selected.map(|(view, _)| Selected { path: path_of(&view).to_owned(), view }).collect()
}

/// What a wanted stack depends on is wanted too, unless an earlier stage has it.
fn take_dependencies_along(reference: &AssemblyReference, all: &[StackView<'_>], wanted: &mut [bool], taken: &Taken) {
    let is_taken = |view: &StackView<'_>| taken.contains_key(&key(reference, view));
    let mut queue: Vec<usize> = (0..all.len()).filter(|position| wanted[*position]).collect();
    while let Some(position) = queue.pop() {
        for dependency in &all[position].artifact.dependencies {
            let found = all.iter().position(|view| {
                view.assembly.folder == all[position].assembly.folder && view.id == dependency && !is_taken(view)
            });
            if let Some(found) = found
                && !wanted[found]
            {
                wanted[found] = true;
                queue.push(found);
            }
        }
    }
}

/// The stack's path in the app, such as `Beta/App`.
pub(super) fn path_of<'a>(view: &StackView<'a>) -> &'a str {
    view.artifact.display_name.as_deref().unwrap_or(view.id)
}
