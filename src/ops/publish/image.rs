//! Publishing one image, to all repositories that lack it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::connect;
use super::execute::{Run, Tally};
use super::look::Repository;
use super::registries::log_in;
use super::{ImagePlan, PlannedImage, PublishError, Target, program};
use crate::container::{self, Engine, Presence};
use crate::process;

/// How many registries one image goes to at once.
const PUSHES_AT_ONCE: usize = 4;

/// How often an image is sent before the registry counts as out of order.
const ATTEMPTS: u32 = 5;

/// How long to wait before the second attempt; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Publishes an image.
pub(super) async fn publish(run: Arc<Run>, image: ImagePlan) -> Result<Tally, PublishError> {
    // The engine is there whenever an image is missing.
    let Some(engine) = &run.engine else {
        return Ok(Tally::default());
    };
    let built = {
        // The semaphores are never closed.
        let _permit = run.builds.acquire().await;
        if run.stop.is_cancelled() {
            return Ok(Tally::default());
        }
        make(&run, engine, &image).await?
    };
    stream::iter(image.targets.clone())
        .map(|target| send(&run, engine, &image, &built, target))
        .buffer_unordered(PUSHES_AT_ONCE)
        .try_fold(Tally::default(), async |sum, pushed| Ok(Tally { pushed: sum.pushed + pushed, ..sum }))
        .await
}

/// Makes an image, and returns what it is called on this machine.
async fn make(run: &Run, engine: &Engine, image: &ImagePlan) -> Result<String, PublishError> {
    // An image may be made from others in the registry that it goes to, and read its cache there.
    if let Some(first) = image.targets.first() {
        drop(log_in(run, engine, &run.repositories[first.store]).await?);
    }
    let (folder, source) = match &image.source {
        PlannedImage::Program(maker) => return program::name(run, &image.name, maker).await,
        PlannedImage::Folder { folder, source } => (folder, source),
    };
    let failed = |source: process::Error| PublishError::Build { name: image.name.clone(), source: source.into() };
    match engine.presence(&image.local_name).await.map_err(failed)? {
        Presence::There => run.events.step(format!("image `{}` was built before", image.name)),
        Presence::Absent => {
            run.events.step(format!("building image `{}` with {}", image.name, engine.program()));
            engine
                .build(&run.root.join(folder), source, &image.local_name, |line| run.line(&image.name, line.text))
                .await
                .map_err(failed)?;
        }
    }
    Ok(image.local_name.clone())
}

/// Sends an image to a repository, and says how often that was done: once, or not at all after a failure elsewhere.
async fn send(run: &Run, engine: &Engine, image: &ImagePlan, built: &str, target: Target) -> Result<u64, PublishError> {
    let repository = &run.repositories[target.store];
    let address = format!("{}:{}", repository.address, target.name);
    let _lane = log_in(run, engine, repository).await?;
    if run.stop.is_cancelled() {
        return Ok(0);
    }
    let failed = |source: process::Error| PublishError::Push {
        name: image.name.clone(),
        address: address.clone(),
        source: source.into(),
    };
    engine.tag(built, &address).await.map_err(failed)?;
    run.events.step(format!("pushing image `{}` to `{address}`", image.name));
    if let Err(error) = push(run, engine, image, &address).await {
        // Someone else may have been faster: a tag cannot be given twice.
        if !is_there(run, repository, &target.name).await {
            return Err(failed(error));
        }
    }
    run.count();
    Ok(1)
}

async fn push(run: &Run, engine: &Engine, image: &ImagePlan, address: &str) -> Result<(), process::Error> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match engine.push(address, |line| run.line(&image.name, line.text)).await {
            Err(error) if container::is_transient(&error) => {
                run.events.step(format!("the registry is busy; once more in {} seconds", pause.as_secs()));
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            ended => return ended,
        }
    }
    engine.push(address, |line| run.line(&image.name, line.text)).await
}

/// Whether the tag is there. Where that cannot be asked, what failed before is what counts.
async fn is_there(run: &Run, repository: &Repository, tag: &str) -> bool {
    match connect::one(&run.aws, &repository.access).await {
        Ok(aws) => matches!(aws.registry().digest(&repository.name, tag).await, Ok(Some(_))),
        Err(_) => false,
    }
}
