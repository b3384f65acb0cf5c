//! An assembly that is not written: what reads only its texts needs no copies of its assets.

use std::collections::BTreeMap;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{SynthError, files, write};
use crate::ops::assembly;
use crate::ops::blocking;
use crate::ops::discover::Discovered;
use crate::synth::Content;

/// An assembly that is not written.
#[derive(Debug, Clone)]
pub struct Rendered {
    files: BTreeMap<Utf8PathBuf, Content>,
    /// The definition's folder.
    sources: Utf8PathBuf,
}

/// Makes the assembly of a definition without writing it. Every stage's stacks must be known, and what would be copied has to
/// be there.
pub async fn render(discovered: &Discovered) -> Result<Rendered, SynthError> {
    let discovered = discovered.clone();
    blocking(move || {
        let files = files(&discovered)?;
        let sources = discovered.loaded.folder.clone();
        write::check(&sources, &files)?;
        Ok(Rendered { files: files.into_iter().map(|file| (file.path, file.content)).collect(), sources })
    })
    .await
}

impl Rendered {
    /// Reads a file, whose path is relative to the assembly.
    pub fn read(&self, path: &Utf8Path) -> io::Result<String> {
        match self.files.get(path) {
            None => Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no file `{path}`"))),
            Some(Content::Text(text)) => Ok(text.clone()),
            Some(Content::CopyOf { path, within }) => {
                write::stay_within(&self.sources.join(path), &self.sources.join(within)).map_err(io::Error::other)?;
                assembly::read(&self.sources, path)
            }
        }
    }
}
