//! Questions to be answered with yes or no.

use std::io::{BufRead, IsTerminal};
use std::sync::mpsc;

use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

use super::{Format, Ui};

/// What is asked before something is changed.
#[derive(Debug)]
pub struct Question<'a> {
    /// What it is about, told first, also with `--quiet`.
    pub about: Vec<String>,
    /// The question.
    pub text: &'a str,
    /// What needs an answer: the beginning of what is said where nobody can be asked.
    pub unasked: &'a str,
    /// How to go on without being asked.
    pub otherwise: &'a str,
}

/// What the user answered to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Yes,
    /// No, or anything but yes; also where the question could not be put.
    No,
}

impl Ui {
    /// Asks. Without a terminal, or where programs read, it is told that nobody could be asked.
    pub fn ask(&self, question: &Question<'_>) -> Answer {
        for line in &question.about {
            self.state(line);
        }
        let has_terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if let Some(obstacle) = obstacle(self.format(), has_terminal) {
            self.warning(&format!("{}, and {obstacle}", question.unasked), &[question.otherwise.to_owned()]);
            return Answer::No;
        }
        self.while_suspended(|errors| {
            // A question that cannot be shown is answered with no by the empty line that follows.
            let _ = write!(errors, "{} [y/N] ", question.text).and_then(|()| errors.flush());
            match line_or_interruption().map(|line| line.trim().to_lowercase()).as_deref() {
                Some("y" | "yes") => Answer::Yes,
                _ => Answer::No,
            }
        })
    }
}

/// Why nobody can be asked, if so.
fn obstacle(format: Format, has_terminal: bool) -> Option<&'static str> {
    match (format, has_terminal) {
        // A question is no JSON, and whoever asked for that has a program read what is said.
        (Format::Json, _) => Some("`--format json` asks nobody"),
        (Format::Text, false) => Some("there is no terminal to ask at"),
        (Format::Text, true) => None,
    }
}

/// Reads a line of the standard input; none if Ctrl-C comes first. Whoever supervises the verb hears of that as well, and
/// ends it as soon as it waits for something.
fn line_or_interruption() -> Option<String> {
    let (answered, answer) = mpsc::channel();
    let interrupted = answered.clone();
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return };
            let _ = interrupt.recv().await;
            let _ = interrupted.send(None);
        });
    }
    // A thread of its own: reading cannot be broken off, and must hold nothing back.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let _ = answered.send(read.ok().map(|_| line));
    });
    answer.recv().ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_people_at_a_terminal_are_asked() {
        assert_eq!(obstacle(Format::Text, true), None);
        assert_eq!(obstacle(Format::Text, false), Some("there is no terminal to ask at"));
        assert_eq!(obstacle(Format::Json, true), Some("`--format json` asks nobody"));
    }
}
