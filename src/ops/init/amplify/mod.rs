//! The definition of a pipeline that deploys Amplify backends: those that the repository has.

mod exports;
mod packages;
mod programs;

use camino::{Utf8Path, Utf8PathBuf};
use walkdir::WalkDir;

use super::InitError;
use crate::id::{PipelineName, Repository};
use exports::Export;
use programs::Program;

/// How deep backends are looked for.
const DEEPEST: usize = 4;
/// Folders in which no backend is looked for.
const PASSED_BY: [&str; 3] = ["cdk.out", "node_modules", "target"];
/// The folder that both generations keep backends in.
const AMPLIFY: &str = "amplify";
/// The first stage.
const STAGE: &str = "Staging";

/// Which backends are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that are there, programs rather than exports.
    Found,
    /// Exports of Gen 1, even if they have yet to be made.
    Exports,
    /// Programs of Gen 2, even if they have yet to be written.
    Programs,
}

/// The backends that a definition deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Backends {
    /// Exports of Gen 1.
    Exports(Vec<Export>),
    /// Programs of Gen 2, and the exports beside them, which are not deployed.
    Programs { programs: Vec<Program>, passed_over: Vec<Export> },
}

impl Backends {
    /// Chooses among the backends below a folder.
    pub fn of(folder: &Utf8Path, repository: &Repository, wanted: Wanted) -> Result<Self, InitError> {
        let root = if folder.as_str().is_empty() { Utf8Path::new(".") } else { folder };
        let folders = folders(root);
        let (exports, programs) = (Export::all(root, &folders), Program::all(root, &folders));
        let to_be_exported = || vec![Export::to_be_made(repository)];
        match wanted {
            Wanted::Exports if exports.is_empty() => Ok(Self::Exports(to_be_exported())),
            Wanted::Exports => Ok(Self::Exports(exports)),
            Wanted::Programs if programs.is_empty() => {
                Ok(Self::Programs { programs: vec![Program::to_be_written()], passed_over: Vec::new() })
            }
            Wanted::Programs => Ok(Self::Programs { programs, passed_over: Vec::new() }),
            Wanted::Found if !programs.is_empty() => Ok(Self::Programs { programs, passed_over: exports }),
            Wanted::Found if !exports.is_empty() => Ok(Self::Exports(exports)),
            Wanted::Found if exports::is_project(root) => Ok(Self::Exports(to_be_exported())),
            Wanted::Found => Err(InitError::NoBackend),
        }
    }

    /// The tables of the definition that deploy them.
    pub fn tables(&self, pipeline: &PipelineName) -> String {
        match self {
            Self::Exports(exports) => exports::tables(exports),
            Self::Programs { programs, .. } => programs::tables(programs, pipeline),
        }
    }

    /// The folders of the exports that are deployed.
    pub fn exports(&self) -> Vec<Utf8PathBuf> {
        match self {
            Self::Exports(exports) => exports.iter().map(|export| export.path.clone()).collect(),
            Self::Programs { .. } => Vec::new(),
        }
    }

    /// The programs that are deployed.
    pub fn programs(&self) -> Vec<Utf8PathBuf> {
        match self {
            Self::Exports(_) => Vec::new(),
            Self::Programs { programs, .. } => programs.iter().map(|program| program.file.clone()).collect(),
        }
    }

    /// The folders of exports that are there and are not deployed.
    pub fn passed_over(&self) -> Vec<Utf8PathBuf> {
        match self {
            Self::Exports(_) => Vec::new(),
            Self::Programs { passed_over, .. } => passed_over.iter().map(|export| export.path.clone()).collect(),
        }
    }
}

/// The folders in which backends may be, with the root's path before them.
fn folders(root: &Utf8Path) -> Vec<Utf8PathBuf> {
    let is_of_interest = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let is_part = entry.depth() > 1 && entry.path().parent().is_some_and(|folder| folder.ends_with(AMPLIFY));
        entry.depth() == 0 || !(name.starts_with('.') || is_part || PASSED_BY.contains(&&*name))
    };
    let entries = WalkDir::new(root).max_depth(DEEPEST).sort_by_file_name().into_iter().filter_entry(is_of_interest);
    let folders = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_dir());
    folders.filter_map(|entry| Utf8PathBuf::from_path_buf(entry.into_path()).ok()).collect()
}

/// A name in the definition, made of what a backend is called.
fn name_of(text: &str) -> String {
    const LONGEST: usize = 30;
    PipelineName::made_of(text, LONGEST).map_or_else(|| "backend".to_owned(), String::from)
}

/// A text as the definition has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Tables that are to be deployed after somebody's approval, as comments.
fn production(tables: &str) -> String {
    let tables = format!("[[stage]]\nname = \"Production\"\napproval = {{}}\n{tables}");
    let lines = tables.lines().map(|line| if line.is_empty() { "#\n".to_owned() } else { format!("# {line}\n") });
    format!("\n# A stage that waits for somebody's approval:\n#\n{}", lines.collect::<String>())
}
