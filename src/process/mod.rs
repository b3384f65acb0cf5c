//! The one place that starts programs: git, the shells of builds, the emulator of the local endpoint.
//!
//! A [`Command`] is described, then started in one of three ways: [`Command::run`] collects its output,
//! [`Command::stream`] and [`Command::follow`] hand out lines as they come, and [`Command::spawn`] gives a [`Running`]
//! program whose streams the caller moves. Every program leads a process group of its own, which ends with it and when
//! the caller stops waiting, so nothing that it started stays behind.

mod error;
mod follow;
mod running;
mod stream;

use std::ffi::{OsStr, OsString};
use std::process::Stdio;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

pub use error::{Error, Result};
pub use running::{Exit, Running, stop_group};
pub use stream::{Finished, Line, Stream};
pub use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// Which variables a program finds in its environment besides those given to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Surroundings {
    /// All of this process's own.
    #[default]
    Inherited,
    /// None.
    Clean,
}

/// What a program reads from its standard input.
#[derive(Debug, Clone, Default)]
enum Input {
    #[default]
    Nothing,
    Bytes(Vec<u8>),
    Piped,
}

/// Where a program's output goes.
#[derive(Debug, Default)]
enum Output {
    #[default]
    Piped,
    File(std::fs::File),
}

/// What becomes of a program's standard error, where its output is not sent to a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Errors {
    #[default]
    Piped,
    Discarded,
}

/// A program to be started. Arguments and variables are never shown in errors, since they may hold secrets.
#[derive(Debug)]
pub struct Command {
    program: OsString,
    description: String,
    remedy: Option<&'static str>,
    arguments: Vec<OsString>,
    folder: Option<Utf8PathBuf>,
    surroundings: Surroundings,
    variables: Vec<(OsString, OsString)>,
    removed: Vec<OsString>,
    input: Input,
    output: Output,
    errors: Errors,
    time_limit: Duration,
    output_limit: usize,
}

impl Command {
    /// How long a program may run unless another limit is set.
    pub const TIME_LIMIT: Duration = Duration::from_secs(60);

    /// How many bytes of each stream [`Command::run`] collects unless another limit is set.
    pub const OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

    /// Describes a program: a name to be found in `PATH`, or a path.
    pub fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref().to_owned();
        Self {
            description: program.to_string_lossy().into_owned(),
            program,
            remedy: None,
            arguments: Vec::new(),
            folder: None,
            surroundings: Surroundings::default(),
            variables: Vec::new(),
            removed: Vec::new(),
            input: Input::default(),
            output: Output::default(),
            errors: Errors::default(),
            time_limit: Self::TIME_LIMIT,
            output_limit: Self::OUTPUT_LIMIT,
        }
    }

    /// Says what errors call the program, such as `git push`.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Says how to get the program where it is missing.
    #[must_use]
    pub fn obtained_by(mut self, remedy: &'static str) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn arguments<T: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets the working folder.
    #[must_use]
    pub fn folder(mut self, folder: impl AsRef<Utf8Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Says which variables the program finds besides those given to it.
    #[must_use]
    pub fn surroundings(mut self, surroundings: Surroundings) -> Self {
        self.surroundings = surroundings;
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets environment variables.
    #[must_use]
    pub fn variables<N: AsRef<OsStr>, V: AsRef<OsStr>>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        variables.into_iter().fold(self, |command, (name, value)| command.variable(name, value))
    }

    /// Keeps a variable of this process from the program.
    #[must_use]
    pub fn without_variable(mut self, name: impl AsRef<OsStr>) -> Self {
        self.removed.push(name.as_ref().to_owned());
        self
    }

    /// Sets what the program reads from its standard input; without it, nothing.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Bytes(bytes.into());
        self
    }

    /// Lets the caller write the program's standard input through [`Running::input`].
    #[must_use]
    pub fn piped_input(mut self) -> Self {
        self.input = Input::Piped;
        self
    }

    /// Sends both output streams to a file instead of to the caller.
    #[must_use]
    pub fn output_to(mut self, file: std::fs::File) -> Self {
        self.output = Output::File(file);
        self
    }

    /// Discards the standard error, for a caller that moves only the output.
    #[must_use]
    pub fn without_errors(mut self) -> Self {
        self.errors = Errors::Discarded;
        self
    }

    /// Sets how long the program may run, where it is waited for.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets how many bytes of each stream are collected; more is an error.
    #[must_use]
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Starts the program, for a caller that moves its streams.
    pub fn spawn(self) -> Result<Running> {
        self.start().map(|(running, _)| running)
    }

    /// Starts the program and leaves it alone: it outlives this process. Returns its process id, which is also its
    /// group's.
    pub fn detach(self) -> Result<u32> {
        let (running, _) = self.start()?;
        running.leave()
    }

    /// Starts the program; also returns the input that is still to be written.
    fn start(self) -> Result<(Running, Vec<u8>)> {
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.arguments).process_group(0);
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        if self.surroundings == Surroundings::Clean {
            command.env_clear();
        }
        for name in &self.removed {
            command.env_remove(name);
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let (stdin, input) = match self.input {
            Input::Nothing => (Stdio::null(), Vec::new()),
            Input::Bytes(bytes) => (Stdio::piped(), bytes),
            Input::Piped => (Stdio::piped(), Vec::new()),
        };
        command.stdin(stdin);
        match self.output {
            Output::Piped => {
                command.stdout(Stdio::piped()).stderr(match self.errors {
                    Errors::Piped => Stdio::piped(),
                    Errors::Discarded => Stdio::null(),
                });
            }
            Output::File(file) => {
                let second =
                    file.try_clone().map_err(|source| Error::Streams { command: self.description.clone(), source })?;
                command.stdout(file).stderr(second);
            }
        }
        let child = command.spawn().map_err(|source| {
            Error::starting(self.description.clone(), &self.program, self.folder.as_deref(), self.remedy, source)
        })?;
        Ok((Running::new(child, self.description), input))
    }
}
