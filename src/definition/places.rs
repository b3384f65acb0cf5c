//! Where things stand in the file, for checks that come after decoding.

use std::collections::BTreeMap;
use std::ops::Range;

/// Spans of values by their path, such as `stage.2.stack.0.template` (positions count from zero).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<String, Range<usize>>);

impl Places {
    /// Remembers a place.
    pub(super) fn insert(&mut self, path: &str, span: Range<usize>) {
        self.0.insert(path.to_owned(), span);
    }

    /// Finds a value's span: its own, or that of the nearest table around it, or the start of the file.
    pub fn span(&self, path: &str) -> Range<usize> {
        let mut path = path;
        loop {
            if let Some(span) = self.0.get(path) {
                return span.clone();
            }
            match path.rsplit_once('.') {
                Some((around, _)) => path = around,
                None => return 0..0,
            }
        }
    }
}
