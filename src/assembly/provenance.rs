//! `pipectl.json`: what wrote an assembly, and of which definition.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::{AssemblyError, parse};

/// What wrote an assembly, and of which definition (`pipectl.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The version of this file's format.
    pub format: u32,
    /// The version of pipectl.
    pub tool: String,
    /// The definition, relative to the repository.
    pub definition: Utf8PathBuf,
}

impl Provenance {
    /// The file's name in an assembly.
    pub const FILE: &str = "pipectl.json";

    /// The version of the format that this pipectl writes.
    pub const FORMAT: u32 = 1;

    /// Reads the file. `file` is what errors call it.
    pub fn parse(file: &Utf8Path, text: &str) -> Result<Self, AssemblyError> {
        parse::text(file, text)
    }

    /// Writes the file.
    pub fn render(&self) -> String {
        super::folder::json(self)
    }
}
