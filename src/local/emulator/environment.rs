//! The Python environment that holds the emulator, made once per computer and release.

use std::fs::{File, TryLockError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::VERSION;
use crate::diagnostic::{Explain, FailureKind};
use crate::disk;
use crate::event::Events;
use crate::process::{self, Command};

/// All packages of the environment with their releases.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The interpreters that are tried, the best first.
const INTERPRETERS: [&str; 5] = ["python3.13", "python3.12", "python3.11", "python3.10", "python3"];

/// The releases of Python that the emulator runs on, as its package says.
const RELEASES: std::ops::RangeInclusive<u32> = 10..=13;

/// How long an installation may take on a slow line.
const INSTALL_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Written last: without it an installation was interrupted.
const MARKER: &str = "installed";

/// Where the emulator's Python comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interpreter {
    /// An environment that has the emulator already: the path of its `python`.
    Existing(Utf8PathBuf),
    /// An environment to be made, once, below this folder.
    Cached(Utf8PathBuf),
}

/// Why there is no environment.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no Python that the emulator runs on.
    #[error("the local endpoint needs Python 3.{} to 3.{}, and none was found", RELEASES.start(), RELEASES.end())]
    NoPython,
    /// A step of the installation failed.
    #[error("the emulator could not be installed into `{folder}`")]
    Install {
        /// The environment's folder.
        folder: Utf8PathBuf,
        /// Why.
        source: process::Error,
    },
    /// Another process installs for too long.
    #[error("another process has been installing the emulator into `{folder}` for too long")]
    Busy {
        /// The environment's folder.
        folder: Utf8PathBuf,
    },
    /// A file could not be read or written.
    #[error("the emulator's environment cannot be kept")]
    File(#[from] std::io::Error),
}

impl Explain for Error {
    fn kind(&self) -> FailureKind {
        FailureKind::NotReady
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoPython => vec![
                "`apt install python3 python3-venv`, `brew install python@3.13` or `uv python install 3.13` brings one"
                    .to_owned(),
            ],
            Self::Install { .. } => vec![
                "`python3 -m venv --help` tells whether Python's `venv` is there (Debian: `apt install python3-venv`); \
                 the packages come from the index that `pip config list` names"
                    .to_owned(),
            ],
            Self::Busy { .. } => vec!["stop the other process and run the same command again".to_owned()],
            Self::File(_) => Vec::new(),
        }
    }
}

impl Interpreter {
    /// Returns the path of a `python` that has the emulator; installs it first if need be.
    pub async fn ensure(&self, events: &Events) -> Result<Utf8PathBuf, Error> {
        match self {
            Self::Existing(python) => Ok(python.clone()),
            Self::Cached(cache) => {
                let folder = cache.join(format!("emulator-{VERSION}"));
                let python = folder.join("bin/python");
                if is_installed(&folder) {
                    return Ok(python);
                }
                let _lock = lock(cache, &folder).await?;
                // Another process may have installed it while this one waited.
                if !is_installed(&folder) {
                    install(&folder, &python, events).await?;
                }
                Ok(python)
            }
        }
    }
}

/// Whether an environment is whole and made of the wanted packages.
fn is_installed(folder: &Utf8Path) -> bool {
    fs::read_to_string(folder.join(MARKER)).is_ok_and(|marker| marker == REQUIREMENTS)
}

/// Waits until no other process installs.
async fn lock(cache: &Utf8Path, folder: &Utf8Path) -> Result<File, Error> {
    fs::create_dir_all(cache)?;
    let file = fs::File::create(cache.join(format!("emulator-{VERSION}.lock")))?.into_file();
    let deadline = tokio::time::Instant::now() + INSTALL_LIMIT;
    while tokio::time::Instant::now() < deadline {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(200)).await,
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
    }
    Err(Error::Busy { folder: folder.to_owned() })
}

/// Makes the environment. Environments cannot be moved, so it is made in place and marked at the end.
async fn install(folder: &Utf8Path, python: &Utf8Path, events: &Events) -> Result<(), Error> {
    let base = find_python().await.ok_or(Error::NoPython)?;
    events.step(format!("installing the emulator (ministack {VERSION}) into `{folder}`, once"));
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let failed = |source| Error::Install { folder: folder.to_owned(), source };
    Command::new(base)
        .described("python -m venv")
        .arguments(["-m", "venv", folder.as_str()])
        .time_limit(INSTALL_LIMIT)
        .run()
        .await
        .map_err(failed)?;
    let requirements = folder.join("requirements.txt");
    disk::replace(&requirements, REQUIREMENTS.as_bytes())?;
    Command::new(python)
        .described("pip install")
        .arguments(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"])
        .arguments(["--requirement", requirements.as_str()])
        .time_limit(INSTALL_LIMIT)
        .run()
        .await
        .map_err(failed)?;
    Command::new(python)
        .described("python -m compileall")
        .arguments(["-m", "compileall", "-q", folder.as_str()])
        .time_limit(INSTALL_LIMIT)
        .run()
        .await
        .map_err(failed)?;
    disk::replace(&folder.join(MARKER), REQUIREMENTS.as_bytes())?;
    events.done("the emulator is installed");
    Ok(())
}

/// Finds the first interpreter of a fitting release.
async fn find_python() -> Option<&'static str> {
    for name in INTERPRETERS {
        let asked = Command::new(name)
            .arguments(["-c", "import sys, venv, ensurepip; print(sys.version_info.major, sys.version_info.minor)"])
            .run()
            .await;
        let Ok(finished) = asked else { continue };
        let answer = String::from_utf8_lossy(&finished.output).into_owned();
        let mut numbers = answer.split_whitespace().map_while(|number| number.parse::<u32>().ok());
        if numbers.next() == Some(3) && numbers.next().is_some_and(|minor| RELEASES.contains(&minor)) {
            return Some(name);
        }
    }
    None
}
