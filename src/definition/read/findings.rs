//! Findings in the order of the file, in bounded memory.

use crate::diagnostic::{Diagnostic, Report, SourceFile};

/// How many findings are held before those furthest down are dropped.
const HELD: usize = 4 * Report::LIMIT;

/// Collects findings; of very many it keeps those that stand first in the file, and counts the others.
#[derive(Debug, Default)]
pub(super) struct Findings {
    held: Vec<Diagnostic>,
    dropped: Report,
}

impl Findings {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.held.push(diagnostic);
        if self.held.len() >= HELD {
            self.sort();
            for diagnostic in self.held.drain(Report::LIMIT..) {
                self.dropped.omit(&diagnostic);
            }
        }
    }

    pub fn into_report(mut self, source: SourceFile) -> Report {
        self.sort();
        let mut report = Report { sources: vec![source], ..self.dropped };
        for diagnostic in self.held {
            report.push(diagnostic);
        }
        report
    }

    fn sort(&mut self) {
        self.held.sort_by_key(|diagnostic| diagnostic.labels.first().map_or(0, |label| label.span.start));
    }
}
