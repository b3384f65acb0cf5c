//! `build`: runs the commands of the definition as it was pushed, then Amplify's programs, then synthesises.
//!
//! The pipeline's build calls it, so a push that changes the commands takes effect in the very same run: a broken build is
//! repaired by a push.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use super::amplify::{self, SynthesisError};
use super::discover::{DiscoverError, discover};
use super::load::{LoadError, load};
use super::synth::{SynthError, Synthesised, synth};
use crate::definition::BuildWork;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::event::{Event, Events};
use crate::process::{self, Command};

/// Runs each argument as a command of one shell, so that folders and variables persist from one to the next. The number of
/// the last command is left in the file that `$0` names; it is written before the command, which may end the shell.
const SCRIPT: &str = r#"
pipectl_number=0
for pipectl_command; do
  pipectl_number=$((pipectl_number + 1))
  printf '%s' "$pipectl_number" > "$0"
  printf '%s\n' "\$ $pipectl_command"
  eval "$pipectl_command" || exit
done
"#;

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The definition cannot be used.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A command failed.
    #[error("the build's command `{command}` failed with exit status {status}")]
    Command {
        /// The command.
        command: String,
        /// Its exit status.
        status: i32,
    },
    /// The shell could not be run.
    #[error("the build's commands could not be run")]
    Shell(#[source] process::Error),
    /// No place for the shell's notes.
    #[error("no temporary file could be made")]
    Temporary(#[source] std::io::Error),
    /// A backend of a stage cannot be synthesised.
    #[error(transparent)]
    Backend(#[from] SynthesisError),
    /// The stacks of the stages cannot be found.
    #[error(transparent)]
    Discover(#[from] DiscoverError),
    /// The assembly cannot be written.
    #[error(transparent)]
    Synth(#[from] SynthError),
}

impl Explain for BuildError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Load(error) => error.kind(),
            Self::Command { .. } => FailureKind::Failed,
            Self::Shell(_) | Self::Temporary(_) => FailureKind::NotReady,
            Self::Backend(error) => error.kind(),
            Self::Discover(error) => error.kind(),
            Self::Synth(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Load(LoadError::Missing { file }) => vec![format!(
                "what is built here does not hold `{file}`: commit and push it, and the push starts another run"
            )],
            Self::Load(error) => error.hints(),
            Self::Command { .. } => {
                vec!["the output above says why; repair `commands` in `[build]` or what they run, and push".to_owned()]
            }
            Self::Shell(_) | Self::Temporary(_) => Vec::new(),
            Self::Backend(error) => error.hints(),
            Self::Discover(error) => error.hints(),
            Self::Synth(error) => error.hints(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Load(error) => error.report(),
            Self::Discover(error) => error.report(),
            Self::Synth(error) => error.report(),
            Self::Command { .. } | Self::Shell(_) | Self::Temporary(_) | Self::Backend(_) => None,
        }
    }
}

/// Builds: the commands run in the current folder, then the programs of Amplify's backends, then the assembly is written to
/// `out`.
pub async fn build(file: &Utf8Path, out: &Utf8Path, events: &Events) -> Result<Synthesised, BuildError> {
    let loaded = load(file).await?;
    if let BuildWork::Commands(commands) = &loaded.definition.build.work {
        let minutes = loaded.definition.build.environment.timeout_minutes;
        run(commands, Duration::from_secs(u64::from(minutes) * 60), events).await?;
    }
    amplify::synthesise(&loaded, events).await?;
    // The commands may have made what the definition names, but they do not change the definition itself.
    let discovered = discover(loaded, BTreeMap::new()).await?;
    let synthesised = synth(&discovered, out).await?;
    events.done(format!("assembly `{}` written", synthesised.folder));
    Ok(synthesised)
}

async fn run(commands: &[String], limit: Duration, events: &Events) -> Result<(), BuildError> {
    if commands.is_empty() {
        return Ok(());
    }
    let notes = tempfile::NamedTempFile::new().map_err(BuildError::Temporary)?;
    let note = Utf8PathBuf::from(notes.path().to_string_lossy().into_owned());
    let exit = Command::new("sh")
        .described("the build's commands")
        .arguments(["-c", SCRIPT, note.as_str()])
        .arguments(commands)
        .time_limit(limit)
        .stream(|line| events.emit(Event::Output { origin: "build".to_owned(), line: line.text }))
        .await
        .map_err(BuildError::Shell)?;
    if exit.is_success() {
        return Ok(());
    }
    let number: usize = fs_err::read_to_string(&note).ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    let command = number.checked_sub(1).and_then(|index| commands.get(index)).cloned().unwrap_or_default();
    Err(BuildError::Command { command, status: exit.code() })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(commands: &[&str]) -> Result<(), BuildError> {
        let commands: Vec<String> = commands.iter().map(|&command| command.to_owned()).collect();
        run(&commands, Duration::from_secs(10), &Events::silent()).await
    }

    #[tokio::test]
    async fn the_command_that_failed_is_named_however_it_ended() {
        outcome(&["cd /", "test \"$PWD\" = /"]).await.unwrap();
        for (failing, expected) in [("false", 1), ("exit 3", 3), ("(exit 4)", 4)] {
            let error = outcome(&["true", failing, "true"]).await.unwrap_err();
            assert!(
                matches!(&error, BuildError::Command { command, status } if command == failing && *status == expected),
                "{failing}: {error}"
            );
        }
    }
}
