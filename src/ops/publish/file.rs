//! Publishing one file, to all buckets that lack it.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::execute::{Run, Tally};
use super::source::{Ready, Seen};
use super::{FilePlan, PlannedSource, PublishError, Target, content_type, program};
use crate::archive::ArchiveError;
use crate::aws::Error;
use crate::aws::s3::{Content, Upload};
use crate::ops::blocking;

/// Up to this size a file is small: most of its time goes into waiting for the answer.
const SMALL: u64 = 4 << 20;

/// How many buckets one file goes to at once.
const BUCKETS_AT_ONCE: usize = 4;

/// A file on its way.
struct Way {
    file: FilePlan,
    /// The file or folder, as people know it.
    path: Utf8PathBuf,
}

/// Publishes a file.
pub(super) async fn publish(run: Arc<Run>, file: FilePlan) -> Result<Tally, PublishError> {
    let path = match &file.source {
        PlannedSource::File(path) | PlannedSource::Folder(path) => path.clone(),
        PlannedSource::Program(maker) => {
            // The semaphores are never closed.
            let _permit = run.builds.acquire().await;
            if run.stop.is_cancelled() {
                return Ok(Tally::default());
            }
            program::file(&run, &file.name, maker).await?
        }
    };
    let way = Way { file, path };
    let seen = way.look(&run.root).await?;
    let lane = if seen.size() <= SMALL { &run.small } else { &run.large };
    let _permit = lane.acquire().await;
    if run.stop.is_cancelled() {
        return Ok(Tally::default());
    }
    let ready = match seen {
        Seen::File { path, .. } => Ready::Own(path),
        seen @ Seen::Folder { .. } => blocking(move || Ready::make(seen)).await.map_err(way.unreadable())?,
    };
    let content = Content::read(ready.path()).await.map_err(|source| way.unsent(&run, &way.file.targets[0], source))?;
    stream::iter(way.file.targets.clone())
        .map(|target| way.put(&run, &content, target))
        .buffered(BUCKETS_AT_ONCE)
        .try_fold(Tally::default(), async |sum, bytes| {
            Ok(Tally { uploaded: sum.uploaded + 1, bytes: sum.bytes + bytes, ..sum })
        })
        .await
}

impl Way {
    async fn look(&self, root: &Utf8Path) -> Result<Seen, PublishError> {
        let (root, path) = (root.to_owned(), self.path.clone());
        let is_folder = matches!(self.file.source, PlannedSource::Folder(_));
        let look = move || if is_folder { Seen::folder(&root, &path) } else { Seen::file(&root, &path) };
        blocking(look).await.map_err(self.unreadable())
    }

    async fn put(&self, run: &Run, content: &Content, target: Target) -> Result<u64, PublishError> {
        let bucket = &run.buckets[target.store];
        let upload = Upload {
            bucket: bucket.name.clone(),
            key: target.name.clone(),
            content_type: Some(content_type::of(&self.file.source).to_owned()),
            encryption: bucket.encryption.clone(),
        };
        let put = bucket.storage.put_content(&upload, content).await;
        let length = put.map_err(|source| self.unsent(run, &target, source))?;
        run.count();
        Ok(length)
    }

    fn unreadable(&self) -> impl Fn(ArchiveError) -> PublishError {
        |source| PublishError::Source { name: self.file.name.clone(), path: self.path.clone(), source: source.into() }
    }

    fn unsent(&self, run: &Run, target: &Target, source: Error) -> PublishError {
        PublishError::Upload {
            name: self.file.name.clone(),
            path: self.path.clone(),
            bucket: run.buckets[target.store].name.clone(),
            key: target.name.clone(),
            source: source.into(),
        }
    }
}
