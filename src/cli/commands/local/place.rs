//! Where the instance is that a verb means.

use camino::Utf8PathBuf;

use crate::cli::{Failure, Global, nearby};
use crate::local::instance::{Instance, PLACE};

/// The folder to start an instance in: the one of `--local=DIR`, the nearest that is known, or one below this folder.
pub fn to_start(global: &Global) -> Result<Utf8PathBuf, Failure> {
    let here = nearby::working_folder()?;
    Ok(match &global.local {
        Some(folder) if folder.join(PLACE).is_dir() => here.join(folder).join(PLACE),
        Some(folder) => here.join(folder),
        None => Instance::find(&here).unwrap_or_else(|_| here.join(PLACE)),
    })
}

/// The running instance: that of `--local=DIR`, or the nearest one upwards.
pub fn open(global: &Global) -> Result<Instance, Failure> {
    nearby::open(global.local.as_deref())
}
