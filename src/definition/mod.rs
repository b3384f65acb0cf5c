//! `pipeline.toml`: decode, check, describe. Pure.
//!
//! ```text
//! text ─syntax─▶ TOML tree ─decode─▶ model + outline ─check─▶ Definition
//!                    (read: nodes with places)   (names, order, waves, targets)
//! ```
//!
//! Every mistake of a file is reported at once.

mod check;
mod comments;
mod decode;
mod grammar;
mod model;
mod places;
mod read;
mod render;
pub mod schema;
mod syntax;
#[cfg(test)]
mod tests;
mod unwatched;

use std::ops::Range;

use camino::Utf8Path;

use crate::diagnostic::{Report, SourceFile};

pub use check::{RESERVED_STAGES, RESERVED_STEPS, is_pipelines_own};
pub use comments::{CommentPlace, Comments};
pub use decode::{
    BRANCH, NOTIFICATION_TARGETS, RESERVED_TAGS, RESERVED_VARIABLES, STACK_TAGS, TAG_KEY, TAG_VALUE, TOKEN_SECRET,
};
pub use model::*;
pub use places::Places;
pub use render::{render, render_with};
pub use syntax::SIZE_LIMIT;
pub use unwatched::unwatched;

/// What a file turned out to be.
#[derive(Debug)]
pub struct Examined {
    /// The definition, if its syntax is right. Where the report has errors, what could not be read is left out of it or has a
    /// stand-in, and it may be at odds with itself.
    pub definition: Option<Definition>,
    /// The findings.
    pub report: Report,
    /// Where things stand in the file.
    pub places: Places,
}

/// Decodes a definition. With it come warnings; without it, all errors.
pub fn decode(file: &Utf8Path, text: &str) -> Result<(Definition, Report), Report> {
    let examined = examine(file, text);
    match examined.definition.filter(|_| !examined.report.has_errors()) {
        Some(definition) => Ok((definition, examined.report)),
        None => Err(examined.report),
    }
}

/// Decodes a definition and keeps the places of its values, for checks against other files.
pub fn examine(file: &Utf8Path, text: &str) -> Examined {
    if let Some(refusal) = syntax::refuse(file, text) {
        // The text of a file that is no definition is not worth keeping.
        let sources = vec![SourceFile { path: file.to_owned(), text: String::new() }];
        let report = Report { sources, diagnostics: vec![refusal], ..Report::default() };
        return Examined { definition: None, report, places: Places::default() };
    }
    let (tree, errors) = syntax::parse(text);
    let is_whole = errors.is_empty();
    let completeness = if is_whole { read::Completeness::Whole } else { read::Completeness::Partial };
    let context = read::Context::new(file, text, completeness);
    syntax::findings(file, text, &errors).into_iter().for_each(|finding| context.report(finding));
    let broken: Vec<Range<usize>> = errors.iter().filter_map(toml::de::Error::span).collect();
    drop(errors);
    // What is left of a file with broken syntax is not what its author wrote.
    let definition = decode::definition(&context, &tree).filter(|_| is_whole);
    let (mut report, places) = context.finish();
    report.diagnostics.retain(|finding| !syntax::is_echo(finding, text, &broken));
    Examined { definition, report, places }
}
