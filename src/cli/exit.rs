//! Exit codes. They are a promise to scripts: a code never changes its meaning.

use std::process::ExitCode;

use super::Outcome;
use crate::diagnostic::FailureKind;

/// Done.
pub const DONE: u8 = 0;
/// A pipeline, a stack or a build failed.
pub const FAILED: u8 = 1;
/// The command was used wrongly, or there is nothing for it to work on: nothing waits for an approval, nothing has failed.
pub const USAGE: u8 = 2;
/// A definition, a template or an assembly is invalid.
pub const INVALID: u8 = 3;
/// The environment is not ready: credentials, bootstrap, a tool or a secret is missing.
pub const NOT_READY: u8 = 4;
/// AWS or GitHub refused or could not be reached.
pub const REFUSED: u8 = 5;
/// The user declined.
pub const DECLINED: u8 = 6;
/// Differences were found, and the command was asked to tell so.
pub const DIFFERENCES: u8 = 7;
/// The time given to wait ran out, and what was waited for goes on.
pub const TIMED_OUT: u8 = 8;
/// The user interrupted.
pub const INTERRUPTED: u8 = 130;

/// The exit codes as `pipectl --help` shows them.
pub const HELP: &str = "\
Exit codes:
    0  done
    1  a pipeline, a stack or a build failed
    2  the command was used wrongly, or there is nothing for it to work on
    3  the definition, a template or an assembly is invalid
    4  the environment is not ready (credentials, bootstrap, tools)
    5  AWS or GitHub refused or could not be reached
    6  declined
    7  differences were found
    8  the time given by --timeout ran out, and what was followed goes on
  130  interrupted";

/// The exit code of a failure.
pub fn of_kind(kind: FailureKind) -> ExitCode {
    ExitCode::from(match kind {
        FailureKind::Failed => FAILED,
        FailureKind::Usage => USAGE,
        FailureKind::Invalid => INVALID,
        FailureKind::NotReady => NOT_READY,
        FailureKind::Refused => REFUSED,
        FailureKind::Declined => DECLINED,
        FailureKind::Differences => DIFFERENCES,
        FailureKind::TimedOut => TIMED_OUT,
        FailureKind::Interrupted => INTERRUPTED,
    })
}

/// The exit code of a verb that came to its end.
pub fn of_outcome(outcome: Outcome) -> ExitCode {
    match outcome {
        Outcome::Done => ExitCode::from(DONE),
        Outcome::Told(kind) => of_kind(kind),
    }
}
