//! The files of an instance's folder. All that is secret is readable by its owner only.

use std::fs::{File, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, Identity, Instance};
use crate::disk;
use crate::local::account_key::Seed;

/// How often the lock is tried.
const LOCK_ATTEMPTS: u32 = 5;

/// How long to wait after each attempt.
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// The folder of an instance, whether it runs or not.
#[derive(Debug, Clone)]
pub struct Folder(Utf8PathBuf);

/// Held while an instance runs; the system releases it however the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Folder {
    /// Names a folder.
    pub fn new(path: &Utf8Path) -> Self {
        Self(path.to_owned())
    }

    /// Its path.
    pub fn path(&self) -> &Utf8Path {
        &self.0
    }

    /// Creates the folder, for its owner only, and keeps it out of Git.
    pub fn prepare(&self) -> Result<(), Error> {
        fs::create_dir_all(&self.0)?;
        fs::set_permissions(&self.0, Permissions::from_mode(0o700))?;
        disk::replace(&self.0.join(".gitignore"), b"*\n")?;
        Ok(())
    }

    /// Whether an instance was ever started here.
    pub fn is_known(&self) -> bool {
        self.identity_file().is_file()
    }

    /// Takes the lock; an error says that the instance runs.
    pub fn lock(&self) -> Result<Lock, Error> {
        let file = fs::File::create(self.0.join("lock"))?.into_file();
        for _ in 0..LOCK_ATTEMPTS {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                // Whoever asks whether the instance runs holds the lock for a moment.
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        let endpoint = self.read_instance()?.map(|instance| instance.endpoint);
        Err(Error::AlreadyRunning { folder: self.0.clone(), endpoint })
    }

    /// Whether somebody holds the lock.
    pub fn is_in_use(&self) -> Result<bool, Error> {
        let file = match fs::File::open(self.0.join("lock")) {
            Ok(file) => file.into_file(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// The instance's identity, made at the first start; a wished port is remembered.
    pub fn identity(&self, port: Option<u16>) -> Result<Identity, Error> {
        let identity = match self.known_identity()? {
            Some(identity) => Identity { port: port.unwrap_or(identity.port), ..identity },
            None => Identity {
                seed: Seed::random()?.expose().to_owned(),
                port: port.unwrap_or_default(),
                account: None,
                region: None,
            },
        };
        self.remember(&identity)?;
        Ok(identity)
    }

    /// The identity that was kept, if an instance was ever started here.
    pub fn known_identity(&self) -> Result<Option<Identity>, Error> {
        read(&self.identity_file())
    }

    /// Keeps the identity.
    pub fn remember(&self, identity: &Identity) -> Result<(), Error> {
        write(&self.identity_file(), identity)
    }

    /// Says where the instance runs.
    pub fn announce(&self, instance: &Instance) -> Result<(), Error> {
        write(&self.instance_file(), instance)
    }

    /// Takes that back.
    pub fn withdraw(&self) -> Result<(), Error> {
        match fs::remove_file(self.instance_file()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// What was announced.
    pub fn read_instance(&self) -> Result<Option<Instance>, Error> {
        let found: Option<Instance> = read(&self.instance_file())?;
        Ok(found.map(|instance| Instance { folder: self.0.clone(), ..instance }))
    }

    fn identity_file(&self) -> Utf8PathBuf {
        self.0.join("identity.json")
    }

    fn instance_file(&self) -> Utf8PathBuf {
        self.0.join("instance.json")
    }
}

fn read<T: DeserializeOwned>(file: &Utf8Path) -> Result<Option<T>, Error> {
    match fs::read(file) {
        Ok(bytes) => {
            serde_json::from_slice(&bytes).map(Some).map_err(|source| Error::Damaged { file: file.to_owned(), source })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Files are replaced through temporary ones, which only their owner may read.
fn write<T: Serialize>(file: &Utf8Path, value: &T) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::other)?;
    disk::replace_private(file, text.as_bytes())?;
    Ok(())
}
