//! The stacks of a Gen 2 backend in the assembly that its program writes for a stage.

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::select::{Selected, path_of};
use super::stack::{self, Taken};
use crate::assembly::{Assembly, StackView};
use crate::definition::{
    AssemblyReference, BackendReference, ProgramReference, Selection, Stack, Stage, TerminationProtection,
};
use crate::diagnostic::{Diagnostic, Report};
use crate::text;

/// Makes stacks of all that the program's assembly holds: its root, which has the backend's name, and perhaps others.
pub(super) fn stacks(
    stage: &Stage,
    backend: &BackendReference,
    program: &ProgramReference,
    (path, assembly): (Utf8PathBuf, &Assembly),
    taken: &Taken,
    report: &mut Report,
) -> Vec<Stack> {
    let views: Vec<StackView<'_>> = assembly.stacks().collect();
    let wanted = program.identity.stack_name();
    let Some(root) = views.iter().find(|view| view.name() == wanted) else {
        let names: Vec<&str> = views.iter().map(StackView::name).collect();
        let message = format!(
            "stage `{}`: the backend `{}` was synthesised with another identity: it has no stack `{wanted}`, but {}",
            stage.name,
            program.file,
            if names.is_empty() { "none at all".to_owned() } else { text::list(&names) },
        );
        report.push(
            Diagnostic::error("backend-identity", message)
                .help("`pipectl build`, or `pipectl amplify synth` where a buildspec builds, synthesises it anew"),
        );
        return Vec::new();
    };
    let root_path = path_of(root);
    let selected = views.iter().map(|view| Selected { path: name(backend, root_path, path_of(view)), view: *view });
    let selected: Vec<Selected<'_>> = selected.collect();
    let selection = Selection::Stacks(vec!["**".to_owned()]);
    let reference = AssemblyReference { path, selection, parameters: IndexMap::new() };
    let mut stacks = stack::stacks(stage, &reference, &selected, taken, report);
    for stack in &mut stacks {
        if stack.name == backend.name {
            stack.overrides.clone_from(&backend.overrides);
        }
        stack.tags.extend(backend.tags.clone());
        stack.notification_targets.extend(backend.notification_targets.iter().cloned());
        stack.depends_on.extend(backend.depends_on.iter().cloned());
        if backend.termination_protection != TerminationProtection::Unset {
            stack.termination_protection = backend.termination_protection;
        }
    }
    stacks
}

/// The path that a stack takes its name from: the backend's, with what lies below the root behind it. Amplify's own name
/// of the root would make names that tell nothing.
fn name(backend: &BackendReference, root: &str, path: &str) -> String {
    match path.strip_prefix(root) {
        Some("") => backend.name.to_string(),
        Some(below) if below.starts_with('/') => format!("{}{below}", backend.name),
        Some(_) | None => format!("{}/{path}", backend.name),
    }
}
