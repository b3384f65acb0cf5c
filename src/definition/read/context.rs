//! What a reading of one file collects.

use std::cell::RefCell;
use std::ops::Range;

use camino::Utf8Path;

use super::Table;
use super::findings::Findings;
use crate::definition::Places;
use crate::diagnostic::{Diagnostic, Report, SourceFile};

/// Whether the whole of something could be read. If not, what seems to be missing may stand in the part that could not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::definition) enum Completeness {
    Whole,
    Partial,
}

/// What a reading of one file collects: findings and places.
#[derive(Debug)]
pub(in crate::definition) struct Context<'a> {
    file: &'a Utf8Path,
    text: &'a str,
    completeness: Completeness,
    findings: RefCell<Findings>,
    places: RefCell<Places>,
}

impl<'a> Context<'a> {
    pub fn new(file: &'a Utf8Path, text: &'a str, completeness: Completeness) -> Self {
        Self { file, text, completeness, findings: RefCell::default(), places: RefCell::default() }
    }

    /// The file, as the user names it.
    pub fn file(&self) -> &'a Utf8Path {
        self.file
    }

    /// The text at a span.
    pub fn slice(&self, span: Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// Reports a finding.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.findings.borrow_mut().push(diagnostic);
    }

    /// Reports that something is missing, unless it may stand where the file could not be parsed.
    pub fn report_missing(&self, diagnostic: Diagnostic) {
        if self.completeness == Completeness::Whole {
            self.report(diagnostic);
        }
    }

    /// Makes an error with its place.
    pub fn error(
        &self,
        code: &'static str,
        message: impl Into<String>,
        span: Range<usize>,
        label: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message).at(self.file, span, label)
    }

    /// Remembers a place.
    pub fn remember(&self, path: &str, span: Range<usize>) {
        self.places.borrow_mut().insert(path, span);
    }

    /// Remembers the place of a key that the user chose.
    pub fn remember_key(&self, path: &str, span: Range<usize>) {
        self.places.borrow_mut().insert_key(path, span);
    }

    /// Keeps the tables of an array that could be read. The places of the others are forgotten.
    pub fn keep<T>(&self, tables: &[Table<'_>], read: Vec<Option<T>>) -> Vec<T> {
        for (table, _) in tables.iter().zip(&read).rev().filter(|(_, read)| read.is_none()) {
            self.places.borrow_mut().leave_out(table.path());
        }
        read.into_iter().flatten().collect()
    }

    /// Ends the reading.
    pub fn finish(self) -> (Report, Places) {
        let source = SourceFile { path: self.file.to_owned(), text: self.text.to_owned() };
        (self.findings.into_inner().into_report(source), self.places.into_inner())
    }
}
