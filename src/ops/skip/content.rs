//! What a stage deploys, as a digest.

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::SkipError;
use crate::archive::hash_folder;
use crate::assembly::Assembly;
use crate::cfn::Template;
use crate::disk;
use crate::graph::Counts;
use crate::pipeline::ListedStage;

/// The largest template that is read. One that CloudFormation would refuse is refused there.
const LARGEST: u64 = 16 << 20;

/// What a stage deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// The digest of all that decides what is deployed.
    Digest(String),
    /// A template reads something when it is deployed, so it may do something else each time.
    Outside {
        /// The template.
        template: Utf8PathBuf,
        /// What it reads.
        what: String,
    },
    /// The source counts, and is not known.
    NoSource,
}

/// Looks at what a stage deploys. `revision` is that of the source.
pub(super) fn content(
    root: &Utf8Path,
    assembly: &Assembly,
    stage: &ListedStage,
    revision: Option<&str>,
) -> Result<Content, SkipError> {
    for folder in &stage.folders {
        let nested = assembly.nested.get(folder);
        for view in nested.into_iter().flat_map(Assembly::stacks) {
            let file = view.template();
            let unreadable = |cause| SkipError::Unreadable { file: file.clone(), cause };
            let text = disk::read_text(&root.join(&file), LARGEST).map_err(unreadable)?;
            let Ok(template) = Template::parse(&file, &text) else { continue };
            if let Some(what) = template.read_when_deployed() {
                return Ok(Content::Outside { template: file, what });
            }
        }
    }
    let mut hasher = Sha256::new();
    hasher.update(&stage.layout);
    for folder in &stage.folders {
        let digest = hash_folder(&root.join(folder)).map_err(SkipError::Folder)?;
        hasher.update(format!("\n{folder} {digest}"));
    }
    match (stage.skip.as_ref().map(|skip| skip.counts), revision) {
        (Some(Counts::Source), None) => return Ok(Content::NoSource),
        (Some(Counts::Source), Some(revision)) => hasher.update(format!("\nsource {revision}")),
        (Some(Counts::Stacks) | None, _) => {}
    }
    Ok(Content::Digest(hex::encode(hasher.finalize())))
}
