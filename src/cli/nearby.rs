//! `--local`: the instance of the local endpoint that verbs speak to instead of AWS.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Failure, UsageError};
use crate::definition::{self, Definition, Source};
use crate::disk;
use crate::id::{AccountId, Repository};
use crate::local::instance::{Instance, PLACE};

/// Opens the instance of a folder, or the nearest one upwards. One that does not run is an error that says so.
pub(super) fn open(folder: Option<&Utf8Path>) -> Result<Instance, Failure> {
    Ok(Instance::open(&place(folder)?)?)
}

/// Where the instance of a folder lives, or the nearest one upwards, whether it runs or not.
pub(super) fn place(folder: Option<&Utf8Path>) -> Result<Utf8PathBuf, Failure> {
    Ok(match folder {
        Some(folder) if folder.join(PLACE).is_dir() => folder.join(PLACE),
        Some(folder) => folder.to_owned(),
        None => Instance::find(&working_folder()?)?,
    })
}

/// The account that the definition names for its pipeline, as far as it can be read. Whatever is wrong with it, the verb
/// tells better.
pub(super) fn account(file: &Utf8Path) -> Option<AccountId> {
    decoded(file)?.target.account
}

/// The GitHub repository that the definition names as its source, as far as it can be read.
pub(super) fn repository(file: &Utf8Path) -> Option<Repository> {
    match decoded(file)?.source {
        Source::GitHub { repository, .. } | Source::Connection { repository, .. } => Some(repository),
        Source::S3 { .. } => None,
    }
}

fn decoded(file: &Utf8Path) -> Option<Definition> {
    let text = disk::read_text(file, definition::SIZE_LIMIT as u64).ok()?;
    definition::decode(file, &text).ok().map(|(definition, _)| definition)
}

/// The folder that the program was started in.
pub(super) fn working_folder() -> Result<Utf8PathBuf, Failure> {
    let folder = std::env::current_dir().ok().and_then(|folder| Utf8PathBuf::from_path_buf(folder).ok());
    folder.ok_or_else(|| UsageError::new("the working folder is gone, or its path is no UTF-8").into())
}
