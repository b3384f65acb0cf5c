//! The emulator's process: its settings, its start, its end.

use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::plugin;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{AccountId, Region, Secret};
use crate::local::account_key::random_text;
use crate::local::authority::Authority;
use crate::process::{self, ChildStdin, Command, Exit, Running, Surroundings};

/// How long the start may take on a busy computer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long the emulator may take to save its state at the end.
const STOP_GRACE: Duration = Duration::from_secs(5);

/// Ports below those that Linux (32768 to 60999) and macOS (49152 to 65535) give out.
const PORTS: Range<u16> = 12_000..32_000;

/// How many of them are tried.
const PORT_TRIES: usize = 100;

/// How much of the log is told when the start fails.
const LOG_TAIL: usize = 2000;

/// Why the emulator does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It ended while it was started.
    #[error("the emulator {exit} while it was started: {tail}")]
    Ended {
        /// How.
        exit: Exit,
        /// The end of its log.
        tail: String,
    },
    /// It did not answer in time.
    #[error("the emulator did not answer within {} seconds; its log is `{log}`", START_LIMIT.as_secs())]
    Silent {
        /// Its log.
        log: Utf8PathBuf,
    },
    /// It could not be started or stopped.
    #[error("the emulator could not be run")]
    Process(#[from] process::Error),
    /// A file or a port could not be had.
    #[error("the emulator's folder or port cannot be had")]
    Io(#[from] std::io::Error),
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        FailureKind::NotReady
    }
}

/// What the emulator is started with.
#[derive(Debug)]
pub struct Settings<'a> {
    /// The `python` that has the emulator.
    pub python: &'a Utf8Path,
    /// The emulator's own folder: state, plugin, log.
    pub folder: &'a Utf8Path,
    /// The front's address.
    pub front: &'a str,
    /// What front and plugin share.
    pub token: &'a Secret,
    /// The account of calls that name none.
    pub account: &'a AccountId,
    /// The region of calls that name none.
    pub region: &'a Region,
    /// The CloudFormation types that the front provides.
    pub types: &'a [String],
    /// The CloudFormation types that are only recorded.
    pub simulated: &'a [String],
    /// Where programs are found (`PATH`): Lambda functions run as processes.
    pub path: &'a str,
}

/// A running emulator. Dropping it kills its whole process group.
#[derive(Debug)]
pub struct Emulator {
    running: Running,
    /// Never written to; the plugin ends the group when it is closed, by whatever way this process goes. Waiting for a
    /// program closes the input that it still holds, so it is held here.
    _lifeline: Option<ChildStdin>,
}

/// A free port on 127.0.0.1. The emulator takes it some time later, so it is none that systems give out by themselves, to any
/// connection that is opened meanwhile.
pub fn free_port() -> std::io::Result<u16> {
    let mut taken = None;
    for _ in 0..PORT_TRIES {
        let mut bytes = [0; 2];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        let port = PORTS.start + u16::from_le_bytes(bytes) % (PORTS.end - PORTS.start);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(error) => taken = Some(error),
        }
    }
    Err(taken.unwrap_or_else(|| std::io::ErrorKind::AddrInUse.into()))
}

impl Emulator {
    /// Starts the emulator on a port, and waits until it answers.
    pub async fn start(settings: &Settings<'_>, port: u16, authority: &Authority) -> Result<Self, Error> {
        let folder = settings.folder;
        let log = folder.join("log.txt");
        for name in ["state", "objects", "temporary", "plugin"] {
            fs::create_dir_all(folder.join(name))?;
        }
        let start = plugin::write(&folder.join("plugin"))?;
        let types = serde_json::Value::from(settings.types).to_string();
        let simulated = serde_json::Value::from(settings.simulated).to_string();
        let mut running = Command::new(settings.python)
            .described("ministack")
            .argument(&start)
            .folder(folder)
            .surroundings(Surroundings::Clean)
            .variables([
                ("PIPECTL_FRONT", settings.front),
                ("PIPECTL_TOKEN", settings.token.expose()),
                ("PIPECTL_TYPES", &types),
                ("PIPECTL_SIMULATED", &simulated),
                ("PATH", settings.path),
                ("HOME", folder.join("temporary").as_str()),
                ("TMPDIR", folder.join("temporary").as_str()),
                ("PYTHONDONTWRITEBYTECODE", "1"),
                ("PYTHONUNBUFFERED", "1"),
                ("AUTH", "true"),
                // The emulator's own root key is not checked by it, so nobody may know or use it.
                ("AWS_ACCESS_KEY_ID", &random_text()?),
                ("AWS_SECRET_ACCESS_KEY", &random_text()?),
                ("AWS_ENDPOINT_URL", settings.front),
                ("GATEWAY_PORT", &port.to_string()),
                ("BIND_HOST", "127.0.0.1"),
                ("MINISTACK_ACCOUNT_ID", settings.account.as_str()),
                ("MINISTACK_REGION", settings.region.as_str()),
                ("PERSIST_STATE", "1"),
                ("STATE_DIR", folder.join("state").as_str()),
                ("S3_PERSIST", "1"),
                ("S3_DATA_DIR", folder.join("objects").as_str()),
                ("SFTP_ENABLED", "0"),
                ("IOT_MTLS_ENABLED", "0"),
                ("LOG_LEVEL", "INFO"),
            ])
            .piped_input()
            .output_to(fs::File::create(&log)?.into_file())
            .spawn()?;
        let lifeline = running.input();
        let mut emulator = Self { running, _lifeline: lifeline };
        emulator.wait_until_healthy(authority, log).await?;
        Ok(emulator)
    }

    async fn wait_until_healthy(&mut self, authority: &Authority, log: Utf8PathBuf) -> Result<(), Error> {
        let deadline = tokio::time::Instant::now() + START_LIMIT;
        while tokio::time::Instant::now() < deadline {
            if let Some(exit) = self.running.ended()? {
                let text = fs::read_to_string(&log).unwrap_or_default();
                let start = text.char_indices().rev().nth(LOG_TAIL).map_or(0, |(index, _)| index);
                return Err(Error::Ended { exit, tail: text[start..].trim().to_owned() });
            }
            if authority.health().await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        Err(Error::Silent { log })
    }

    /// Its process id, which is also its group's.
    pub fn id(&self) -> Option<u32> {
        self.running.id()
    }

    /// Waits until the emulator ends by itself, which it should not.
    pub async fn ended(&mut self) -> Result<Exit, Error> {
        Ok(self.running.wait().await?)
    }

    /// Lets the emulator save its state, and ends its whole group.
    pub async fn stop(self) -> Result<(), Error> {
        self.running.stop(STOP_GRACE).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_free_and_none_that_systems_give_out() {
        let port = free_port().unwrap();
        assert!(PORTS.contains(&port), "{port}");
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    }
}
