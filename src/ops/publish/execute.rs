//! Doing what the plan says, many at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::missing::missing;
use super::source::{Ready, Seen};
use super::{Access, BucketPlan, ObjectPlan, PlannedSource, PublishError, PublishPlan, Published};
use crate::archive::ArchiveError;
use crate::aws::identity::Assumption;
use crate::aws::s3::{Encryption, Storage, Upload};
use crate::aws::{Aws, Error};
use crate::event::{Event, Events};
use crate::id::Environment;
use crate::ops::blocking;

/// Up to this size an asset is small: most of its time goes into waiting for the answer.
const SMALL: u64 = 4 << 20;

/// How many small assets are under way at once.
const SMALL_AT_ONCE: usize = 32;

/// How many large assets are under way at once: enough to fill the line, and each holds buffers.
const LARGE_AT_ONCE: usize = 4;

/// What all uploads of a run share.
#[derive(Debug)]
struct Run {
    root: Utf8PathBuf,
    small: Semaphore,
    large: Semaphore,
    /// Set by the first failure: what has begun goes on, what has not does not begin.
    stop: CancellationToken,
    done: AtomicU64,
    total: u64,
    events: Events,
}

/// A bucket that was checked.
#[derive(Debug)]
struct OpenBucket {
    name: String,
    storage: Storage,
    encryption: Encryption,
}

/// Publishes what is not there yet.
pub(super) async fn execute(
    aws: &Aws,
    root: &Utf8Path,
    plan: PublishPlan,
    events: &Events,
) -> Result<Published, PublishError> {
    let total = plan.objects() as u64;
    let mut open = Vec::new();
    let mut connections: HashMap<Access, Aws> = HashMap::new();
    for BucketPlan { bucket, access, objects } in plan.buckets {
        let connection = match connections.get(&access) {
            Some(connection) => connection.clone(),
            None => connect(aws, &access).await?,
        };
        connections.insert(access.clone(), connection.clone());
        let (bucket, objects) = check(&connection, bucket, &access, objects).await?;
        open.push((Arc::new(bucket), objects));
    }
    let missing = open.iter().map(|(_, objects)| objects.len() as u64).sum::<u64>();
    let run = Arc::new(Run {
        root: root.to_owned(),
        small: Semaphore::new(SMALL_AT_ONCE),
        large: Semaphore::new(LARGE_AT_ONCE),
        stop: CancellationToken::new(),
        done: AtomicU64::new(total - missing),
        total,
        events: events.clone(),
    });
    run.tell();
    let bytes = upload_all(&run, open).await?;
    Ok(Published { uploaded: missing, present: total - missing, bytes })
}

/// Takes the role that publishes.
async fn connect(aws: &Aws, access: &Access) -> Result<Aws, PublishError> {
    let there = aws.in_region(&access.region);
    let Some(role) = &access.role else {
        return Ok(there);
    };
    let assumption = Assumption {
        role: role.clone(),
        session: "pipectl-publish".to_owned(),
        policy: None,
        external_id: access.external_id.clone(),
    };
    there.assume(&assumption).await.map_err(|source| PublishError::Role {
        role: role.clone(),
        environment: environment(access),
        source: source.into(),
    })
}

/// Makes sure that the bucket is the right one, and finds what it lacks.
async fn check(
    aws: &Aws,
    name: String,
    access: &Access,
    objects: Vec<ObjectPlan>,
) -> Result<(OpenBucket, Vec<ObjectPlan>), PublishError> {
    let environment = environment(access);
    let failed = |source: Error| PublishError::Bucket {
        bucket: name.clone(),
        environment: environment.clone(),
        source: source.into(),
    };
    let storage = aws.storage().owned_by(access.owner.clone());
    if storage.bucket_location(&name).await.map_err(failed)?.is_none() {
        return Err(PublishError::NoBucket { bucket: name, environment });
    }
    let objects = missing(&storage, &name, objects).await.map_err(failed)?;
    // Without an upload there is nothing to encrypt.
    let encryption =
        if objects.is_empty() { Encryption::Unset } else { storage.encryption(&name).await.map_err(failed)? };
    Ok((OpenBucket { name, storage, encryption }, objects))
}

fn environment(access: &Access) -> Environment {
    Environment { account: access.owner.clone(), region: access.region.clone() }
}

async fn upload_all(run: &Arc<Run>, open: Vec<(Arc<OpenBucket>, Vec<ObjectPlan>)>) -> Result<u64, PublishError> {
    let mut uploads = JoinSet::new();
    for (bucket, objects) in open {
        for object in objects {
            uploads.spawn(upload(Arc::clone(run), Arc::clone(&bucket), object));
        }
    }
    let mut bytes = 0;
    let mut failure = None;
    while let Some(ended) = uploads.join_next().await {
        match ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic())) {
            Ok(length) => bytes += length,
            Err(error) => {
                run.stop.cancel();
                failure.get_or_insert(error);
            }
        }
    }
    failure.map_or(Ok(bytes), Err)
}

async fn upload(run: Arc<Run>, bucket: Arc<OpenBucket>, object: ObjectPlan) -> Result<u64, PublishError> {
    let root = run.root.clone();
    let source = object.source.clone();
    let unreadable = |source: ArchiveError| PublishError::Source {
        name: object.name.clone(),
        path: object.source.path().to_owned(),
        source: source.into(),
    };
    let seen = blocking(move || Seen::look(&root, &source)).await.map_err(unreadable)?;
    let lane = if seen.size() <= SMALL { &run.small } else { &run.large };
    // The semaphores are never closed.
    let _permit = lane.acquire().await;
    if run.stop.is_cancelled() {
        return Ok(0);
    }
    let ready = match seen {
        Seen::File { path, .. } => Ready::Own(path),
        seen @ Seen::Folder { .. } => blocking(move || Ready::make(seen)).await.map_err(unreadable)?,
    };
    let upload = Upload {
        bucket: bucket.name.clone(),
        key: object.key.clone(),
        content_type: Some(content_type(&object).to_owned()),
        encryption: bucket.encryption.clone(),
    };
    let length =
        bucket.storage.put_file(&upload, ready.path()).await.map_err(|source: Error| PublishError::Upload {
            name: object.name.clone(),
            path: object.source.path().to_owned(),
            bucket: bucket.name.clone(),
            key: object.key.clone(),
            source: source.into(),
        })?;
    run.done.fetch_add(1, Ordering::Relaxed);
    run.tell();
    Ok(length)
}

/// The content type by which browsers and services know an object.
fn content_type(object: &ObjectPlan) -> &'static str {
    match (&object.source, object.source.path().extension()) {
        (PlannedSource::Folder(_), _) | (_, Some("zip")) => "application/zip",
        (_, Some("json")) => "application/json",
        (_, Some("yaml" | "yml")) => "application/yaml",
        _ => "application/octet-stream",
    }
}

impl Run {
    /// Says how far the run is.
    fn tell(&self) {
        self.events.emit(Event::Progress {
            what: "assets".to_owned(),
            done: self.done.load(Ordering::Relaxed),
            total: self.total,
        });
    }
}
