//! What a build left running.
//!
//! A process that has made a session of its own (a daemon) is no longer in the group of the build's shell. It still has
//! the build's id in its environment, by which it is found where the system tells environments of processes.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Kills every process whose environment has this entry (`NAME=value`). Blocks for some milliseconds.
pub(super) fn sweep(entry: &str) {
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
