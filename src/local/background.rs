//! Starting an endpoint that outlives the program that asks for it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use camino::Utf8Path;
use fs_err as fs;
use nix::sys::signal::kill;
use nix::unistd::Pid;

use super::error::Error;
use super::instance::{self, Folder, Instance};
use crate::event::Events;
use crate::process::{self, Command};

/// How often the start is looked at.
const PACE: Duration = Duration::from_millis(50);

/// How much of the log is told when the start fails.
const LOG_LINES: usize = 20;

/// Starts `program` with the arguments that make it serve the folder's instance, and waits until it answers.
pub async fn start(
    program: PathBuf,
    arguments: Vec<OsString>,
    folder: &Utf8Path,
    limit: Duration,
    events: &Events,
) -> Result<Instance, Error> {
    let place = Folder::new(folder);
    place.prepare()?;
    // Fails when an instance runs, and removes what a killed one left.
    let lock = place.lock()?;
    place.withdraw()?;
    drop(lock);
    let log = folder.join("log.txt");
    let output = fs::File::create(&log).map_err(instance::Error::from)?.into_file();
    events.step("starting the local endpoint in the background");
    let process =
        Command::new(program).described("pipectl local up").arguments(arguments).output_to(output).detach()?;
    let deadline = tokio::time::Instant::now() + limit;
    while tokio::time::Instant::now() < deadline {
        // The file comes last, so nobody else has to be asked for the lock.
        if let Some(instance) = place.read_instance()? {
            return Ok(instance);
        }
        if !is_alive(process) {
            return Err(Error::Ended { log: tail(&log) });
        }
        tokio::time::sleep(PACE).await;
    }
    process::stop_group(process, PACE).await;
    Err(Error::Silent { limit, log })
}

/// Whether a process is there; one that ended was waited for by the runtime.
fn is_alive(process: u32) -> bool {
    i32::try_from(process).is_ok_and(|process| kill(Pid::from_raw(process), None).is_ok())
}

fn tail(log: &Utf8Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].join("\n")
}
