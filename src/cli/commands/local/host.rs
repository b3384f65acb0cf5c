//! What the endpoint takes from the computer that it runs on.

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use crate::cli::{Failure, UsageError};
use crate::local::emulator::environment::Interpreter;
use crate::local::services::Surroundings;

/// Folders of tools that builds may use, with their usual places below the home folder.
const TOOL_FOLDERS: [(&str, &str); 2] = [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")];

fn variable(name: &str) -> Option<Utf8PathBuf> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).map(Utf8PathBuf::from)
}

/// The emulator's Python: that of `PIPECTL_EMULATOR_PYTHON`, or one in the user's cache.
pub(super) fn interpreter() -> Result<Interpreter, Failure> {
    if let Some(python) = variable("PIPECTL_EMULATOR_PYTHON") {
        return Ok(Interpreter::Existing(python));
    }
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let cache = cache.ok_or_else(|| {
        UsageError::new("there is no folder for the emulator: neither `XDG_CACHE_HOME` nor `HOME` is set")
    })?;
    Ok(Interpreter::Cached(cache.join("pipectl")))
}

/// What builds find of the computer. They get a home of their own, so tools that live below the user's are named.
pub(super) fn surroundings() -> Surroundings {
    let home = variable("HOME");
    let passed: IndexMap<String, String> = TOOL_FOLDERS
        .into_iter()
        .filter_map(|(name, usual)| {
            let folder = variable(name).or_else(|| home.as_ref().map(|home| home.join(usual)))?;
            folder.is_dir().then(|| (name.to_owned(), folder.into_string()))
        })
        .collect();
    let scratch = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| Utf8PathBuf::from("/tmp"));
    Surroundings { scratch, passed }
}

/// The programs of the computer.
pub(super) fn path() -> String {
    std::env::var("PATH").unwrap_or_default()
}
