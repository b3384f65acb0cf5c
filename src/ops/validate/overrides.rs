//! What stacks and backends change in their templates, against the templates.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::Check;
use crate::amplify::overridden::{Changes, override_stack, template_files};
use crate::assembly::StackView;
use crate::cfn::Template;
use crate::definition::{BackendReference, Stack, Stage};
use crate::diagnostic::Report;
use crate::ops::assembly;
use crate::overrides::{self, Finding, apply_to_template};

/// A stack's template as it is deployed. `path` is that of the stack. Stacks of assemblies are looked at with those that are
/// nested in them.
pub(super) fn applied(check: &mut Check<'_>, template: Template, stack: &Stack, path: &str) -> Template {
    if !stack.origin.is_definition() {
        return template;
    }
    let (template, findings) = apply_to_template(template, &stack.overrides);
    report(check, overrides::report(findings), path, "override");
    template
}

/// Looks at the backends whose programs were run.
pub(super) fn of_programs(check: &mut Check<'_>) {
    for (position, stage) in check.stages() {
        for (number, backend) in stage.backends.iter().enumerate() {
            if !backend.overrides.is_empty() {
                let findings = of_program(check, stage, backend).unwrap_or_default();
                let path = format!("stage.{position}.amplify.{number}");
                report(check, overrides::report(findings), &path, "override");
            }
        }
    }
}

/// What is found in what a backend's program wrote, if it was run; otherwise the build finds it.
fn of_program(check: &Check<'_>, stage: &Stage, backend: &BackendReference) -> Option<Vec<Finding>> {
    let program = backend.program()?;
    let folder = check.locate(&backend.assembly(program, &stage.name));
    let assembly = assembly::open(&folder).ok()?;
    let view = assembly.stacks().find(|view| view.name() == program.identity.stack_name())?;
    Some(changed(&folder, &view, Changes { overrides: &backend.overrides, outputs: &[] }))
}

/// What is found when a stack of an assembly is changed.
pub(super) fn changed(folder: &Utf8Path, view: &StackView<'_>, changes: Changes<'_>) -> Vec<Finding> {
    let read = |path: Utf8PathBuf| Some((assembly::read(folder, &path).ok()?, path));
    let texts: BTreeMap<Utf8PathBuf, String> =
        template_files(view).into_iter().filter_map(read).map(|(text, path)| (path, text)).collect();
    let text = |path: &Utf8Path| texts.get(path).map(String::as_str);
    override_stack(view, &text, changes).1
}

/// Reports findings at what they are about. `path` is that of the table around the overrides, `other` the key of it that all
/// findings are about that do not say.
pub(super) fn report(check: &mut Check<'_>, mut findings: Report, path: &str, other: &str) {
    for finding in findings.diagnostics.iter_mut().filter(|finding| finding.labels.is_empty()) {
        let about = finding.about.as_deref().unwrap_or(other);
        let span = check.places.key(&format!("{path}.{about}"));
        *finding = finding.clone().at(check.file, span, "");
    }
    check.report.append(findings);
}
