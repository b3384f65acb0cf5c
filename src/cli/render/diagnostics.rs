//! Findings as text with the place, in compiler style. The only file that names `annotate-snippets`.

use std::borrow::Cow;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::Colors;
use super::position::Position;
use crate::diagnostic::{Diagnostic, Label, Report, Severity, SourceFile};
use crate::text;

/// Lines longer than this are not shown: the place is, without its text.
const LONGEST_LINE: usize = 1000;
/// The width that long lines are trimmed to.
const WIDTH: usize = 120;

/// Writes all findings and a summary line.
pub(in crate::cli) fn diagnostics(report: &Report, colors: Colors) -> String {
    let renderer = match colors {
        Colors::Styled => Renderer::styled(),
        Colors::Plain => Renderer::plain(),
    }
    .term_width(WIDTH);
    let mut output = String::new();
    for diagnostic in &report.diagnostics {
        let groups = groups(diagnostic, report);
        if diagnostic.labels.is_empty() {
            // Together they would be joined by the margin of a place that is not there.
            let parts: Vec<String> = groups.iter().map(|group| renderer.render(std::slice::from_ref(group))).collect();
            output.push_str(&parts.join("\n"));
        } else {
            output.push_str(&renderer.render(&groups));
        }
        output.push_str("\n\n");
    }
    output.push_str(&summary(report));
    output
}

/// "2 errors, 1 warning", or nothing at all for an empty report.
fn summary(report: &Report) -> String {
    let number = |severity| report.diagnostics.iter().filter(|found| found.severity == severity).count();
    let mut parts = Vec::new();
    if number(Severity::Error) > 0 {
        parts.push(text::count(number(Severity::Error), "error"));
    }
    if number(Severity::Warning) > 0 {
        parts.push(text::count(number(Severity::Warning), "warning"));
    }
    if report.omitted > 0 {
        parts.push(format!("{} more not shown", report.omitted));
    }
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(", ")) }
}

fn groups<'a>(diagnostic: &'a Diagnostic, report: &'a Report) -> Vec<Group<'a>> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut main = level.primary_title(&diagnostic.message).id(diagnostic.code).elements(Vec::<Origin<'_>>::new());
    for (position, labels) in by_file(&diagnostic.labels).into_iter().enumerate() {
        let source = report.sources.iter().find(|source| source.path == labels[0].file);
        main = match source.and_then(|source| Window::around(source, &labels)) {
            Some(window) => main.element(window.snippet(&labels, position == 0)),
            None => main.element(origin(labels[0], source)),
        };
    }
    let mut groups = vec![main];
    groups.extend(diagnostic.help.iter().map(|help| Group::with_title(Level::HELP.secondary_title(help))));
    groups
}

/// The labels of each file, the file of the first label first.
fn by_file(labels: &[Label]) -> Vec<Vec<&Label>> {
    let mut files: Vec<Vec<&Label>> = Vec::new();
    for label in labels {
        match files.iter_mut().find(|known| known[0].file == label.file) {
            Some(known) => known.push(label),
            None => files.push(vec![label]),
        }
    }
    files
}

/// A place whose text is not known or too long to be shown.
fn origin<'a>(label: &'a Label, source: Option<&SourceFile>) -> Origin<'a> {
    let origin = Origin::path(label.file.as_str());
    match source {
        Some(source) => {
            let place = Position::of(&source.text, label.span.start);
            origin.line(place.line).char_column(place.column)
        }
        None => origin,
    }
}

/// The lines of a file that labels point into. Rendering these alone keeps the cost off the file's size.
struct Window<'a> {
    path: &'a str,
    text: Cow<'a, str>,
    offset: usize,
    first_line: usize,
}

impl<'a> Window<'a> {
    fn around(source: &'a SourceFile, labels: &[&Label]) -> Option<Self> {
        let text = source.text.as_str();
        let start = labels.iter().map(|label| label.span.start).min()?.min(text.len());
        let end = labels.iter().map(|label| label.span.end).max()?.min(text.len()).max(start);
        let start = text.get(..start)?.rfind('\n').map_or(0, |position| position + 1);
        let end = text.get(end..)?.find('\n').map_or(text.len(), |position| end + position);
        let shown = text.get(start..end)?;
        let is_showable = shown.lines().all(|line| line.len() <= LONGEST_LINE);
        is_showable.then(|| Self {
            path: source.path.as_str(),
            // Of the same length, so that spans keep their meaning.
            text: match shown.contains('\r') {
                true => Cow::Owned(shown.replace('\r', " ")),
                false => Cow::Borrowed(shown),
            },
            offset: start,
            first_line: text[..start].matches('\n').count() + 1,
        })
    }

    fn snippet(self, labels: &[&'a Label], is_primary: bool) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let annotations: Vec<_> = labels
            .iter()
            .enumerate()
            .map(|(position, label)| {
                let kind = if is_primary && position == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let text = (!label.text.is_empty()).then_some(label.text.as_str());
                kind.span(self.within(label.span.start)..self.within(label.span.end)).label(text)
            })
            .collect();
        Snippet::source(self.text).path(self.path).line_start(self.first_line).annotations(annotations)
    }

    fn within(&self, offset: usize) -> usize {
        offset.saturating_sub(self.offset).min(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let text = "[pipeline]\nname = \"my.app\"\nbrnach = 1\n".to_owned();
        let mut report =
            Report { sources: vec![SourceFile { path: "pipeline.toml".into(), text }], ..Report::default() };
        report.push(
            Diagnostic::error("unknown-key", "unknown key `brnach`")
                .at("pipeline.toml".into(), 27..33, "no such key here")
                .at("pipeline.toml".into(), 0..10, "in this table")
                .help("a key with a similar name exists: `branch`"),
        );
        report.push(Diagnostic::warning("elsewhere", "no text is known").at("other.toml".into(), 0..1, ""));
        report
    }

    #[test]
    fn findings_show_place_caret_and_remedy() {
        insta::assert_snapshot!(diagnostics(&report(), Colors::Plain));
    }

    #[test]
    fn a_finding_without_a_place_has_no_margin() {
        let mut report = Report::default();
        let finding = Diagnostic::error("missing-file", "the template `app.yaml` is not there");
        report.push(finding.help("build it first").help("or name another"));
        insta::assert_snapshot!(diagnostics(&report, Colors::Plain), @r"
        error[missing-file]: the template `app.yaml` is not there
        help: build it first
        help: or name another

        1 error
        ");
    }

    #[test]
    fn a_place_in_a_very_long_line_is_told_without_the_line() {
        let mut report = Report {
            sources: vec![SourceFile { path: "long.toml".into(), text: "x".repeat(5000) }],
            ..Report::default()
        };
        report.push(Diagnostic::error("long", "a long line").at("long.toml".into(), 4000..4001, ""));
        assert!(diagnostics(&report, Colors::Plain).contains("long.toml:1:4001"));
    }
}
