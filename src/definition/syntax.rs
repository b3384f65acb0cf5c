//! Text to a TOML tree, with all syntax errors at once.

use camino::Utf8Path;
use toml::Spanned;
use toml::de::{DeTable, Error};

use crate::diagnostic::Diagnostic;

/// The largest definition, in bytes.
pub const SIZE_LIMIT: usize = 1024 * 1024;

/// Tells why a text cannot be a definition at all, before any parsing.
pub(super) fn refuse(file: &Utf8Path, text: &str) -> Option<Diagnostic> {
    if text.len() > SIZE_LIMIT {
        let message = format!("`{file}` has {} bytes; a definition has at most {SIZE_LIMIT}", text.len());
        return Some(Diagnostic::error("too-large", message).at(file, 0..0, ""));
    }
    if text.contains('\0') {
        let message = format!("`{file}` is a binary file, not a definition");
        return Some(Diagnostic::error("not-text", message).at(file, 0..0, ""));
    }
    if text.trim_start_matches('\u{feff}').trim().is_empty() {
        let diagnostic = Diagnostic::error("empty-definition", format!("`{file}` is empty")).at(file, 0..0, "");
        return Some(diagnostic.help("`pipectl init --force` writes a working definition"));
    }
    None
}

/// Parses what can be parsed, and returns the errors of the rest.
pub(super) fn parse(text: &str) -> (Spanned<DeTable<'_>>, Vec<Error>) {
    DeTable::parse_recoverable(text)
}

/// A syntax error as a finding.
pub(super) fn finding(file: &Utf8Path, text: &str, error: &Error) -> Diagnostic {
    let span = error.span().unwrap_or(text.len()..text.len());
    Diagnostic::error("syntax", error.message()).at(file, span, "")
}
