//! From the definition to an assembly. Pure.
//!
//! [`synthesise`] says which files the assembly holds; `ops` reads what it needs and writes what it says. The same input
//! gives the same bytes, wherever and whenever it runs.

mod backend;
mod discovered;
mod layout;
mod stage;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

pub use backend::{BackendSources, render_backend};
pub use discovered::{asset_sources, find_stack, old_pipeline};
pub use layout::synthesise;

use crate::amplify::gen1::Export;
use crate::assembly::{Assembly, Packaging};
use crate::definition::Definition;
use crate::diagnostic::Report;
use crate::graph;
use crate::pipeline::{self, PipelineStacks, StageList};

/// What synthesis works on.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The checked definition.
    pub definition: &'a Definition,
    /// Its text.
    pub text: &'a str,
    /// Its path, seen from the top of the repository.
    pub file: &'a Utf8Path,
    /// The templates of stacks, and those that exports lack, by their path in the definition.
    pub templates: &'a BTreeMap<Utf8PathBuf, String>,
    /// The assets of stacks, by their path in the definition.
    pub assets: &'a BTreeMap<Utf8PathBuf, AssetContent>,
    /// The exports of Amplify backends, by their path in the definition.
    pub exports: &'a BTreeMap<Utf8PathBuf, Export>,
    /// The assemblies that stacks were found in, by their path in the definition.
    pub assemblies: &'a BTreeMap<Utf8PathBuf, Assembly>,
}

/// What synthesis needs to know of an asset's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetContent {
    /// SHA-256 of the content, in hexadecimal.
    pub digest: String,
    /// Whether it is a file, or a folder that is published as a zip.
    pub packaging: Packaging,
}

/// A file or folder of the assembly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssemblyFile {
    /// Its path in the assembly.
    pub path: Utf8PathBuf,
    /// Where its content comes from.
    pub content: Content,
}

/// Where the content of an assembly's file comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The text itself.
    Text(String),
    /// A copy of a file or folder.
    CopyOf {
        /// Its path, relative to the definition's folder.
        path: Utf8PathBuf,
        /// The folder that it may not lead out of by a link, relative to the definition's folder.
        within: Utf8PathBuf,
    },
}

/// The stacks of the pipeline itself, which follow from the definition alone.
pub fn pipeline_stacks(definition: &Definition, file: &Utf8Path) -> Result<PipelineStacks, Report> {
    Ok(pipeline_with_stages(definition, file)?.0)
}

/// The same, and what the assembly says of the stages.
fn pipeline_with_stages(definition: &Definition, file: &Utf8Path) -> Result<(PipelineStacks, StageList), Report> {
    let graph = graph::build(definition)?;
    let stacks = pipeline::render(definition, &graph, file)?;
    let list = StageList::of(definition, &graph, &stacks.pipeline);
    Ok((stacks, list))
}
