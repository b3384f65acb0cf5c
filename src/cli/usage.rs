//! What is wrong with the arguments, as programs read it.

use std::ffi::OsString;

use super::{Failure, UsageError};

/// Whether programs read what is told. It has to be known also where the arguments cannot be parsed.
pub(super) fn is_for_programs(arguments: &[OsString]) -> bool {
    let has_two_words = arguments.windows(2).any(|words| words[0] == "--format" && words[1] == "json");
    has_two_words || arguments.iter().any(|argument| argument == "--format=json")
}

/// The failure that the parser tells people of: its first paragraph is the message, the others are what to do.
pub(super) fn failure(answer: &clap::Error) -> Failure {
    let text = answer.to_string();
    let mut paragraphs = text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    let first = paragraphs.next().unwrap_or_default();
    let error = UsageError::new(first.strip_prefix("error: ").unwrap_or(&first));
    let hints = paragraphs.filter(|part| !part.is_empty());
    hints.fold(error, |error, part| error.hint(part.strip_prefix("tip: ").unwrap_or(&part))).into()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn programs_read_the_message_and_what_to_do() {
        let arguments = ["pipectl", "graph", "--formt", "json"].map(OsString::from);
        let failure = failure(&Cli::try_parse_from(&arguments).unwrap_err());
        assert_eq!(failure.chain(), ["unexpected argument '--formt' found"]);
        assert_eq!(failure.hints()[0], "a similar argument exists: '--format'");
        assert!(failure.hints().iter().any(|hint| hint.starts_with("Usage: ")), "{:?}", failure.hints());
    }

    #[test]
    fn a_format_is_found_in_either_form() {
        let is_asked = |words: &[&str]| is_for_programs(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert!(is_asked(&["pipectl", "--format", "json", "x"]) && is_asked(&["pipectl", "x", "--format=json"]));
        assert!(!is_asked(&["pipectl", "--format", "text", "json"]));
    }
}
