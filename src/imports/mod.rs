//! What is imported of resources that are there already: read from files that tell clients of a backend (the rest is read by
//! the pipeline), and checked by its form and its place. Pure.
//!
//! ```text
//! aws-exports.js ───────script──┐
//!                               ├─document─▶ value, region ─form, place─▶ literal values of parameters
//! amplify_outputs.json ─────────┘
//! ```

mod document;
mod form;
mod script;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::definition::{Definition, Import, ImportSource, Stage, Target, Value};
use crate::diagnostic::{Diagnostic, Severity};
use crate::id::Name;
use crate::text;
use document::Document;
pub use document::Imported;

/// The most bytes of a file that tells clients of a backend.
pub const FILE_LIMIT: u64 = 4 << 20;

/// The longest value of a parameter ("CloudFormation quotas").
const LONGEST: usize = 4096;

/// Something wrong with an import.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The stage.
    pub stage: Name,
    /// The import.
    pub import: String,
    /// The key of its table that it is about.
    pub key: &'static str,
    /// What is wrong.
    pub diagnostic: Diagnostic,
}

/// Gives parameters the values that files hold for them. `texts` are the files, by their paths in the definition; what is to
/// come from others stays as it is.
pub fn resolve(definition: &mut Definition, texts: &BTreeMap<Utf8PathBuf, String>) -> Vec<Finding> {
    let own = definition.target.clone();
    let mut findings = Vec::new();
    for stage in &mut definition.stages {
        let mut values = BTreeMap::new();
        for import in &stage.imports {
            let ImportSource::File { path, key } = &import.source else { continue };
            let Some(text) = texts.get(path) else { continue };
            let name = import.name.clone();
            let mut add = |(key, diagnostic)| {
                findings.push(Finding { stage: stage.name.clone(), import: name.clone(), key, diagnostic });
            };
            match read(stage, import, (path, key.as_deref(), text), &own) {
                Ok((value, warning)) => {
                    warning.into_iter().for_each(&mut add);
                    values.insert(name.clone(), value);
                }
                Err(error) => add(error),
            }
        }
        for value in stage.stacks.iter_mut().flat_map(|stack| stack.parameters.values_mut()) {
            let text = if let Value::Import(name) = &*value { values.get(name) } else { None };
            if let Some(text) = text {
                *value = Value::Literal(text.clone());
            }
        }
    }
    findings
}

/// A finding, and the key of an import's table that it is about.
type Found = (&'static str, Diagnostic);

/// What is imported, perhaps with a warning, or what is wrong.
fn read(
    stage: &Stage,
    import: &Import,
    (path, key, text): (&Utf8Path, Option<&str>, &str),
    own: &Target,
) -> Result<(String, Option<Found>), Found> {
    let document = Document::parse(path, text).map_err(|diagnostic| ("file", diagnostic))?;
    let part = if key.is_some() { "key" } else { "file" };
    let imported = document.find(import.kind, key).map_err(|diagnostic| (part, diagnostic))?;
    let places = places(stage, import, own);
    let found = places.iter().filter_map(|place| check(import, &imported, place));
    match found.min_by_key(|diagnostic| diagnostic.severity) {
        Some(error) if error.severity == Severity::Error => Err((part, error)),
        warning => Ok((imported.value, warning.map(|warning| (part, warning)))),
    }
}

/// Where the stacks are that use an import; where the stage is if none is known to.
fn places(stage: &Stage, import: &Import, own: &Target) -> BTreeSet<Target> {
    let is_it = |value: &Value| matches!(value, Value::Import(name) if *name == import.name);
    let users = stage.stacks.iter().filter(|stack| stack.parameters.values().any(is_it));
    let places: BTreeSet<Target> = users.map(|stack| stack.target.or(own)).collect();
    if places.is_empty() { BTreeSet::from([stage.target.or(own)]) } else { places }
}

/// Checks what is imported by its form, and against the environment that it is used in, as far as that is known.
pub fn check(import: &Import, imported: &Imported, place: &Target) -> Option<Diagnostic> {
    let Imported { value, region } = imported;
    let (name, noun) = (&import.name, import.kind.noun());
    let Some(told) = form::read(import.kind, value).filter(|_| value.len() <= LONGEST) else {
        let message = format!("import `{name}`: `{}` is not {noun}", text::shortened(value, 100));
        return Some(Diagnostic::error("invalid-import", message).help(form::example(import.kind)));
    };
    let subject = format!("import `{name}`: `{value}`");
    let region = Compared {
        code: "import-region",
        key: "region",
        there: told.region.or_else(|| region.clone()),
        wanted: place.region.as_ref().map(ToString::to_string),
    };
    let account = Compared {
        code: "import-account",
        key: "account",
        there: told.account,
        wanted: place.account.as_ref().map(ToString::to_string),
    };
    region.finding(&subject).or_else(|| account.finding(&subject))
}

/// Where something is, and where it is used.
struct Compared {
    code: &'static str,
    /// The key by which a definition names such a place.
    key: &'static str,
    there: Option<String>,
    wanted: Option<String>,
}

impl Compared {
    fn finding(self, subject: &str) -> Option<Diagnostic> {
        let Self { code, key, there, wanted } = self;
        let there = there?;
        match wanted {
            Some(wanted) if wanted == there => None,
            Some(wanted) => {
                let message = format!("{subject} is of {key} `{there}`, but it is used in `{wanted}`");
                let help = format!(
                    "import one of `{wanted}`, or deploy to `{there}`; `kind = \"text\"` takes it wherever it is"
                );
                Some(Diagnostic::error(code, message).help(help))
            }
            None => {
                let message = format!("{subject} is of {key} `{there}`, and nothing says whether it is used there");
                let help = format!(
                    "name the {key} of the pipeline, with which it is compared: `{key} = \"…\"` in `[pipeline]`"
                );
                Some(Diagnostic::warning(code, message).help(help))
            }
        }
    }
}
