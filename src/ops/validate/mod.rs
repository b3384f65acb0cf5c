//! `validate`: the definition against itself, and against the files that it names.

mod assemblies;
mod assets;
mod backends;
mod buildspec;
mod capabilities;
mod files;
mod imports;
mod outputs;
mod overrides;
mod parameters;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use super::load::{self, LoadError};
use crate::assembly::Assembly;
use crate::cfn::Template;
use crate::definition::{BackendReference, Definition, Examined, Origin, Places, Stack, Stage};
use crate::diagnostic::{Diagnostic, Report};
use crate::synth;

/// What was found.
#[derive(Debug)]
pub struct Validation {
    /// The definition, as far as it could be read. Where the report has no error, it is whole and fits the files that it names.
    pub definition: Option<Definition>,
    /// All findings.
    pub report: Report,
}

/// Whether a definition is at one with itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    /// It is.
    Whole,
    /// It has mistakes: what it refers to may not be there, and what cannot be read is left out. Its parts can be looked at
    /// one by one.
    Parts,
}

/// Checks a definition and the files that it names. A file that cannot be read at all is an error; whatever else is
/// wrong is in the report.
pub async fn validate(file: &Utf8Path) -> Result<Validation, LoadError> {
    let text = load::read(file)?;
    let examined = load::examine(file, &text).await.examined;
    let file = file.to_owned();
    Ok(super::blocking(move || check(&file, examined)).await)
}

fn check(file: &Utf8Path, examined: Examined) -> Validation {
    let Examined { definition: Some(definition), mut report, places } = examined else {
        return Validation { definition: None, report: examined.report };
    };
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    let agreement = if report.has_errors() { Agreement::Parts } else { Agreement::Whole };
    let exports = backends::exports(&definition, folder, &mut report);
    let (definition, assemblies) = assemblies::discovered(definition, folder, &exports, agreement, &mut report);
    let mut check = Check {
        file,
        folder,
        definition: &definition,
        assemblies: &assemblies,
        places: &places,
        templates: BTreeMap::new(),
        sources: BTreeSet::new(),
        report,
    };
    check.read_templates();
    for stage in 0..definition.stages.len() {
        for stack in 0..definition.stages[stage].stacks.len() {
            check.stack(stage, stack);
        }
    }
    buildspec::check(&mut check);
    backends::programs(&mut check);
    outputs::check(&mut check);
    imports::check(&mut check);
    backends::check(&mut check, &exports);
    overrides::of_programs(&mut check);
    let mut report = check.report;
    report.append(limits(&definition, file, agreement));
    in_reading_order(&mut report, file);
    Validation { definition: Some(definition), report }
}

/// What the services refuse about the pipeline's own stacks.
fn limits(definition: &Definition, file: &Utf8Path, agreement: Agreement) -> Report {
    let mut report = synth::pipeline_stacks(definition, file).err().unwrap_or_default();
    if agreement == Agreement::Parts {
        // Names that are there twice have been reported where they are written.
        report.diagnostics.retain(|finding| !finding.code.starts_with("duplicate-"));
    }
    report
}

/// Puts findings in the order of the definition; those about other files come after.
fn in_reading_order(report: &mut Report, definition: &Utf8Path) {
    report.diagnostics.sort_by_key(|finding| match finding.labels.first() {
        Some(label) if label.file == *definition => label.span.start,
        _ => usize::MAX,
    });
}

/// What the rules work on.
struct Check<'a> {
    file: &'a Utf8Path,
    folder: &'a Utf8Path,
    definition: &'a Definition,
    /// The assemblies that can be used, by their path in the definition.
    assemblies: &'a BTreeMap<Utf8PathBuf, Assembly>,
    places: &'a Places,
    /// The templates that could be read.
    templates: BTreeMap<&'a Utf8Path, Template>,
    /// What assets of assemblies are made of, as far as it has been looked at.
    sources: BTreeSet<Utf8PathBuf>,
    report: Report,
}

/// A stack, its stage and its template.
struct Subject<'a> {
    stack: &'a Stack,
    template: &'a Template,
    /// The path of the stack in the definition, such as `stage.0.stack.1`.
    path: String,
    /// The path of the table that gives its parameters their values.
    parameters: String,
}

impl<'a> Check<'a> {
    /// Makes an error about a value of the definition.
    fn error(&self, code: &'static str, message: String, path: &str, label: &str) -> Diagnostic {
        Diagnostic::error(code, message).at(self.file, self.places.span(path), label)
    }

    /// Where a file of the definition is, as the user would name it.
    fn locate(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.folder.join(path)
    }

    fn stages(&self) -> impl Iterator<Item = (usize, &'a Stage)> + use<'a> {
        self.definition.stages.iter().enumerate()
    }

    /// The path of the table that a stack comes from: its own, or that of the assembly or the program that it was found in.
    fn table_of(&self, stage: usize, number: usize) -> String {
        let (position, stage) = (stage, &self.definition.stages[stage]);
        let Some(origin) = stage.stacks[number].origin.assembly() else {
            return format!("stage.{position}.stack.{number}");
        };
        let mut assemblies = stage.assemblies.iter();
        let mut programs = stage.backends.iter();
        let is_of = |backend: &BackendReference| {
            backend.program().is_some_and(|program| backend.assembly(program, &stage.name) == origin.assembly)
        };
        let table = match assemblies.position(|reference| reference.path == origin.assembly) {
            Some(found) => Some(format!("assembly.{found}.path")),
            None => programs.position(is_of).map(|found| format!("amplify.{found}.backend")),
        };
        table.map_or_else(|| format!("stage.{position}"), |table| format!("stage.{position}.{table}"))
    }

    /// Reads every template once, however many stacks use it.
    fn read_templates(&mut self) {
        let mut seen: Vec<&Utf8Path> = Vec::new();
        for (position, stage) in self.stages() {
            for (number, stack) in stage.stacks.iter().enumerate() {
                if stack.origin != Origin::Backend && !seen.contains(&stack.template.as_path()) {
                    seen.push(&stack.template);
                    let path = match stack.origin {
                        Origin::Assembly(_) => self.table_of(position, number),
                        Origin::Definition | Origin::Backend => format!("stage.{position}.stack.{number}.template"),
                    };
                    files::read_template(self, stack, &path);
                }
            }
        }
    }

    fn stack(&mut self, stage: usize, number: usize) {
        let path = format!("stage.{stage}.stack.{number}");
        let stack = &self.definition.stages[stage].stacks[number];
        assets::check(self, stack, &path);
        let table = self.table_of(stage, number);
        assets::check_sources(self, stack, &table);
        let Some(template) = self.templates.get(stack.template.as_path()).cloned() else {
            return;
        };
        let template = overrides::applied(self, template, stack, &path);
        let parameters = match (stack.origin.assembly(), table.rsplit_once('.')) {
            (Some(_), Some((reference, _))) => format!("{reference}.parameters.{}", stack.name),
            (Some(_), None) | (None, _) => format!("{path}.parameters"),
        };
        let subject = Subject { stack, template: &template, path, parameters };
        if let Some(finding) = synth::old_pipeline(stack, &template) {
            self.report.push(finding.at(self.file, self.places.span(&table), "found here"));
        }
        parameters::check(self, &subject);
        capabilities::check(self, &subject);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::definition;

    const COMPLETE: &str = include_str!("../../../tests/ui/complete.toml");

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_left_of_a_damaged_definition_is_looked_at(
            gone in prop::collection::vec(0..COMPLETE.lines().count(), 1..4),
            twice in 0..COMPLETE.lines().count(),
        ) {
            let mut damaged = String::new();
            for (number, line) in COMPLETE.lines().enumerate() {
                let copies = if gone.contains(&number) { 0 } else { 1 + usize::from(number == twice && line.contains('[')) };
                (0..copies).for_each(|_| damaged.push_str(&format!("{line}\n")));
            }
            let file = Utf8Path::new("nowhere/pipeline.toml");
            let validation = check(file, definition::examine(file, &damaged));
            for label in validation.report.diagnostics.iter().flat_map(|finding| &finding.labels) {
                prop_assert!(label.file != file || damaged.get(label.span.clone()).is_some(), "{:?}", label);
            }
        }
    }
}
