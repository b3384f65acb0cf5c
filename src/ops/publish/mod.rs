//! Publishing the file assets of an assembly.
//!
//! Assets are named by their content, so one that is there is the right one and is skipped. [`plan`] says what goes
//! where, without a look at AWS; [`publish`] does it. An object appears as a whole or not at all, hence whoever is
//! killed and run again goes on where he was.

mod error;
mod execute;
mod missing;
mod plan;
mod source;
#[cfg(test)]
mod tests;

use camino::Utf8Path;
use serde::Serialize;

pub use error::PublishError;
pub use plan::{Access, BucketPlan, ObjectPlan, PlannedSource, PublishPlan, plan};

use super::assembly;
use crate::aws::Aws;
use crate::event::Events;
use crate::id::Environment;
use crate::text::count;

/// What was published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Published {
    /// How many objects were put.
    pub uploaded: u64,
    /// How many were there already.
    pub present: u64,
    /// How many bytes were put.
    pub bytes: u64,
}

/// Publishes all file assets of the assembly in a folder.
pub async fn publish(aws: &Aws, root: &Utf8Path, events: &Events) -> Result<Published, PublishError> {
    let assembly = assembly::open(root)?;
    let region = aws.region().ok_or(PublishError::NoRegion)?;
    let account = aws.identity().await.map_err(PublishError::Identity)?.account;
    let plan = plan(&assembly, &Environment { account, region })?;
    let objects = plan.objects();
    events.step(format!("publishing {} to {}", count(objects, "asset"), count(plan.buckets.len(), "bucket")));
    let published = execute::execute(aws, root, plan, events).await?;
    events.done(format!("published {}, {} already there", count_of(published.uploaded), published.present));
    Ok(published)
}

fn count_of(assets: u64) -> String {
    count(usize::try_from(assets).unwrap_or(usize::MAX), "asset")
}
