//! Where things stand in the file, for checks that come after decoding.

use std::collections::BTreeMap;
use std::ops::Range;

/// Spans of values by their path, such as `stage.2.stack.0.template` (positions count from zero).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    values: BTreeMap<String, Range<usize>>,
    keys: BTreeMap<String, Range<usize>>,
}

impl Places {
    /// Remembers a place.
    pub(super) fn insert(&mut self, path: &str, span: Range<usize>) {
        self.values.insert(path.to_owned(), span);
    }

    /// Remembers the place of a key that the user chose.
    pub(super) fn insert_key(&mut self, path: &str, span: Range<usize>) {
        self.keys.insert(path.to_owned(), span);
    }

    /// Finds the span of a key that the user chose, such as a parameter's name; of any other path, the value's.
    pub fn key(&self, path: &str) -> Range<usize> {
        self.keys.get(path).cloned().unwrap_or_else(|| self.span(path))
    }

    /// Finds a value's span: its own, or that of the nearest table around it, or the start of the file.
    pub fn span(&self, path: &str) -> Range<usize> {
        let mut path = path;
        loop {
            if let Some(span) = self.values.get(path) {
                return span.clone();
            }
            match path.rsplit_once('.') {
                Some((around, _)) => path = around,
                None => return 0..0,
            }
        }
    }
}
