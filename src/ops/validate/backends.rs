//! Amplify backends: their exports, and what the definition chooses for them.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

use super::files::{self, Origin};
use super::{Check, overrides};
use crate::amplify::gen1::Export;
use crate::definition::{BackendSource, Definition};
use crate::diagnostic::{Diagnostic, Explain, Report, chain};
use crate::ops::discover;
use crate::ops::files::{read_template, unreadable_template};
use crate::synth::{BackendSources, render_backend};

/// Reads the exports that are there.
pub(super) fn exports(
    definition: &Definition,
    folder: &Utf8Path,
    report: &mut Report,
) -> BTreeMap<Utf8PathBuf, Export> {
    let (exports, findings, unreadable) = discover::exports(definition, folder);
    report.append(findings);
    for error in unreadable {
        let finding = Diagnostic::error("export", chain(&error));
        report.push(error.hints().into_iter().fold(finding, Diagnostic::help));
    }
    exports
}

/// Looks for the programs of backends.
pub(super) fn programs(check: &mut Check<'_>) {
    for (position, stage) in check.stages() {
        for (number, backend) in stage.backends.iter().enumerate() {
            let BackendSource::Program(program) = &backend.source else { continue };
            if !check.locate(&program.file).exists() {
                let path = format!("stage.{position}.amplify.{number}.backend");
                let origin = Origin::SourceOrBuild;
                files::missing(check, ("missing-backend", "backend"), origin, &program.file, &path);
            }
        }
    }
}

/// Renders every backend whose export is there.
pub(super) fn check(check: &mut Check<'_>, exports: &BTreeMap<Utf8PathBuf, Export>) {
    for (position, stage) in check.stages() {
        for (number, backend) in stage.backends.iter().enumerate() {
            let Some(stack) = stage.stacks.iter().find(|stack| stage.backend_of(stack) == Some(backend)) else {
                continue;
            };
            let mut templates = BTreeMap::new();
            for (nested, file) in &backend.templates {
                let path = format!("stage.{position}.amplify.{number}.templates.{nested}");
                templates.extend(template(check, file, &path).map(|text| (file.clone(), text)));
            }
            // A template that is not there has been reported.
            if backend.templates.values().all(|file| templates.contains_key(file)) {
                let sources = BackendSources { exports, templates: &templates };
                let (_, findings) = render_backend(check.definition, stage, stack, sources);
                overrides::report(check, findings, &format!("stage.{position}.amplify.{number}"), "export");
            }
        }
    }
}

fn template(check: &mut Check<'_>, file: &Utf8Path, path: &str) -> Option<String> {
    match read_template(check.folder, file, None) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            files::missing(check, ("missing-template", "template"), Origin::SourceOrBuild, file, path);
            None
        }
        Err(error) => {
            let finding = unreadable_template(&check.locate(file), &error, None);
            check.report.push(finding.at(check.file, check.places.span(path), "named here"));
            None
        }
    }
}
