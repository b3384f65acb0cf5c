//! Publishing all assets of an assembly: files, folders, and container images.
//!
//! Assets are named by their content, so one that is there is the right one and is skipped. [`plan`] says what goes
//! where, without a look at AWS; [`publish`] does it:
//!
//! ```text
//! plan ─▶ look: roles, buckets, repositories, what is missing ─▶ files: zip, put          (many at once)
//!                                                             └▶ images: build, tag, push (one build at a time)
//! ```
//!
//! An object or a tag appears as a whole or not at all, and an image that was built is kept by the engine, hence
//! whoever is killed and run again goes on where he was.

mod connect;
mod content_type;
mod destination;
mod error;
mod execute;
mod file;
mod image;
mod look;
mod missing;
mod plan;
mod program;
mod registries;
mod source;
#[cfg(test)]
mod tests;

use std::num::NonZeroUsize;

use camino::Utf8Path;
use serde::Serialize;

pub use error::PublishError;
pub use plan::{
    Access, FilePlan, ImagePlan, PlannedImage, PlannedSource, Program, PublishPlan, StorePlan, Target, plan,
};

use super::assembly;
use crate::aws::Aws;
use crate::event::Events;
use crate::id::Environment;
use crate::text::count;

/// How to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The program that builds and pushes images; docker, podman or finch if absent.
    pub engine: Option<String>,
    /// How many images are built, and programs that make assets are run, at once.
    pub builds_at_once: NonZeroUsize,
}

impl Default for Options {
    fn default() -> Self {
        Self { engine: None, builds_at_once: NonZeroUsize::MIN }
    }
}

/// What was published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Published {
    /// How many objects were put.
    pub uploaded: u64,
    /// How many images were pushed.
    pub pushed: u64,
    /// How many objects and images were there already.
    pub present: u64,
    /// How many bytes were put.
    pub bytes: u64,
}

/// Publishes all assets of the assembly in a folder.
pub async fn publish(
    aws: &Aws,
    root: &Utf8Path,
    options: &Options,
    events: &Events,
) -> Result<Published, PublishError> {
    let assembly = assembly::open(root)?;
    let region = aws.region().ok_or(PublishError::NoRegion)?;
    let account = aws.identity().await.map_err(PublishError::Identity)?.account;
    let plan = plan(&assembly, &Environment { account, region })?;
    events.step(format!("publishing {}", told(&plan)));
    let published = execute::execute(aws, root, plan, options, events).await?;
    let new = usize::try_from(published.uploaded + published.pushed).unwrap_or(usize::MAX);
    events.done(format!("published {}, {} already there", count(new, "asset"), published.present));
    Ok(published)
}

/// How much there is to publish, for people.
fn told(plan: &PublishPlan) -> String {
    let mut parts = Vec::new();
    for (number, noun, stores, store) in [
        (plan.files.len(), "file", plan.buckets.len(), "bucket"),
        (plan.images.len(), "image", plan.repositories.len(), "repository"),
    ] {
        if number > 0 {
            parts.push(format!("{} to {}", count(number, noun), count(stores, store)));
        }
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}
