//! Diagnostics and failures as data. Nothing here prints; `cli` renders.

use std::ops::Range;

use camino::Utf8PathBuf;
use serde::Serialize;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The input cannot be used.
    Error,
    /// The input can be used, but probably not with the effect that was meant.
    Warning,
}

/// A place in a file, with what is to be said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The file, as the user names it; a key of [`Report::sources`] when its text is known.
    pub file: Utf8PathBuf,
    /// Byte offsets in the file's text.
    pub span: Range<usize>,
    /// What is to be said about this place; may be empty.
    pub text: String,
}

/// One finding: what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name of the rule, in kebab-case, such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong: a lower-case fragment with values in backticks and no trailing period.
    pub message: String,
    /// The first label is the place itself; the others are related places.
    pub labels: Vec<Label>,
    /// Remedies, the best first.
    pub help: Vec<String>,
    /// What it is about below a table of the definition, such as `override.0.set.Timeout`, where only whoever knows the table
    /// can say the place.
    #[serde(skip)]
    pub about: Option<String>,
}

impl Diagnostic {
    /// Makes an error at a place.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message.into())
    }

    /// Makes a warning at a place.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message.into())
    }

    fn new(severity: Severity, code: &'static str, message: String) -> Self {
        Self { severity, code, message, labels: Vec::new(), help: Vec::new(), about: None }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, file: &camino::Utf8Path, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Label { file: file.to_owned(), span, text: text.into() });
        self
    }

    /// Adds a remedy.
    #[must_use]
    pub fn help(mut self, remedy: impl Into<String>) -> Self {
        self.help.push(remedy.into());
        self
    }
}

/// The text of a file that diagnostics point into.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFile {
    /// The file, as the user names it.
    pub path: Utf8PathBuf,
    /// Its whole text.
    #[serde(skip)]
    pub text: String,
}

/// The findings of one check, with the texts that they point into.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The files that labels point into.
    pub sources: Vec<SourceFile>,
    /// The findings, at most [`Report::LIMIT`].
    pub diagnostics: Vec<Diagnostic>,
    /// How many findings were left out because of the limit.
    pub omitted: usize,
    /// How many of those are errors.
    pub omitted_errors: usize,
}

impl Report {
    /// How many findings a report keeps; a file with more is told how many there were.
    pub const LIMIT: usize = 200;

    /// Adds a finding, or counts it when the limit is reached.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < Self::LIMIT {
            self.diagnostics.push(diagnostic);
        } else {
            self.omit(&diagnostic);
        }
    }

    /// Counts a finding that is left out.
    pub fn omit(&mut self, diagnostic: &Diagnostic) {
        self.omitted += 1;
        self.omitted_errors += usize::from(diagnostic.severity == Severity::Error);
    }

    /// Adds the findings and texts of another report.
    pub fn append(&mut self, other: Self) {
        for source in other.sources {
            if !self.sources.iter().any(|known| known.path == source.path) {
                self.sources.push(source);
            }
        }
        for diagnostic in other.diagnostics {
            self.push(diagnostic);
        }
        self.omitted += other.omitted;
        self.omitted_errors += other.omitted_errors;
    }

    /// Tells whether any finding is an error.
    pub fn has_errors(&self) -> bool {
        self.omitted_errors > 0 || self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// What a failure means to the caller of the program; the face turns it into an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A pipeline, a stack or a build failed.
    Failed,
    /// The command was used wrongly.
    Usage,
    /// A definition, a template or an assembly is invalid.
    Invalid,
    /// Credentials, bootstrap, a tool or a secret is missing.
    NotReady,
    /// AWS or GitHub refused or could not be reached.
    Refused,
    /// The user declined.
    Declined,
    /// Differences were found, and the command was asked to tell so.
    Differences,
    /// The time given to wait ran out, and what was waited for goes on.
    TimedOut,
    /// The user interrupted.
    Interrupted,
}

/// An error that knows what it means and what to do about it.
pub trait Explain: std::error::Error + Send + Sync + 'static {
    /// What the failure means to the caller of the program.
    fn kind(&self) -> FailureKind;

    /// What to do, the best first; each starts with a command to type where there is one.
    fn hints(&self) -> Vec<String> {
        Vec::new()
    }

    /// Findings to show with the error, where there are any.
    fn report(&self) -> Option<&Report> {
        None
    }
}

/// The messages of an error and all its sources, without repetition.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        source = error.source();
    }
    text
}
