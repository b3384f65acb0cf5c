//! What the endpoint takes from the computer that it runs on.

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use crate::cli::{Failure, UsageError};
use crate::local::emulator::environment::Interpreter;
use crate::local::services::Surroundings;

/// Folders of tools that builds may use, with their usual places below the home folder.
const TOOL_FOLDERS: [(&str, &str); 3] =
    [("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup"), ("NPM_CONFIG_CACHE", ".npm")];

/// Whom programs of this computer trust, and through what they reach the world. The endpoint itself is not reached by
/// HTTPS, so neither comes between.
const NETWORK: [&str; 13] = [
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "HTTPS_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NO_PROXY",
    "PIP_CERT",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "CARGO_HTTP_CAINFO",
    "https_proxy",
    "no_proxy",
];

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

/// What builds find of the computer. They get a home of their own, so tools that live below the user's are named,
/// and the way to the world is.
pub(super) fn surroundings() -> Surroundings {
    let home = variable("HOME");
    let folders = TOOL_FOLDERS.into_iter().filter_map(|(name, usual)| {
        let folder = variable(name).or_else(|| home.as_ref().map(|home| home.join(usual)))?;
        folder.is_dir().then(|| (name.to_owned(), folder.into_string()))
    });
    let network = NETWORK.into_iter().filter_map(|name| Some((name.to_owned(), variable(name)?.into_string())));
    let passed: IndexMap<String, String> = folders.chain(network).collect();
    let scratch = Utf8PathBuf::from_path_buf(std::env::temp_dir()).unwrap_or_else(|_| Utf8PathBuf::from("/tmp"));
    Surroundings { scratch, passed }
}

/// The programs of the computer.
pub(super) fn path() -> String {
    std::env::var("PATH").unwrap_or_default()
}
