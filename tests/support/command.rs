//! Programs that run to their end, within bounds.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What a command printed, and how it ended.
#[must_use]
#[derive(Debug)]
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// The standard output.
    pub output: String,
    /// The standard error.
    pub errors: String,
}

impl Said {
    /// Demands an exit code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.output, self.errors);
        self
    }

    /// The standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.output).unwrap_or_else(|error| panic!("{error}: {}", self.output))
    }
}

/// Runs a command to its end, which has to come within `limit`.
pub fn finish(mut command: Command, limit: Duration) -> Said {
    let output = tempfile::NamedTempFile::new().unwrap();
    let errors = tempfile::NamedTempFile::new().unwrap();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output.reopen().unwrap())
        .stderr(errors.reopen().unwrap())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            let told = std::fs::read_to_string(errors.path()).unwrap();
            panic!("{command:?} did not end within {limit:?}:\n{told}");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = |file: &tempfile::NamedTempFile| {
        let bytes = std::fs::read(file.path()).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Said { code: status.code().unwrap_or(128), output: text(&output), errors: text(&errors) }
}
