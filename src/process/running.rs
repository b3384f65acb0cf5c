//! A program that runs, and the process group that it leads.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout};

use super::{Error, Result};

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With a code; 0 is success.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl Exit {
    /// Tells whether the program reported success.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    /// The code as shells give it: 128 and the signal's number where a signal ended the program.
    pub fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128 + signal,
        }
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        status.code().map_or_else(|| Self::Signal(status.signal().unwrap_or_default()), Self::Code)
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(formatter, "ended with exit code {code}"),
            Self::Signal(signal) => write!(formatter, "was ended by signal {signal}"),
        }
    }
}

/// A process group that is killed when this value is dropped.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Group {
    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.0 {
            // The only other outcome is that the group is gone, which is what was wanted.
            let _ = killpg(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

/// A program that runs. Dropping it kills it and everything that it started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    group: Group,
    command: String,
}

impl Running {
    pub(super) fn new(child: Child, command: String) -> Self {
        let leader = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Self { child, group: Group(leader), command }
    }

    /// What errors call the program.
    pub(super) fn command(&self) -> &str {
        &self.command
    }

    /// The process id, which is also the process group's; `None` after the end.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Takes the program's standard input, once.
    pub fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Takes the program's standard output, once.
    pub fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Takes the program's standard error, once.
    pub fn errors(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Tells how the program ended, if it has.
    pub fn ended(&mut self) -> Result<Option<Exit>> {
        let status = self.child.try_wait().map_err(|source| self.broken(source))?;
        Ok(status.map(Exit::from))
    }

    /// Waits for the end, and kills what the program left behind. The caller sets the deadline.
    pub async fn wait(&mut self) -> Result<Exit> {
        let status = self.child.wait().await.map_err(|source| self.broken(source))?;
        self.group.signal(Signal::SIGKILL);
        self.group.0 = None;
        Ok(status.into())
    }

    /// Asks the whole group to end, and kills what is left after the grace period.
    pub async fn stop(mut self, grace: Duration) -> Result<Exit> {
        self.group.signal(Signal::SIGTERM);
        if let Ok(exit) = tokio::time::timeout(grace, self.wait()).await {
            return exit;
        }
        self.group.signal(Signal::SIGKILL);
        self.wait().await
    }

    /// Lets the program outlive this value and this process.
    pub(super) fn leave(mut self) -> Result<u32> {
        self.group.0 = None;
        self.child.id().ok_or_else(|| self.broken(std::io::ErrorKind::NotFound.into()))
    }

    pub(super) fn broken(&self, source: std::io::Error) -> Error {
        Error::Streams { command: self.command.clone(), source }
    }
}

/// Stops a process group by its leader's id, as [`Running::stop`] does, for a program that another process started.
pub async fn stop_group(leader: u32, grace: Duration) {
    let Some(leader) = i32::try_from(leader).ok().filter(|leader| *leader > 1).map(Pid::from_raw) else {
        return;
    };
    let deadline = tokio::time::Instant::now() + grace;
    if killpg(leader, Signal::SIGTERM).is_err() {
        return;
    }
    while tokio::time::Instant::now() < deadline {
        tokio::time::sleep(Duration::from_millis(20)).await;
        // A signal of `None` only asks whether the group exists.
        if killpg(leader, None).is_err() {
            return;
        }
    }
    // The only other outcome is that the group is gone, which is what was wanted.
    let _ = killpg(leader, Signal::SIGKILL);
}
