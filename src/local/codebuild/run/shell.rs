//! The one shell that runs all commands of a build.
//!
//! ```text
//! runner ── "1\n" ──▶ stdin of the shell      the shell reads a turn: is the build succeeding?
//!        ◀── output, then the mark ── stdout  it sources script.sh, prints what that prints, and marks the end
//! ```
//!
//! A command that calls `exit` ends the shell. What CodeBuild keeps then is kept here too: the exported variables and
//! the working directory, which the shell writes down after every command and when it exits.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use indexmap::IndexMap;
use tokio::io::AsyncWriteExt;

use super::lines::{Lines, Piece};
use super::log::Log;
use super::timeline::PhaseFailure;
use crate::buildspec::{Shell as Program, Version};
use crate::process::{ChildStdin, ChildStdout, Command, Running, Surroundings};

/// How long output may still come after the shell has ended.
const PATIENCE: Duration = Duration::from_secs(2);

/// The largest value that is read from the shell, in bytes.
const LARGEST_VALUE: u64 = 64 * 1024;

/// Whether the build is going well so far, which commands see as `CODEBUILD_BUILD_SUCCEEDING`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// No phase has failed.
    Succeeding,
    /// A phase has failed.
    Failing,
}

impl Course {
    fn word(self) -> &'static str {
        match self {
            Self::Succeeding => "1",
            Self::Failing => "0",
        }
    }
}

/// What a build's shell is started with.
pub(super) struct ShellSettings {
    /// Which shell.
    pub(super) program: Program,
    /// Whether commands share a shell.
    pub(super) version: Version,
    /// Where it starts.
    pub(super) source: Utf8PathBuf,
    /// Where it writes down what is to be kept; nobody else writes there.
    pub(super) state: Utf8PathBuf,
    /// Its whole environment.
    pub(super) environment: IndexMap<String, String>,
    /// A text that no command prints by chance.
    pub(super) mark: String,
}

/// The build's shell; started when needed, and again after it has ended.
pub(super) struct Shell {
    settings: ShellSettings,
    live: Option<Live>,
}

struct Live {
    running: Running,
    input: ChildStdin,
    output: Lines<ChildStdout>,
}

impl Shell {
    /// Prepares a shell; nothing is started yet.
    pub(super) fn new(settings: ShellSettings) -> Self {
        Self { settings, live: None }
    }

    /// Runs a command and returns its exit status. Dropping the future and the shell kills all that runs in it.
    pub(super) async fn run(&mut self, command: &str, course: Course, log: &Log) -> Result<i32, PhaseFailure> {
        let ran = self.turn(command, course, log).await.map_err(|error| broken(&error))?;
        if self.settings.version == Version::V0_1 {
            self.close().await;
            for file in ["environment", "directory"] {
                let _ = fs::remove_file(self.settings.state.join(file));
            }
        }
        Ok(ran)
    }

    /// Expands variables and commands in a text, as between double quotes.
    pub(super) async fn expand(&mut self, text: &str, course: Course, log: &Log) -> Result<String, PhaseFailure> {
        if !text.contains(['$', '`']) {
            return Ok(text.to_owned());
        }
        let mark = &self.settings.mark;
        let script = format!("cat <<{mark} >|{}\n{text}\n{mark}", quoted(&self.value_file()));
        let status = self.turn(&script, course, log).await.map_err(|error| broken(&error))?;
        match self.take_value() {
            Some(value) if status == 0 => Ok(value.trim_end_matches('\n').to_owned()),
            _ => Err(PhaseFailure::client(format!("`{text}` could not be expanded"))),
        }
    }

    /// The value of a shell variable, if it is set.
    pub(super) async fn value(
        &mut self,
        name: &str,
        course: Course,
        log: &Log,
    ) -> Result<Option<String>, PhaseFailure> {
        let file = quoted(&self.value_file());
        let script = format!("if [ \"${{{name}+set}}\" = set ]; then printf %s \"${name}\" >|{file}; fi");
        self.turn(&script, course, log).await.map_err(|error| broken(&error))?;
        Ok(self.take_value())
    }

    /// Ends the shell and all that still runs in it.
    pub(super) async fn close(&mut self) {
        if let Some(Live { running, input, .. }) = self.live.take() {
            // Without input the shell ends by itself, and writes down its state; what is left after that is killed.
            drop(input);
            let _ = running.stop(Duration::ZERO).await;
        }
    }

    async fn turn(&mut self, command: &str, course: Course, log: &Log) -> std::io::Result<i32> {
        fs::write(self.settings.state.join("script.sh"), format!("{command}\n"))?;
        let mut live = match self.live.take() {
            Some(live) => live,
            None => self.start()?,
        };
        live.input.write_all(format!("{}\n", course.word()).as_bytes()).await?;
        loop {
            let piece = tokio::select! {
                biased;
                piece = live.output.next() => piece?,
                exit = live.running.wait() => {
                    let exit = exit.map_err(std::io::Error::other)?;
                    // What the shell printed last may still be on its way; what escaped its group is not waited for.
                    let _ = tokio::time::timeout(PATIENCE, drain(&mut live.output, log)).await;
                    return Ok(exit.code());
                }
            };
            match piece {
                Piece::Line(line) => log.output(&line).await,
                Piece::Mark(status) => {
                    self.live = Some(live);
                    return Ok(status);
                }
                Piece::End => return live.running.wait().await.map(|exit| exit.code()).map_err(std::io::Error::other),
            }
        }
    }

    fn start(&self) -> std::io::Result<Live> {
        let ShellSettings { program, source, state, environment, mark, .. } = &self.settings;
        let mut folder = source.clone();
        if let Ok(kept) = fs::read_to_string(state.join("directory"))
            && Utf8Path::new(kept.trim_end_matches('\n')).is_dir()
        {
            folder = kept.trim_end_matches('\n').into();
        }
        let command = match program {
            Program::Bash => Command::new("bash").arguments(["--noprofile", "--norc"]),
            Program::Sh | Program::PowerShell | Program::Cmd => Command::new("/bin/sh"),
        };
        let mut running = command
            .argument("-c")
            .argument(driver(state, mark))
            .described("the build's shell")
            .folder(&folder)
            .surroundings(Surroundings::Clean)
            .variables(environment)
            .piped_input()
            .spawn()
            .map_err(std::io::Error::other)?;
        let lost = || std::io::Error::other("the shell has no streams");
        let input = running.input().ok_or_else(lost)?;
        let output = Lines::new(running.output().ok_or_else(lost)?, mark.clone());
        Ok(Live { running, input, output })
    }

    fn value_file(&self) -> Utf8PathBuf {
        self.settings.state.join("value")
    }

    fn take_value(&self) -> Option<String> {
        let value = crate::disk::read_text(&self.value_file(), LARGEST_VALUE).ok();
        let _ = fs::remove_file(self.value_file());
        value
    }
}

async fn drain(output: &mut Lines<ChildStdout>, log: &Log) -> std::io::Result<()> {
    loop {
        match output.next().await? {
            Piece::Line(line) => log.output(&line).await,
            Piece::Mark(_) => {}
            Piece::End => return Ok(()),
        }
    }
}

/// The script that takes turns. What a command sets is exported, as on CodeBuild, where programs of later commands find
/// it. Errors go the way of the output, so that their order is kept; descriptor 9 stays with
/// the runner when a command redirects the shell's own output.
fn driver(state: &Utf8Path, mark: &str) -> String {
    let environment = quoted(&state.join("environment"));
    let directory = quoted(&state.join("directory"));
    let script = quoted(&state.join("script.sh"));
    format!(
        "exec 9>&1 2>&1\n\
         pipectl_keep() {{ export -p >|{environment}; pwd >|{directory}; }}\n\
         if [ -f {environment} ]; then . {environment}; fi\n\
         trap pipectl_keep EXIT\n\
         pipectl_end() {{ set +a; pipectl_keep; printf '\\n{mark} %d\\n' \"$1\" >&9; }}\n\
         while IFS= read -r CODEBUILD_BUILD_SUCCEEDING; do\n\
         set -a\n\
         . {script} </dev/null\n\
         pipectl_end $?\n\
         done\n"
    )
}

/// A path as the shell reads it.
fn quoted(path: &Utf8Path) -> String {
    format!("'{}'", path.as_str().replace('\'', r"'\''"))
}

fn broken(error: &std::io::Error) -> PhaseFailure {
    PhaseFailure::new("INTERNAL_ERROR", format!("the build's shell broke: {error}"))
}
