//! The log of a build: CodeBuild's form of lines, and secrets kept out of them.

use jiff::Timestamp;
use tokio::sync::mpsc;

/// The longest line that the log takes, in bytes.
const LONGEST: usize = 64 * 1024;

/// How many characters an access key id has behind its first four.
const KEY_ID_REST: usize = 16;

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written.
    pub at: Timestamp,
    /// Its text, without the end of the line.
    pub text: String,
}

/// Where a build writes. The channel behind it is short: a build that writes faster than the log can take waits.
#[derive(Debug, Clone)]
pub struct Log {
    lines: mpsc::Sender<LogLine>,
    /// Longest first, so that no secret hides a longer one that it is a part of.
    secrets: Vec<String>,
}

impl Log {
    /// How many lines may wait for the log.
    pub const WAITING: usize = 1024;

    /// Makes a log that writes to a channel.
    pub fn new(lines: mpsc::Sender<LogLine>) -> Self {
        Self { lines, secrets: Vec::new() }
    }

    /// Keeps a value out of all lines to come.
    pub fn hide(&mut self, secret: &str) {
        let lines = secret.lines().map(str::trim).filter(|line| !line.is_empty());
        self.secrets.extend(lines.map(str::to_owned));
        self.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        self.secrets.dedup();
    }

    /// Replaces secrets and access key ids.
    pub fn mask(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.secrets {
            if masked.contains(secret) {
                masked = masked.replace(secret, "***");
            }
        }
        mask_key_ids(masked)
    }

    /// Writes a line that a command printed.
    pub async fn output(&self, line: &str) {
        let mut text = self.mask(line);
        if text.len() > LONGEST {
            let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
            text.truncate(end);
            text.push_str("… (cut)");
        }
        self.write(Timestamp::now(), text).await;
    }

    /// Writes a line of the build's own, as CodeBuild does.
    pub async fn note(&self, text: impl AsRef<str>) {
        let now = Timestamp::now();
        let text = self.mask(text.as_ref());
        self.write(now, format!("[Container] {} {text}", now.strftime("%Y/%m/%d %H:%M:%S.%6f"))).await;
    }

    async fn write(&self, at: Timestamp, text: String) {
        // Nobody reads any more only when the build is being torn down.
        let _ = self.lines.send(LogLine { at, text }).await;
    }
}

/// Replaces what looks like an access key id.
fn mask_key_ids(text: String) -> String {
    if !text.contains("AKIA") && !text.contains("ASIA") {
        return text;
    }
    let mut masked = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find("AKIA").into_iter().chain(rest.find("ASIA")).min() {
        let (before, found) = rest.split_at(start);
        let length = found.bytes().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
        let (word, after) = found.split_at(length);
        masked.push_str(before);
        masked.push_str(if length == 4 + KEY_ID_REST { "***" } else { word });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_key_ids_are_masked() {
        let mut log = Log::new(mpsc::channel(1).0);
        log.hide("tok");
        log.hide("tok-123");
        log.hide("first line\n\n second line ");
        assert_eq!(log.mask("a tok-123 b tok c"), "a *** b *** c");
        assert_eq!(log.mask("x second line"), "x ***");
        assert_eq!(log.mask("id AKIAIOSFODNN7EXAMPLE, ASIA and AKIA2"), "id ***, ASIA and AKIA2");
    }

    #[tokio::test]
    async fn long_lines_are_cut_after_masking() {
        let (sender, mut lines) = mpsc::channel(1);
        let mut log = Log::new(sender);
        log.hide(&"s".repeat(LONGEST));
        log.output(&format!("{}{}", "s".repeat(LONGEST), "ü".repeat(LONGEST))).await;
        let line = lines.recv().await.unwrap();
        assert!(line.text.starts_with("***ü") && line.text.ends_with("… (cut)") && line.text.len() < LONGEST + 20);
    }
}
