//! The files of an export, read by whoever can read.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

/// The files of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFiles {
    folder: Utf8PathBuf,
    files: BTreeMap<Utf8PathBuf, FileContent>,
}

/// What is known of a file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    /// The text of what may be a template or a list of the export's own.
    Text(String),
    /// SHA-256 of anything else, in hexadecimal.
    Digest(String),
}

impl FileContent {
    /// SHA-256 of the content, in hexadecimal.
    pub fn digest(&self) -> String {
        match self {
            Self::Text(text) => hex::encode(Sha256::digest(text)),
            Self::Digest(digest) => digest.clone(),
        }
    }
}

impl ExportFiles {
    /// Endings of the files whose texts are wanted.
    pub const TEXTS: [&'static str; 3] = ["json", "yaml", "yml"];

    /// Takes files by their paths in the export. `folder` is what messages call the export's folder.
    pub fn new(folder: impl Into<Utf8PathBuf>, files: BTreeMap<Utf8PathBuf, FileContent>) -> Self {
        Self { folder: folder.into(), files }
    }

    /// The export's folder, as messages call it.
    pub fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// A file as messages call it.
    pub(super) fn name_of(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.folder.join(path)
    }

    /// Whether there is a file.
    pub(super) fn contains(&self, path: &Utf8Path) -> bool {
        self.files.contains_key(path)
    }

    /// A file's text, if the file is there and is a text.
    pub(super) fn text(&self, path: &Utf8Path) -> Option<&str> {
        match self.files.get(path)? {
            FileContent::Text(text) => Some(text),
            FileContent::Digest(_) => None,
        }
    }

    /// The files of a folder and below it, in the order of their paths.
    pub(super) fn below<'a>(
        &'a self,
        folder: &'a Utf8Path,
    ) -> impl Iterator<Item = (&'a Utf8Path, &'a FileContent)> + use<'a> {
        let from = self.files.range(folder.to_owned()..);
        from.take_while(move |(path, _)| path.starts_with(folder)).map(|(path, content)| (path.as_path(), content))
    }

    /// Every path.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Utf8Path> {
        self.files.keys().map(Utf8PathBuf::as_path)
    }
}
