//! Findings and failures as JSON.

use serde::Serialize;

use super::position::Position;
use crate::cli::Failure;
use crate::diagnostic::{Diagnostic, FailureKind, Label, Report, Severity};

/// Writes a value on one line.
pub(in crate::cli) fn compact(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

/// Findings with places as editors count them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli) struct ReportView<'a> {
    errors: usize,
    warnings: usize,
    omitted: usize,
    diagnostics: Vec<DiagnosticView<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct DiagnosticView<'a> {
    severity: Severity,
    code: &'a str,
    message: &'a str,
    labels: Vec<LabelView<'a>>,
    help: &'a [String],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct LabelView<'a> {
    file: &'a str,
    start: Option<Position>,
    end: Option<Position>,
    span: [usize; 2],
    text: &'a str,
}

impl<'a> ReportView<'a> {
    pub fn of(report: &'a Report) -> Self {
        let count = |severity| report.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
        Self {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            omitted: report.omitted,
            diagnostics: report.diagnostics.iter().map(|diagnostic| DiagnosticView::of(diagnostic, report)).collect(),
        }
    }
}

impl<'a> DiagnosticView<'a> {
    fn of(diagnostic: &'a Diagnostic, report: &'a Report) -> Self {
        Self {
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: &diagnostic.message,
            labels: diagnostic.labels.iter().map(|label| LabelView::of(label, report)).collect(),
            help: &diagnostic.help,
        }
    }
}

impl<'a> LabelView<'a> {
    fn of(label: &'a Label, report: &Report) -> Self {
        let source = report.sources.iter().find(|source| source.path == label.file);
        let position = |offset| source.map(|source| Position::of(&source.text, offset));
        Self {
            file: label.file.as_str(),
            start: position(label.span.start),
            end: position(label.span.end),
            span: [label.span.start, label.span.end],
            text: &label.text,
        }
    }
}

/// A failure as a JSON object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli) struct FailureView<'a> {
    error: String,
    kind: FailureKind,
    causes: Vec<String>,
    help: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<ReportView<'a>>,
}

impl<'a> FailureView<'a> {
    pub fn of(failure: &'a Failure) -> Self {
        let mut chain = failure.chain().into_iter();
        Self {
            error: chain.next().unwrap_or_default(),
            kind: failure.kind(),
            causes: chain.collect(),
            help: failure.hints().to_vec(),
            report: failure.report().map(ReportView::of),
        }
    }
}
