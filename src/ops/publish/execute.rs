//! Doing what the plan says, many at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::look::{Bucket, Repository, Work, look};
use super::registries::Registries;
use super::{Options, PlannedSource, PublishError, PublishPlan, Published, file, image};
use crate::aws::Aws;
use crate::container::Engine;
use crate::event::{Event, Events};

/// How many small files are under way at once.
const SMALL_AT_ONCE: usize = 32;

/// How many large files are under way at once: enough to fill the line, and each holds buffers.
const LARGE_AT_ONCE: usize = 4;

/// What all files and images of a run share.
#[derive(Debug)]
pub(super) struct Run {
    pub root: Utf8PathBuf,
    pub aws: Aws,
    pub buckets: Vec<Bucket>,
    pub repositories: Vec<Repository>,
    /// What builds and pushes images; there whenever an image is missing.
    pub engine: Option<Engine>,
    pub registries: Registries,
    pub small: Semaphore,
    pub large: Semaphore,
    /// For builds of images, and programs that make assets: each may well use the whole machine.
    pub builds: Semaphore,
    /// Set by the first failure: what has begun goes on, what has not does not begin.
    pub stop: CancellationToken,
    done: AtomicU64,
    total: u64,
    pub events: Events,
}

/// What was done for one file or image.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    /// How many objects were put.
    pub uploaded: u64,
    /// How many bytes were put.
    pub bytes: u64,
    /// How many images were pushed.
    pub pushed: u64,
}

/// Publishes what is not there yet.
pub(super) async fn execute(
    aws: &Aws,
    root: &Utf8Path,
    plan: PublishPlan,
    options: &Options,
    events: &Events,
) -> Result<Published, PublishError> {
    let total = plan.targets() as u64;
    let work = look(aws, plan).await?;
    let present = total - work.targets() as u64;
    let engine = engine_for(&work, options).await?;
    let Work { buckets, files, repositories, images } = work;
    let run = Arc::new(Run {
        root: root.to_owned(),
        aws: aws.clone(),
        registries: Registries::default(),
        buckets,
        repositories,
        engine,
        small: Semaphore::new(SMALL_AT_ONCE),
        large: Semaphore::new(LARGE_AT_ONCE),
        builds: Semaphore::new(options.builds_at_once.get()),
        stop: CancellationToken::new(),
        done: AtomicU64::new(present),
        total,
        events: events.clone(),
    });
    run.tell();
    let mut spawned = JoinSet::new();
    // What starts programs stays here: if this function is dropped, the programs end at once.
    let own = FuturesUnordered::new();
    for image in images {
        own.push(image::publish(Arc::clone(&run), image).boxed());
    }
    for file in files {
        let publishing = file::publish(Arc::clone(&run), file.clone());
        match file.source {
            PlannedSource::Program(_) => own.push(publishing.boxed()),
            PlannedSource::File(_) | PlannedSource::Folder(_) => drop(spawned.spawn(publishing)),
        }
    }
    let done = finish(&run, own, spawned).await?;
    Ok(Published { uploaded: done.uploaded, pushed: done.pushed, present, bytes: done.bytes })
}

/// Finds the program that builds images, if there is anything for it to do.
async fn engine_for(work: &Work, options: &Options) -> Result<Option<Engine>, PublishError> {
    if work.images.is_empty() {
        return Ok(None);
    }
    let engine = Engine::find(options.engine.as_deref()).await.map_err(|source| {
        let mut seen = HashSet::new();
        let names = work.images.iter().map(|image| image.name.clone()).filter(|name| seen.insert(name.clone()));
        PublishError::NoEngine { images: names.collect(), source }
    })?;
    Ok(Some(engine))
}

async fn finish(
    run: &Run,
    mut own: FuturesUnordered<BoxFuture<'_, Result<Tally, PublishError>>>,
    mut spawned: JoinSet<Result<Tally, PublishError>>,
) -> Result<Tally, PublishError> {
    let mut sum = Tally::default();
    let mut failure = None;
    loop {
        let done = tokio::select! {
            Some(done) = own.next() => done,
            Some(ended) = spawned.join_next() => {
                ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
            }
            else => break,
        };
        match done {
            Ok(done) => {
                sum.uploaded += done.uploaded;
                sum.bytes += done.bytes;
                sum.pushed += done.pushed;
            }
            Err(error) => {
                run.stop.cancel();
                failure.get_or_insert(error);
            }
        }
    }
    failure.map_or(Ok(sum), Err)
}

impl Run {
    /// Counts an object or a tag that is there now.
    pub fn count(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        self.tell();
    }

    /// Says how far the run is.
    fn tell(&self) {
        self.events.emit(Event::Progress {
            what: "assets".to_owned(),
            done: self.done.load(Ordering::Relaxed),
            total: self.total,
        });
    }

    /// Hands on a line that a program wrote for an asset.
    pub fn line(&self, asset: &str, line: String) {
        self.events.emit(Event::Output { origin: asset.to_owned(), line });
    }
}
