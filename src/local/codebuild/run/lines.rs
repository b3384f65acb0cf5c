//! The output of a build's shell: lines of commands, and the marks that tell where each command ended.
//!
//! After each command the shell prints a line break, then a mark, on a line of its own. The line break ends a last line
//! that a command left open; where there was none, it makes an empty line, which is dropped again.

use std::collections::VecDeque;

use tokio::io::{AsyncRead, AsyncReadExt};

/// How much of one line is kept; the rest is dropped. It is more than the log takes, so that a secret is masked before
/// the line is cut.
const LONGEST: usize = 256 * 1024;

/// What the shell printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// A line, without its end.
    Line(String),
    /// A command ended with this status.
    Mark(i32),
    /// The stream ended.
    End,
}

/// Reads the shell's output.
pub(super) struct Lines<R> {
    stream: R,
    mark: String,
    open: Vec<u8>,
    empty_line_waits: bool,
    pieces: VecDeque<Piece>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// Reads a stream whose marks begin with `mark`.
    pub(super) fn new(stream: R, mark: String) -> Self {
        Self { stream, mark, open: Vec::new(), empty_line_waits: false, pieces: VecDeque::new() }
    }

    /// The next piece. Nothing is lost when the future is dropped.
    pub(super) async fn next(&mut self) -> std::io::Result<Piece> {
        loop {
            if let Some(piece) = self.pieces.pop_front() {
                return Ok(piece);
            }
            let mut chunk = [0; 8192];
            match self.stream.read(&mut chunk).await? {
                0 => self.end(),
                length => self.feed(&chunk[..length]),
            }
        }
    }

    fn feed(&mut self, chunk: &[u8]) {
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match part.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (part, false),
            };
            let room = LONGEST.saturating_sub(self.open.len());
            self.open.extend_from_slice(&text[..text.len().min(room)]);
            if ends {
                self.close_line();
            }
        }
    }

    fn close_line(&mut self) {
        let line = std::mem::take(&mut self.open);
        let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned();
        if let Some(status) = self.status(&text) {
            self.empty_line_waits = false;
            self.pieces.push_back(Piece::Mark(status));
            return;
        }
        self.release_empty_line();
        if text.is_empty() {
            self.empty_line_waits = true;
        } else if !text.contains(&self.mark) {
            // A shell that traces itself also shows how it prints the mark; that is nobody's business.
            self.pieces.push_back(Piece::Line(text));
        }
    }

    fn status(&self, line: &str) -> Option<i32> {
        line.strip_prefix(&self.mark)?.strip_prefix(' ')?.parse().ok()
    }

    fn release_empty_line(&mut self) {
        if std::mem::take(&mut self.empty_line_waits) {
            self.pieces.push_back(Piece::Line(String::new()));
        }
    }

    fn end(&mut self) {
        if !self.open.is_empty() {
            self.close_line();
        }
        self.release_empty_line();
        self.pieces.push_back(Piece::End);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> Vec<Piece> {
        let mut lines = Lines::new(text.as_bytes(), "MARK".to_owned());
        let mut pieces = Vec::new();
        loop {
            match lines.next().await.unwrap() {
                Piece::End => return pieces,
                piece => pieces.push(piece),
            }
        }
    }

    fn line(text: &str) -> Piece {
        Piece::Line(text.to_owned())
    }

    #[tokio::test]
    async fn marks_leave_no_trace_in_the_lines() {
        assert_eq!(read("a\n\nMARK 0\nb\nMARK 7\n").await, [line("a"), Piece::Mark(0), line("b"), Piece::Mark(7)]);
        assert_eq!(read("a\n\n\nMARK 0\n").await, [line("a"), line(""), Piece::Mark(0)]);
        assert_eq!(read("\nMARK 0\n\nMARK 1\n").await, [Piece::Mark(0), Piece::Mark(1)]);
        assert_eq!(read("+ printf MARK\n\r\nend").await, [line(""), line("end")]);
    }

    #[tokio::test]
    async fn the_rest_of_a_very_long_line_is_dropped() {
        let pieces = read(&format!("{}\nb\n", "a".repeat(2 * LONGEST))).await;
        assert_eq!(pieces, [line(&"a".repeat(LONGEST)), line("b")]);
    }
}
