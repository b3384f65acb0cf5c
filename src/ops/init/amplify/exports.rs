//! Backends of Gen 1: what `amplify export` wrote.

use camino::{Utf8Path, Utf8PathBuf};

use super::{AMPLIFY, STAGE, name_of, production, quoted};
use crate::amplify::gen1::MANIFEST;
use crate::id::Repository;

/// What the folder of an export is called, before the project's name.
const PREFIX: &str = "amplify-export-";
/// A file that every project of Gen 1 has in its folder.
const PROJECT: &str = "backend/backend-config.json";

/// An export in the repository, or where one belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops::init) struct Export {
    /// The name of its project, as a name in the definition.
    name: String,
    /// Its folder, seen from the definition's.
    pub path: Utf8PathBuf,
}

impl Export {
    fn at(path: Utf8PathBuf) -> Self {
        let project = path.file_name().and_then(|name| name.strip_prefix(PREFIX)).unwrap_or_default();
        Self { name: name_of(project), path }
    }

    /// The exports among some folders.
    pub fn all(root: &Utf8Path, folders: &[Utf8PathBuf]) -> Vec<Self> {
        let exports = folders.iter().filter(|path| {
            path.file_name().is_some_and(|name| name.starts_with(PREFIX)) && path.join(MANIFEST).is_file()
        });
        exports.filter_map(|path| path.strip_prefix(root).ok().map(|path| Self::at(path.to_owned()))).collect()
    }

    /// Where the first export of a repository belongs.
    pub fn to_be_made(repository: &Repository) -> Self {
        Self::at(Utf8Path::new("lib").join(format!("{PREFIX}{}", repository.name())))
    }
}

/// Whether a folder has a project of Gen 1.
pub(super) fn is_project(folder: &Utf8Path) -> bool {
    folder.join(AMPLIFY).join(PROJECT).is_file()
}

/// A stage with the backends, in an environment of its own beside that of `amplify push`.
pub(super) fn tables(exports: &[Export]) -> String {
    let staging = backends(exports, "staging", " # beside the one that `amplify push` deploys");
    let production = production(&backends(exports, "prod", ""));
    format!("[[stage]]\nname = \"{STAGE}\"\n{staging}{production}")
}

fn backends(exports: &[Export], environment: &str, remark: &str) -> String {
    let backend = |Export { name, path }: &Export| {
        let folder = path.parent().map(Utf8Path::as_str).filter(|folder| !folder.is_empty()).unwrap_or(".");
        format!(
            "\n[[stage.amplify]]\n\
             name = \"{name}\"\n\
             export = {} # `amplify export --out {folder}` writes it, again after every change\n\
             environment = \"{environment}\"{remark}\n",
            quoted(path.as_str())
        )
    };
    exports.iter().map(backend).collect()
}
