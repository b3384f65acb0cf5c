//! How a verb ends.

use crate::diagnostic::{Explain, FailureKind, Report};

/// How a verb that came to its end ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked for.
    Done,
    /// It did, and what it told as data is no success: a pipeline that failed, differences, an invalid definition.
    Told(FailureKind),
}

/// Why a verb did not come to its end. Every [`Explain`] becomes one by `?`.
#[derive(Debug)]
pub struct Failure {
    error: Box<dyn Explain>,
    hints: Vec<String>,
    report: Option<Report>,
}

impl Failure {
    /// What the failure means to the caller of the program.
    pub fn kind(&self) -> FailureKind {
        self.error.kind()
    }

    /// What to do about it, the best first.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The findings that come with it.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Adds what else to do about it.
    #[must_use]
    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same failure with other words for what to do about it and its findings.
    #[must_use]
    pub(super) fn with_remedies(mut self, word: impl Fn(&str) -> String) -> Self {
        let findings = self.report.iter_mut().flat_map(|report| &mut report.diagnostics);
        for remedy in findings.flat_map(|finding| &mut finding.help).chain(&mut self.hints) {
            *remedy = word(remedy);
        }
        self
    }

    /// The message, and after it those of its sources, each once.
    pub fn chain(&self) -> Vec<String> {
        let mut messages = vec![self.error.to_string()];
        let mut source = self.error.source();
        while let Some(error) = source {
            let message = error.to_string();
            if messages.last().is_none_or(|last| !last.contains(&message)) {
                messages.push(message);
            }
            source = error.source();
        }
        messages
    }
}

impl<E: Explain> From<E> for Failure {
    fn from(error: E) -> Self {
        Self { hints: error.hints(), report: error.report().cloned(), error: Box::new(error) }
    }
}

/// A combination of arguments that makes no sense, found after parsing.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct UsageError {
    message: String,
    hints: Vec<String>,
}

impl UsageError {
    /// Makes one of a lower-case fragment.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    /// Makes one of another error's message.
    pub fn from_error(error: impl std::error::Error) -> Self {
        Self::new(error.to_string())
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl Explain for UsageError {
    fn kind(&self) -> FailureKind {
        FailureKind::Usage
    }

    fn hints(&self) -> Vec<String> {
        self.hints.clone()
    }
}

/// The user pressed Ctrl-C, or the system asked the program to end.
#[derive(Debug, thiserror::Error)]
#[error("interrupted")]
pub(super) struct Interrupted;

impl Explain for Interrupted {
    fn kind(&self) -> FailureKind {
        FailureKind::Interrupted
    }
}

/// The asynchronous runtime could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the system refused to start the program's threads")]
pub(super) struct NoRuntime(#[source] pub std::io::Error);

impl Explain for NoRuntime {
    fn kind(&self) -> FailureKind {
        FailureKind::NotReady
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("`a` cannot be read")]
    struct Outer(#[source] std::io::Error);

    impl Explain for Outer {
        fn kind(&self) -> FailureKind {
            FailureKind::Invalid
        }
    }

    #[test]
    fn the_chain_tells_each_source_once() {
        let failure = Failure::from(Outer(std::io::Error::other("no such thing")));
        assert_eq!(failure.chain(), ["`a` cannot be read", "no such thing"]);
    }
}
