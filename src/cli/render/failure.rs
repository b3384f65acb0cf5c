//! A failure as text: findings, `error:` with its causes, `help:`.

use anstyle::{AnsiColor, Style};

use super::{Colors, diagnostics};
use crate::cli::Failure;

/// Writes a failure for people.
pub(in crate::cli) fn failure(failure: &Failure, colors: Colors) -> String {
    let mut text = failure.report().map(|report| diagnostics(report, colors)).unwrap_or_default();
    let error = AnsiColor::Red.on_default().bold();
    let chain = failure.chain();
    for (position, message) in chain.iter().enumerate() {
        match position {
            0 => text.push_str(&line(error, "error:", message)),
            _ => text.push_str(&format!("  caused by: {message}\n")),
        }
    }
    for hint in failure.hints() {
        text.push_str(&line(AnsiColor::Cyan.on_default().bold(), "help:", hint));
    }
    text
}

fn line(style: Style, word: &str, message: &str) -> String {
    format!("{style}{word}{style:#} {message}\n")
}
