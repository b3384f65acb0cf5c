//! What a backend needs in the toolkit bucket.

use camino::Utf8PathBuf;
use serde::Serialize;

/// An object of the toolkit bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BackendObject {
    /// Its key, which changes with its content.
    pub key: String,
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// Where its content comes from.
    pub source: ObjectSource,
}

/// Where an object's content comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectSource {
    /// A file of the export.
    File(Utf8PathBuf),
    /// The template of a nested stack.
    Template {
        /// The logical ids that lead to the stack.
        stack: String,
        /// Its text.
        #[serde(skip)]
        text: String,
    },
}

impl BackendObject {
    /// What it is, for people.
    pub fn label(&self) -> &str {
        match &self.source {
            ObjectSource::File(path) => path.as_str(),
            ObjectSource::Template { stack, .. } => stack,
        }
    }

    /// The name of the file that it comes from.
    pub(super) fn file_name(&self) -> Option<&str> {
        match &self.source {
            ObjectSource::File(path) => path.file_name(),
            ObjectSource::Template { .. } => None,
        }
    }
}
