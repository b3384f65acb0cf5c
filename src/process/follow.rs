//! Programs that talk while they work: their lines are handed out, and the last ones are kept for the error.

use std::collections::VecDeque;

use super::{Command, Error, Line, Result};

/// How many of the last lines an error repeats.
const LINES: usize = 20;

/// How many characters of a line an error repeats.
const LENGTH: usize = 300;

/// The last lines that a program wrote.
#[derive(Debug, Default)]
struct LastLines(VecDeque<String>);

impl LastLines {
    fn push(&mut self, line: &str) {
        if line.trim().is_empty() {
            return;
        }
        if self.0.len() == LINES {
            self.0.pop_front();
        }
        self.0.push_back(line.chars().take(LENGTH).collect());
    }

    /// One line as it is; several below each other.
    fn text(&self) -> String {
        match &self.0 {
            lines if lines.len() == 1 => lines[0].trim().to_owned(),
            lines => lines.iter().map(|line| format!("\n  {line}")).collect(),
        }
    }
}

impl Command {
    /// Runs the program as [`Command::stream`] does; an exit code other than 0 is an error that tells the last lines of
    /// both streams.
    pub async fn follow(self, mut consume: impl FnMut(Line) + Send) -> Result<()> {
        let command = self.description.clone();
        let mut last = LastLines::default();
        let exit = self
            .stream(|line| {
                last.push(&line.text);
                consume(line);
            })
            .await?;
        if exit.is_success() { Ok(()) } else { Err(Error::Failed { command, exit, message: last.text() }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_lines_of_both_streams_are_told() {
        let shell = |script: &str| Command::new("/bin/sh").arguments(["-c", script]).described("build");
        let mut seen = 0;
        let script = "for i in $(seq 30); do echo line $i; done; exit 4";
        let error = shell(script).follow(|_| seen += 1).await.unwrap_err();
        assert_eq!(seen, 30);
        let text = error.to_string();
        assert!(text.starts_with("`build` ended with exit code 4:\n  line 11\n  line 12\n"), "{text}");
        assert!(text.ends_with("\n  line 30"), "{text}");
        let error = shell("echo; echo broken >&2; exit 1").follow(|_| {}).await.unwrap_err();
        assert_eq!(error.to_string(), "`build` ended with exit code 1: broken");
        shell("echo fine").follow(|_| {}).await.unwrap();
    }
}
