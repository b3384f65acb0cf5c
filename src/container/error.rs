//! Why images cannot be built.

use crate::diagnostic::{Explain, FailureKind};
use crate::process;
use crate::text;

/// Why a program that might build images cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is not installed.
    Missing,
    /// It is there, but does not work: its daemon does not run, say.
    Broken(String),
}

/// There is no program that can build images.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", told(.refusals))]
pub struct NoEngine {
    /// The programs that were tried, and what became of it.
    pub refusals: Vec<(String, Refusal)>,
}

impl Explain for NoEngine {
    fn kind(&self) -> FailureKind {
        FailureKind::NotReady
    }

    fn hints(&self) -> Vec<String> {
        let is_there = self.refusals.iter().any(|(_, refusal)| *refusal != Refusal::Missing);
        let here = if is_there {
            "start the program's daemon or machine, or name another program by `--container-engine`"
        } else {
            "install docker, podman or finch, or name another program by `--container-engine`"
        };
        vec![
            here.to_owned(),
            "in a pipeline, an `image` below `[publish-assets]` must have docker, podman or finch, as the usual one has".to_owned(),
        ]
    }
}

fn told(refusals: &[(String, Refusal)]) -> String {
    let broken = refusals.iter().filter_map(|(program, refusal)| match refusal {
        Refusal::Broken(message) => Some(format!("`{program}` cannot be used: {message}")),
        Refusal::Missing => None,
    });
    let missing: Vec<&str> = refusals
        .iter()
        .filter(|(_, refusal)| *refusal == Refusal::Missing)
        .map(|(program, _)| program.as_str())
        .collect();
    let missing = match missing.len() {
        0 => None,
        1 => Some(format!("{} is not installed", text::list(&missing))),
        _ => Some(format!("{} are not installed", text::list(&missing))),
    };
    broken.chain(missing).collect::<Vec<_>>().join("; ")
}

/// What engines say when the registry was busy or the connection broke.
const TRANSIENT: [&str; 11] = [
    "toomanyrequests",
    "rate exceeded",
    "throttl",
    "handshake timeout",
    "i/o timeout",
    "connection reset",
    "connection refused",
    "unexpected eof",
    "500 internal",
    "502 bad gateway",
    "503 service unavailable",
];

/// Tells whether the same command may succeed a little later.
pub fn is_transient(error: &process::Error) -> bool {
    match error {
        process::Error::Failed { message, .. } => {
            let message = message.to_lowercase();
            TRANSIENT.iter().any(|words| message.contains(words))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_tried_is_told() {
        let missing = |program: &str| (program.to_owned(), Refusal::Missing);
        let nothing = NoEngine { refusals: vec![missing("a"), missing("b")] };
        assert_eq!(nothing.to_string(), "`a` and `b` are not installed");
        assert!(nothing.hints()[0].starts_with("install"));
        let broken = ("c".to_owned(), Refusal::Broken("no daemon".to_owned()));
        let asleep = NoEngine { refusals: vec![broken, missing("b")] };
        assert_eq!(asleep.to_string(), "`c` cannot be used: no daemon; `b` is not installed");
        assert!(asleep.hints()[0].starts_with("start"));
    }
}
