//! The `cache` section: what the next build finds again.

use serde::Serialize;

use super::locate::Part;
use super::reader::{Node, Reader};
use crate::diagnostic::Diagnostic;

/// What a build does with the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CacheAction {
    /// Takes from it before, and puts into it afterwards.
    #[default]
    Both,
    /// Only takes from it.
    Restore,
    /// Only puts into it.
    Save,
}

/// The `cache` section.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Cache {
    /// The key, which the build's shell expands.
    pub key: Option<String>,
    /// Beginnings of keys to try when there is nothing under the key.
    pub fallback_keys: Vec<String>,
    /// What is done with the cache.
    pub action: CacheAction,
    /// The patterns of the files to keep.
    pub paths: Vec<String>,
}

/// The most fallback keys that CodeBuild takes.
const MOST_FALLBACK_KEYS: usize = 5;

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Cache {
    let fields = reader.fields(node, &["key", "fallback-keys", "action", "paths"]);
    let fallback_keys = reader.texts(fields.get("fallback-keys"));
    if let Some(keys) = fields.get("fallback-keys").filter(|_| fallback_keys.len() > MOST_FALLBACK_KEYS) {
        let message =
            format!("there are {} fallback keys; at most {MOST_FALLBACK_KEYS} are allowed", fallback_keys.len());
        reader.note(&keys, Part::Key, Diagnostic::error("too-many", message));
    }
    let actions = [("restore", CacheAction::Restore), ("save", CacheAction::Save)];
    Cache {
        key: reader.optional_text(fields.get("key")),
        fallback_keys,
        action: reader.choice(fields.get("action"), &actions).unwrap_or_default(),
        paths: reader.texts(fields.get("paths")),
    }
}
