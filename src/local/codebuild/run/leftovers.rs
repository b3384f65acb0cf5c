//! What a build left: processes, and its folder.
//!
//! A process that has made a session of its own (a daemon) is no longer in the group of the build's shell. It still has
//! the build's id in its environment, by which it is found where the system tells environments of processes.

use std::time::Duration;

use camino::Utf8Path;
use fs_err as fs;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::BUILD_ID;

/// How often the removal of a build's folder is tried again.
const REMOVALS: u32 = 20;

/// How long is waited in between.
const BETWEEN_REMOVALS: Duration = Duration::from_millis(50);

/// Ends what a build left running, and removes its folder if it has one still. Blocks.
pub fn end_leftovers(id: &str, folder: Option<&Utf8Path>) -> std::io::Result<()> {
    sweep(&format!("{BUILD_ID}={id}"));
    let Some(folder) = folder else { return Ok(()) };
    let mut attempts = 0..REMOVALS;
    loop {
        match fs::remove_dir_all(folder) {
            // What was killed may still be on its way out, and write a last file.
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty && attempts.next().is_some() => {
                std::thread::sleep(BETWEEN_REMOVALS);
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => return Ok(()),
        }
    }
}

/// Kills every process whose environment has this entry (`NAME=value`). Blocks for some milliseconds.
fn sweep(entry: &str) {
    // Where there is no such folder, the process group is all that can be known.
    let Ok(processes) = fs::read_dir("/proc") else { return };
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    for process in processes.flatten() {
        let Some(id) = process.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        // Other users' processes cannot be read, and are not the build's.
        let Ok(environment) = fs::read(process.path().join("environ")) else { continue };
        let is_of_build = environment.split(|byte| *byte == 0).any(|variable| variable == entry.as_bytes());
        if is_of_build && id != own {
            // The only other outcome is that it is gone, which is what was wanted.
            let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}
