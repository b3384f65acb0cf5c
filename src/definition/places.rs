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

    /// Forgets an element of an array, such as `stage.1`; the places of those after it move up.
    pub(super) fn leave_out(&mut self, element: &str) {
        let Some((array, position)) = element.rsplit_once('.') else { return };
        let Ok(position) = position.parse::<usize>() else { return };
        for places in [&mut self.values, &mut self.keys] {
            let old = std::mem::take(places);
            places.extend(old.into_iter().filter_map(|(path, span)| Some((moved_up(path, array, position)?, span))));
        }
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

/// A path once the element at a position of an array is gone; none if it leads into that element.
fn moved_up(path: String, array: &str, gone: usize) -> Option<String> {
    let Some(below) = path.strip_prefix(array).and_then(|below| below.strip_prefix('.')) else { return Some(path) };
    let (number, rest) = below.split_at(below.find('.').unwrap_or(below.len()));
    match number.parse::<usize>() {
        Ok(position) if position == gone => None,
        Ok(position) if position > gone => Some(format!("{array}.{}{rest}", position - 1)),
        _ => Some(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_an_element_that_is_left_out_moves_up() {
        let mut places = Places::default();
        for (position, path) in
            ["stage", "stage.0.name", "stage.1.name", "stage.2.stack.1.name", "stages.2"].iter().enumerate()
        {
            places.insert(path, position..position);
        }
        places.leave_out("stage.1");
        assert_eq!(places.span("stage.0.name"), 1..1);
        assert_eq!(places.span("stage.1.name"), 0..0, "the array's own place stands for what is not known");
        assert_eq!(places.span("stage.1.stack.1.name"), 3..3);
        assert_eq!(places.span("stages.2"), 4..4);
    }
}
