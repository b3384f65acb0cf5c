//! A look at what is there, before anything is built or put.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::connect::{self, AT_ONCE};
use super::missing::missing;
use super::{Access, FilePlan, ImagePlan, PublishError, PublishPlan, StorePlan, Target};
use crate::aws::Aws;
use crate::aws::s3::{Encryption, Storage};

/// How many tags of a repository are asked for at once.
const TAGS_AT_ONCE: usize = 8;

/// A bucket that was checked.
#[derive(Debug)]
pub(super) struct Bucket {
    pub name: String,
    pub storage: Storage,
    pub encryption: Encryption,
}

/// A repository that was checked.
#[derive(Debug)]
pub(super) struct Repository {
    pub name: String,
    /// How engines call it: `HOST/NAME`.
    pub address: String,
    pub access: Access,
}

impl Repository {
    /// The registry that holds the repository, as engines call it.
    pub fn registry(&self) -> &str {
        self.address.split('/').next().unwrap_or_default()
    }
}

/// What is not published yet, and where it goes.
#[derive(Debug)]
pub(super) struct Work {
    pub buckets: Vec<Bucket>,
    /// The files that lack objects, with these alone.
    pub files: Vec<FilePlan>,
    pub repositories: Vec<Repository>,
    /// The images that lack tags, with these alone.
    pub images: Vec<ImagePlan>,
}

impl Work {
    /// How many objects and tags are missing.
    pub fn targets(&self) -> usize {
        let files = self.files.iter().map(|file| file.targets.len());
        files.chain(self.images.iter().map(|image| image.targets.len())).sum()
    }
}

/// Makes sure that buckets and repositories are the right ones, and finds what they lack.
pub(super) async fn look(aws: &Aws, plan: PublishPlan) -> Result<Work, PublishError> {
    let PublishPlan { buckets, mut files, repositories, mut images } = plan;
    let mut keys = by_store(files.iter().flat_map(|file| &file.targets));
    let mut tags = by_store(images.iter().flat_map(|image| &image.targets));
    let buckets = connect::all(aws, buckets).await?;
    let repositories = connect::all(aws, repositories).await?;
    let (buckets, repositories) = tokio::try_join!(
        stream::iter(buckets.into_iter().enumerate())
            .map(|(position, (store, aws))| look_into_bucket(aws, store, keys.remove(&position).unwrap_or_default()))
            .buffered(AT_ONCE)
            .try_collect::<Vec<_>>(),
        stream::iter(repositories.into_iter().enumerate())
            .map(|(position, (store, aws))| look_into_repository(
                aws,
                store,
                tags.remove(&position).unwrap_or_default()
            ))
            .buffered(AT_ONCE)
            .try_collect::<Vec<_>>(),
    )?;
    let (buckets, missing_keys): (Vec<_>, Vec<_>) = buckets.into_iter().unzip();
    let (repositories, missing_tags): (Vec<_>, Vec<_>) = repositories.into_iter().unzip();
    files.retain_mut(|file| narrow(&mut file.targets, &missing_keys));
    images.retain_mut(|image| narrow(&mut image.targets, &missing_tags));
    Ok(Work { buckets, files, repositories, images })
}

fn by_store<'a>(targets: impl Iterator<Item = &'a Target>) -> HashMap<usize, Vec<String>> {
    let mut names: HashMap<usize, Vec<String>> = HashMap::new();
    for target in targets {
        names.entry(target.store).or_default().push(target.name.clone());
    }
    names
}

/// Keeps the targets that are missing; tells whether there are any.
fn narrow(targets: &mut Vec<Target>, missing: &[HashSet<String>]) -> bool {
    targets.retain(|target| missing.get(target.store).is_some_and(|names| names.contains(&target.name)));
    !targets.is_empty()
}

async fn look_into_bucket(
    aws: Aws,
    store: StorePlan,
    keys: Vec<String>,
) -> Result<(Bucket, HashSet<String>), PublishError> {
    let StorePlan { name, access } = store;
    let failed = |source| PublishError::Bucket {
        bucket: name.clone(),
        environment: access.environment(),
        source: Box::new(source),
    };
    let storage = aws.storage().owned_by(access.owner.clone());
    if storage.bucket_location(&name).await.map_err(failed)?.is_none() {
        return Err(PublishError::NoBucket { bucket: name, environment: access.environment() });
    }
    let missing = missing(&storage, &name, keys).await.map_err(failed)?;
    let encryption = if missing.is_empty() {
        // Without an upload there is nothing to encrypt.
        Encryption::Unset
    } else {
        storage.encryption_of_uploads(&name).await.map_err(failed)?
    };
    Ok((Bucket { name, storage, encryption }, missing))
}

async fn look_into_repository(
    aws: Aws,
    store: StorePlan,
    tags: Vec<String>,
) -> Result<(Repository, HashSet<String>), PublishError> {
    let StorePlan { name, access } = store;
    let failed = |source| PublishError::Repository {
        repository: name.clone(),
        environment: access.environment(),
        source: Box::new(source),
    };
    let registry = aws.registry();
    let Some(address) = registry.repository_address(&name).await.map_err(failed)? else {
        return Err(PublishError::NoRepository { repository: name, environment: access.environment() });
    };
    let missing = stream::iter(tags)
        .map(|tag| async {
            let digest = registry.digest(&name, &tag).await?;
            Ok(digest.is_none().then_some(tag))
        })
        .buffered(TAGS_AT_ONCE)
        .try_filter_map(async |tag| Ok(tag))
        .try_collect()
        .await
        .map_err(failed)?;
    Ok((Repository { name, address, access }, missing))
}
