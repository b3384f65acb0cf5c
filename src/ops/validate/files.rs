//! Files that the definition names: there or not, and what is near.

use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};

use super::Check;
use crate::cfn::Template;
use crate::definition::{BuildWork, Stack};
use crate::diagnostic::{Diagnostic, Severity};
use crate::ops::files::{self, SYNTHESISE_AGAIN, unreadable_template};
use crate::text;

/// Reads a stack's template and keeps it if it is one.
pub(super) fn read_template<'a>(check: &mut Check<'a>, stack: &'a Stack, path: &str) {
    let template = stack.template.as_path();
    let file = check.locate(template);
    match files::read_template(check.folder, template, stack.origin.assembly()) {
        Ok(text) => match Template::parse(&file, &text) {
            Ok(parsed) => {
                check.templates.insert(template, parsed);
            }
            Err(report) => check.report.append(report),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let origin = stack.origin.assembly().map_or(Origin::SourceOrBuild, |_| Origin::Assembly);
            missing(check, ("missing-template", "template"), origin, template, path);
        }
        Err(error) => {
            let finding = unreadable_template(&file, &error, stack.origin.assembly());
            let label = stack.origin.assembly().map_or("named here", |_| "found here");
            check.report.push(finding.at(check.file, check.places.span(path), label));
        }
    }
}

/// Where a file may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The source alone.
    Source,
    /// The source, or the commands that run before synthesis.
    SourceOrBuild,
    /// An assembly that is there: it lacks what it names.
    Assembly,
}

/// Reports a file that is not there. If the build may make it, only a file of a similar name makes it an error.
pub(super) fn missing(
    check: &mut Check<'_>,
    (code, noun): (&'static str, &str),
    origin: Origin,
    wanted: &Utf8Path,
    path: &str,
) {
    let near = if origin == Origin::Assembly { None } else { near(check.folder, wanted) };
    let may_be_built = origin == Origin::SourceOrBuild && runs_commands(check);
    let severity = if near.is_none() && may_be_built { Severity::Warning } else { Severity::Error };
    let message = format!("{noun} `{wanted}` does not exist");
    let finding = match severity {
        Severity::Error => Diagnostic::error(code, message),
        Severity::Warning => Diagnostic::warning(code, message),
    };
    let label = if origin == Origin::Assembly { "found here" } else { "no such file" };
    let finding = finding.at(check.file, check.places.span(path), label);
    let help = match near {
        None if origin == Origin::Assembly => SYNTHESISE_AGAIN.to_owned(),
        Some(near) => format!("a file with a similar name exists: `{near}`"),
        None if severity == Severity::Warning => "this is well if the build makes it".to_owned(),
        None => "create the file; paths are relative to the definition's folder".to_owned(),
    };
    check.report.push(finding.help(help));
}

/// Whether the pipeline runs commands of the user's before synthesis.
fn runs_commands(check: &Check<'_>) -> bool {
    match &check.definition.build.work {
        BuildWork::Commands(commands) => !commands.is_empty(),
        BuildWork::Buildspec(_) => true,
    }
}

/// A file of a similar name in the same folder, or of the same name with another ending.
fn near(folder: &Utf8Path, wanted: &Utf8Path) -> Option<Utf8PathBuf> {
    let around = folder.join(wanted.parent().unwrap_or(Utf8Path::new("")));
    let around = if around.as_str().is_empty() { Utf8Path::new(".") } else { &around };
    let name = wanted.file_name()?;
    let mut names: Vec<String> =
        around.read_dir_utf8().ok()?.filter_map(|entry| Some(entry.ok()?.file_name().to_owned())).collect();
    names.sort();
    let twin = names.iter().find(|other| Utf8Path::new(other.as_str()).file_stem() == wanted.file_stem());
    let near = twin.map(String::as_str).or_else(|| text::nearest(name, names.iter().map(String::as_str)))?;
    Some(wanted.with_file_name(near))
}
