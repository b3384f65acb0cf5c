//! `init --from cdk`: a definition made of a CDK Pipelines assembly.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use super::{InitError, Overwrite, files};
use crate::assembly::Assembly;
use crate::cfn::Template;
use crate::git::Git;
use crate::id::{PipelineName, Region};
use crate::migration::{self, Input, Migration, OldStacks, Remark};
use crate::ops;

/// What the user said.
#[derive(Debug, Clone)]
pub struct CdkWishes {
    /// The folder that `cdk synth` wrote.
    pub assembly: Utf8PathBuf,
    /// The stack with the pipeline, where there are several.
    pub stack: Option<String>,
    /// The new pipeline's name.
    pub name: Option<PipelineName>,
    /// The new pipeline's region, where the app leaves it open.
    pub region: Option<Region>,
    /// What happens to a definition that is there already.
    pub overwrite: Overwrite,
}

/// What was written, and what differs from the old pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// The new pipeline's name.
    pub name: PipelineName,
    /// How many stages it has.
    pub stages: usize,
    /// The files that were written.
    pub files: Vec<Utf8PathBuf>,
    /// What differs.
    pub remarks: Vec<Remark>,
    /// What becomes of the old pipeline.
    pub old: OldStacks,
}

/// Writes a definition to `file` that does what the pipeline of an assembly does.
pub async fn from_cdk(file: &Utf8Path, wishes: CdkWishes) -> Result<Migrated, InitError> {
    if wishes.overwrite == Overwrite::Never && file.exists() {
        return Err(InitError::Exists { files: vec![file.to_owned()] });
    }
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    let in_repository = in_repository(folder).await;
    let migration = ops::blocking(move || migrate(&wishes, &in_repository)).await?;
    files::write(file, &migration.render())?;
    let mut written = vec![file.to_owned()];
    written.extend(files::extend_gitignore(folder)?);
    let Migration { definition, remarks, old } = migration;
    Ok(Migrated { name: definition.name, stages: definition.stages.len(), files: written, remarks, old })
}

fn migrate(wishes: &CdkWishes, folder: &Utf8Path) -> Result<Migration, InitError> {
    let failed = |cause| InitError::Assembly { path: wishes.assembly.clone(), cause };
    let assembly = ops::assembly::open(&wishes.assembly).map_err(failed)?;
    let templates = templates(&wishes.assembly, &assembly)?;
    Ok(migration::migrate(Input {
        assembly: &assembly,
        templates: &templates,
        stack: wishes.stack.as_deref(),
        name: wishes.name.as_ref(),
        region: wishes.region.as_ref(),
        folder,
    })?)
}

/// The templates of all stacks.
fn templates(root: &Utf8Path, assembly: &Assembly) -> Result<BTreeMap<Utf8PathBuf, Template>, InitError> {
    let mut templates = BTreeMap::new();
    for view in assembly.stacks() {
        let path = view.template();
        let failed = |source| InitError::Template { file: root.join(&path), source };
        let text = ops::assembly::read(root, &path).map_err(failed)?;
        let value = serde_json::from_str(&text).map_err(|error| failed(error.into()))?;
        templates.insert(path, Template::from_value(value));
    }
    Ok(templates)
}

/// A folder seen from the top of its repository; as it is where there is none.
async fn in_repository(folder: &Utf8Path) -> Utf8PathBuf {
    let here = if folder.as_str().is_empty() { Utf8Path::new(".") } else { folder };
    let Ok(whole) = here.canonicalize_utf8() else { return folder.to_owned() };
    match Git::at(&whole).top_level().await {
        Ok(top) => whole.strip_prefix(&top).map_or_else(|_| folder.to_owned(), Utf8Path::to_owned),
        Err(_) => folder.to_owned(),
    }
}
