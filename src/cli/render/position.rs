//! Byte offsets to lines and columns.

use serde::Serialize;

/// A place as editors count: from one, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Position {
    pub line: usize,
    pub column: usize,
}

impl Position {
    /// Finds the place of a byte offset. An offset behind the end is the end.
    pub fn of(text: &str, offset: usize) -> Self {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |position| position + 1);
        Self { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns() {
        assert_eq!(Position::of("a\nbc\n", 3), Position { line: 2, column: 2 });
        assert_eq!(Position::of("ä=1", 2), Position { line: 1, column: 2 });
        assert_eq!(Position::of("", 99), Position { line: 1, column: 1 });
    }
}
