//! The definition of a pipeline that deploys what `amplify export` wrote.

use camino::{Utf8Path, Utf8PathBuf};
use walkdir::WalkDir;

use crate::amplify::gen1::MANIFEST;
use crate::id::{PipelineName, Repository};

/// What the folder of an export is called, before the project's name.
const PREFIX: &str = "amplify-export-";
/// How deep exports are looked for.
const DEEPEST: usize = 4;
/// Folders in which no export is looked for.
const PASSED_BY: [&str; 3] = ["amplify", "node_modules", "target"];

/// An export in the repository, or where one belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Export {
    /// The name of its project, as a name in the definition.
    name: String,
    /// Its folder, seen from the definition's.
    pub(super) path: Utf8PathBuf,
}

impl Export {
    fn at(path: Utf8PathBuf) -> Self {
        const LONGEST: usize = 30;
        let project = path.file_name().and_then(|name| name.strip_prefix(PREFIX)).unwrap_or_default();
        let name = PipelineName::made_of(project, LONGEST).map_or_else(|| "backend".to_owned(), String::from);
        Self { name, path }
    }
}

/// Finds the exports below a folder; without any, tells where the first one belongs.
pub(super) fn exports(folder: &Utf8Path, repository: &Repository) -> Vec<Export> {
    let root = if folder.as_str().is_empty() { Utf8Path::new(".") } else { folder };
    let is_of_interest = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(name.starts_with('.') || PASSED_BY.contains(&&*name))
    };
    let folders = WalkDir::new(root).max_depth(DEEPEST).sort_by_file_name().into_iter().filter_entry(is_of_interest);
    let found: Vec<Export> = folders
        .filter_map(|entry| Utf8PathBuf::from_path_buf(entry.ok()?.into_path()).ok())
        .filter(|path| path.file_name().is_some_and(|name| name.starts_with(PREFIX)))
        .filter(|path| path.join(MANIFEST).is_file())
        .filter_map(|path| path.strip_prefix(root).ok().map(|path| Export::at(path.to_owned())))
        .collect();
    if found.is_empty() {
        return vec![Export::at(Utf8Path::new("lib").join(format!("{PREFIX}{}", repository.name())))];
    }
    found
}

/// The stages of the definition: one with each backend, in an environment of its own beside that of `amplify push`.
pub(super) fn stages(exports: &[Export]) -> String {
    let backends: Vec<String> = exports
        .iter()
        .map(|Export { name, path }| {
            let path = toml::Value::String(path.to_string());
            let folder = path.as_str().and_then(|path| Utf8Path::new(path).parent()).unwrap_or(Utf8Path::new("."));
            let folder = if folder.as_str().is_empty() { "." } else { folder.as_str() };
            format!(
                "\n[[stage.amplify]]\n\
                 name = \"{name}\"\n\
                 export = {path} # `amplify export --out {folder}` writes it, again after every change\n\
                 environment = \"staging\" # beside the one that `amplify push` deploys\n"
            )
        })
        .collect();
    format!("[[stage]]\nname = \"Staging\"\n{}", backends.concat())
}
