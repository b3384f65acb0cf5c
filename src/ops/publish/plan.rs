//! What goes where. Pure.

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::PublishError;
use crate::assembly::{Assembly, AssetManifest, FileAsset, FileDestination, FileSource, Packaging, inside, resolve};
use crate::id::{AccountId, Environment, Region};

/// What is to be published, by bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishPlan {
    /// The buckets, in the order in which the assembly names them.
    pub buckets: Vec<BucketPlan>,
}

/// What goes into one bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketPlan {
    /// The bucket's name.
    pub bucket: String,
    /// How it is reached.
    pub access: Access,
    /// What goes into it; every key comes once.
    pub objects: Vec<ObjectPlan>,
}

/// How a bucket is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Access {
    /// The bucket's region.
    pub region: Region,
    /// The account that the bucket belongs to.
    pub owner: AccountId,
    /// The role that publishes; the credentials themselves if absent.
    pub role: Option<String>,
    /// The external id for assuming that role.
    pub external_id: Option<String>,
}

/// What becomes one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPlan {
    /// The object's key.
    pub key: String,
    /// The asset's name for people.
    pub name: String,
    /// Where the content comes from.
    pub source: PlannedSource,
}

/// Where the content of an object comes from, relative to the assembly's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedSource {
    /// A file as it is.
    File(Utf8PathBuf),
    /// A folder, to be zipped.
    Folder(Utf8PathBuf),
}

impl PlannedSource {
    /// The file or folder.
    pub fn path(&self) -> &Utf8Path {
        match self {
            Self::File(path) | Self::Folder(path) => path,
        }
    }
}

impl PublishPlan {
    /// How many objects there are.
    pub fn objects(&self) -> usize {
        self.buckets.iter().map(|bucket| bucket.objects.len()).sum()
    }
}

/// Says what of an assembly goes where. What the assembly leaves open is taken from `here`.
///
/// An object that several stacks share is put once: it is named by its content, whoever asks for it.
pub fn plan(assembly: &Assembly, here: &Environment) -> Result<PublishPlan, PublishError> {
    let mut buckets: IndexMap<(String, Region), BucketPlan> = IndexMap::new();
    let mut known: HashSet<(String, Region, String)> = HashSet::new();
    for assembly in assembly.all() {
        for (id, list) in &assembly.asset_manifests {
            refuse_images(list)?;
            let folder = assembly.asset_manifest_folder(id);
            for (id, asset) in &list.files {
                for destination in asset.destinations.values() {
                    let (bucket, key, access) = locate(id, destination, here)?;
                    if !known.insert((bucket.clone(), access.region.clone(), key.clone())) {
                        continue;
                    }
                    let object = ObjectPlan { key, name: name_of(id, asset), source: source_of(id, asset, &folder)? };
                    buckets
                        .entry((bucket.clone(), access.region.clone()))
                        .or_insert_with(|| BucketPlan { bucket, access, objects: Vec::new() })
                        .objects
                        .push(object);
                }
            }
        }
    }
    Ok(PublishPlan { buckets: buckets.into_values().collect() })
}

fn refuse_images(list: &AssetManifest) -> Result<(), PublishError> {
    match list.docker_images.first() {
        Some((id, image)) => Err(PublishError::Image { name: image.display_name.as_ref().unwrap_or(id).clone() }),
        None => Ok(()),
    }
}

/// Fills the placeholders of a destination. The region comes first, because the others may name it.
fn locate(
    id: &str,
    destination: &FileDestination,
    here: &Environment,
) -> Result<(String, String, Access), PublishError> {
    let region = match &destination.region {
        Some(text) => {
            resolve(text, here).parse().map_err(|cause| PublishError::Region { name: id.to_owned(), cause })?
        }
        None => here.region.clone(),
    };
    let there = Environment { account: here.account.clone(), region: region.clone() };
    let fill = |text: &String| resolve(text, &there);
    let role = destination.assume_role_arn.as_ref().map(fill);
    let owner = role.as_deref().and_then(account_of_role).unwrap_or_else(|| here.account.clone());
    let external_id = destination.assume_role_external_id.as_ref().map(fill);
    let access = Access { region, owner, role, external_id };
    Ok((fill(&destination.bucket_name), fill(&destination.object_key), access))
}

/// Returns the account in a role's ARN: `arn:PARTITION:iam::ACCOUNT:role/NAME`.
fn account_of_role(arn: &str) -> Option<AccountId> {
    arn.split(':').nth(4)?.parse().ok()
}

fn name_of(id: &str, asset: &FileAsset) -> String {
    asset.display_name.as_deref().unwrap_or(id).to_owned()
}

fn source_of(id: &str, asset: &FileAsset, folder: &Utf8Path) -> Result<PlannedSource, PublishError> {
    match &asset.source {
        FileSource::Executable(_) => Err(PublishError::Executable { name: name_of(id, asset) }),
        FileSource::Path { path, packaging } => {
            let outside = || PublishError::Outside { name: name_of(id, asset), path: path.clone() };
            let path = inside(folder, path).ok_or_else(outside)?;
            Ok(match packaging {
                Packaging::File => PlannedSource::File(path),
                Packaging::Zip => PlannedSource::Folder(path),
            })
        }
    }
}
