//! Text to a TOML tree, with all syntax errors at once.

use std::ops::Range;

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

/// Syntax errors as findings, one a line: what follows the first is its echo.
pub(super) fn findings(file: &Utf8Path, text: &str, errors: &[Error]) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = Vec::new();
    for error in errors {
        let span = error.span().unwrap_or(text.len()..text.len());
        if findings.iter().any(|told| told.labels[0].span.start >= line(text, span.start).start) {
            continue;
        }
        let finding = Diagnostic::error("syntax", error.message()).at(file, span.clone(), "");
        findings.push(match remedy::of(error.message(), text, span) {
            Some(remedy) => finding.help(remedy),
            None => finding,
        });
    }
    findings
}

/// Whether a finding is about a line that has a syntax error: then it is about what nobody wrote.
pub(super) fn is_echo(finding: &Diagnostic, text: &str, errors: &[Range<usize>]) -> bool {
    let start = finding.labels.first().map_or(0, |label| label.span.start);
    let own = line(text, start);
    finding.code != "syntax" && errors.iter().any(|error| line(text, error.start) == own)
}

/// The line around a place, without its end.
fn line(text: &str, place: usize) -> Range<usize> {
    let (before, after) = text.split_at_checked(place).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let end = after.find('\n').map_or(text.len(), |length| place + length);
    start..end
}

/// What to do about a syntax error.
mod remedy {
    use super::{Range, line};

    /// Quotes of text processors.
    const CURLY: [char; 6] = ['“', '”', '„', '‘', '’', '«'];

    /// What to do, by the parser's words and by what stands there.
    pub(super) fn of(message: &str, text: &str, span: Range<usize>) -> Option<String> {
        let (problem, expected) = message.split_once(", expected ").unwrap_or((message, ""));
        let written = text.get(span.clone())?.trim();
        let whole = text.get(line(text, span.start))?.trim();
        let before = text.get(..span.start)?;
        match problem {
            "string values must be quoted" | "invalid boolean" => Some(value(written, whole)),
            "unexpected leading zero" => {
                let number: String = text[span.start..].chars().take_while(char::is_ascii_alphanumeric).collect();
                Some(value(&number, whole))
            }
            "invalid unquoted key"
            | "key with no value"
            | "unquoted keys cannot be empty"
            | "invalid key-value pair" => Some(key(text, whole)),
            "unexpected key or value" if text[span.start..].starts_with(',') => {
                Some("remove the comma: the end of the line ends the value".to_owned())
            }
            "unexpected key or value" => Some("begin a new line before it".to_owned()),
            "missing comma between array elements" if whole.starts_with('[') => {
                Some("an array further up is not closed: add `]` to its end".to_owned())
            }
            "missing comma between array elements" => Some("put a comma before it".to_owned()),
            "duplicate key" => Some(duplicate(before, whole)),
            _ if problem.contains("escape") || problem.contains("unicode") => {
                Some("write `\\\\` for a backslash, or put the text between single quotes: `'…'`".to_owned())
            }
            _ if problem.contains("string") => Some(format!("end the text with {expected}")),
            _ if problem.starts_with("unclosed") => Some(format!("add {expected} here")),
            _ => None,
        }
    }

    /// A value that is written like none.
    fn value(written: &str, whole: &str) -> String {
        let plain = written.trim_matches(CURLY).trim_matches(['\'', '"']);
        match written {
            "" => format!("write a value behind `=`, such as `{whole} \"…\"`"),
            _ if written.contains(CURLY) => format!("write plain quotes: `\"{plain}\"`"),
            _ => format!("put it in quotes: `\"{plain}\"`"),
        }
    }

    /// A line that does not begin like `KEY =`.
    fn key(text: &str, whole: &str) -> String {
        if text.trim_start().starts_with('{') {
            return "a definition is TOML, not JSON: `pipectl init` writes one to begin with".to_owned();
        }
        if ["//", "--", "/*", ";"].iter().any(|comment| whole.starts_with(comment)) {
            return "a comment begins with `#`".to_owned();
        }
        match whole.split_once(':') {
            Some((name, "")) => format!("a definition is TOML, not YAML: a table begins with `[{name}]`"),
            Some((name, value)) if !name.contains('=') => {
                let value = value.trim().trim_matches('"');
                format!("a definition is TOML, not YAML: write `{name} = \"{value}\"`")
            }
            _ => "a line is `KEY = VALUE`; a key is letters, digits and hyphens".to_owned(),
        }
    }

    /// Something that is there twice.
    fn duplicate(before: &str, whole: &str) -> String {
        let name = whole.trim_start_matches('[').split(']').next().unwrap_or_default();
        match whole.starts_with('[') {
            true if before.contains(&format!("[[{name}]]")) => format!("write `[[{name}]]` for one more"),
            true => format!("put its keys below the `[{name}]` further up"),
            false => "remove one of them: the key stands further up already".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let (_, errors) = parse(text);
        let findings = findings(Utf8Path::new("pipeline.toml"), text, &errors);
        findings.iter().map(|finding| finding.help.first().cloned().unwrap_or_default()).collect()
    }

    #[test]
    fn common_mistakes_have_a_remedy() {
        for (text, remedy) in [
            ("name = app", "put it in quotes: `\"app\"`"),
            ("name = “app”", "write plain quotes: `\"app\"`"),
            ("name =", "write a value behind `=`, such as `name = \"…\"`"),
            ("account = 012345678901", "put it in quotes: `\"012345678901\"`"),
            ("name = \"app", "end the text with `\"`"),
            ("name = \"C:\\users\"", "write `\\\\` for a backslash, or put the text between single quotes: `'…'`"),
            ("name: app", "a definition is TOML, not YAML: write `name = \"app\"`"),
            ("pipeline:\n  name = \"x\"", "a definition is TOML, not YAML: a table begins with `[pipeline]`"),
            ("{\"pipeline\": {}}", "a definition is TOML, not JSON: `pipectl init` writes one to begin with"),
            ("// it\nname = \"x\"", "a comment begins with `#`"),
            ("my key = 1", "a line is `KEY = VALUE`; a key is letters, digits and hyphens"),
            ("name = \"app\",\nx = 1", "remove the comma: the end of the line ends the value"),
            ("name = \"app\" x = 1", "begin a new line before it"),
            ("[pipeline", "add `]` here"),
            ("commands = [\"a\" \"b\"]", "put a comma before it"),
            ("commands = [\"a\"\n[source]\nx = 1", "an array further up is not closed: add `]` to its end"),
            ("[a]\nx = 1\n[a]\ny = 1", "put its keys below the `[a]` further up"),
            ("[[stage]]\nx = 1\n[stage]\ny = 1", "write `[[stage]]` for one more"),
            ("x = 1\nx = 2", "remove one of them: the key stands further up already"),
        ] {
            assert_eq!(told(text).first().map(String::as_str), Some(remedy), "{text}");
        }
    }
}
