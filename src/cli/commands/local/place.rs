//! Where the instance is that a verb means.

use camino::{Utf8Path, Utf8PathBuf};

use crate::cli::Failure;
use crate::local::instance::{self, Instance, PLACE};

/// The folder of an instance, as the verbs take it.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The instance's folder; without it, the nearest `.pipectl/local` upwards
    #[arg(long, value_name = "DIR")]
    local: Option<Utf8PathBuf>,
}

impl Place {
    /// The folder to start an instance in: the chosen one, the nearest that is known, or one below this folder.
    pub fn to_start(&self) -> Result<Utf8PathBuf, Failure> {
        let here = current_folder()?;
        Ok(match &self.local {
            Some(folder) => here.join(folder),
            None => Instance::find(&here).unwrap_or_else(|_| here.join(PLACE)),
        })
    }

    /// The running instance.
    pub fn open(&self) -> Result<Instance, Failure> {
        let here = current_folder()?;
        let folder = match &self.local {
            Some(folder) => here.join(folder),
            None => Instance::find(&here)?,
        };
        Ok(Instance::open(&folder)?)
    }
}

/// The folder that the program was started in.
fn current_folder() -> Result<Utf8PathBuf, Failure> {
    let folder = std::env::current_dir().map_err(instance::Error::from)?;
    let folder = Utf8Path::from_path(&folder)
        .ok_or_else(|| instance::Error::from(std::io::Error::other("this folder's path is not UTF-8")))?;
    Ok(folder.to_owned())
}
