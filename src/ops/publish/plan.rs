//! What goes where. Pure.

use std::collections::HashSet;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use super::PublishError;
use super::destination::{Destination, Located};
use crate::assembly::{
    Assembly, DockerImageAsset, DockerImageSource, FileAsset, FileSource, Packaging, inside, with_staged,
};
use crate::id::{AccountId, Environment, Region};

/// What is to be published. Every file is read once and every image is built once, wherever they go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishPlan {
    /// The buckets, in the order in which the assembly names them.
    pub buckets: Vec<StorePlan>,
    /// The files and folders, and the objects that they become.
    pub files: Vec<FilePlan>,
    /// The repositories, in the order in which the assembly names them.
    pub repositories: Vec<StorePlan>,
    /// The images, and the tags that they get.
    pub images: Vec<ImagePlan>,
}

/// A bucket or a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorePlan {
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub access: Access,
}

/// How a bucket or a repository is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Access {
    /// Its region.
    pub region: Region,
    /// The account that it belongs to.
    pub owner: AccountId,
    /// The role that publishes; the credentials themselves if absent.
    pub role: Option<String>,
    /// The external id for assuming that role.
    pub external_id: Option<String>,
    /// The tags of the session.
    pub session_tags: Vec<(String, String)>,
}

impl Access {
    /// Where it leads to.
    pub fn environment(&self) -> Environment {
        Environment { account: self.owner.clone(), region: self.region.clone() }
    }
}

/// A place in a store: an object's key, or an image's tag.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// The position of the bucket or the repository in the plan.
    pub store: usize,
    /// The key or the tag. It comes once in each store.
    pub name: String,
}

/// A file and the objects that it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlan {
    /// The asset's name for people.
    pub name: String,
    /// Where the content comes from.
    pub source: PlannedSource,
    /// Where it goes.
    pub targets: Vec<Target>,
}

/// Where the content of a file comes from, relative to the assembly's root.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PlannedSource {
    /// A file as it is.
    File(Utf8PathBuf),
    /// A folder, to be zipped.
    Folder(Utf8PathBuf),
    /// A program that prints the path of a zip.
    Program(Program),
}

/// A program that makes an asset and prints what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Program {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Where it runs, relative to the assembly's root.
    pub folder: Utf8PathBuf,
}

/// An image and the tags that it gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImagePlan {
    /// The asset's name for people.
    pub name: String,
    /// How it is made.
    pub source: PlannedImage,
    /// What it is called on this machine if it is built here. The name follows from what is built and the tag that it
    /// gets, so an image that an earlier run left behind is the right one.
    pub local_name: String,
    /// Where it goes.
    pub targets: Vec<Target>,
}

/// How an image is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlannedImage {
    /// Of a folder with a Dockerfile.
    Folder {
        /// The folder, relative to the assembly's root.
        folder: Utf8PathBuf,
        /// What the build is told.
        source: Box<DockerImageSource>,
    },
    /// By a program that prints the image's name.
    Program(Program),
}

impl PublishPlan {
    /// How many objects and tags there are.
    pub fn targets(&self) -> usize {
        let objects = self.files.iter().map(|file| file.targets.len());
        objects.chain(self.images.iter().map(|image| image.targets.len())).sum()
    }
}

/// Says what of an assembly goes where. What the assembly leaves open is taken from `here`.
///
/// What several stacks share is published once: it is named by its content, whoever asks for it.
pub fn plan(assembly: &Assembly, here: &Environment) -> Result<PublishPlan, PublishError> {
    let mut draft = Draft::new(here);
    for assembly in assembly.all() {
        for (id, list) in &assembly.asset_manifests {
            let folder = assembly.asset_manifest_folder(id);
            for (id, asset) in &list.files {
                draft.file(id, asset, &folder)?;
            }
            for (id, image) in &list.docker_images {
                draft.image(id, image, &folder)?;
            }
        }
    }
    Ok(draft.finish())
}

/// Buckets or repositories, and what is known to go there.
#[derive(Debug, Default)]
struct Stores {
    plans: IndexMap<(String, AccountId, Region), Access>,
    targets: HashSet<Target>,
}

impl Stores {
    /// Finds the places of destinations that nobody asked for before.
    fn new_targets<D: Destination>(
        &mut self,
        asset: &str,
        destinations: &IndexMap<String, D>,
        here: &Environment,
    ) -> Result<Vec<Target>, PublishError> {
        let mut targets = Vec::new();
        for destination in destinations.values() {
            let Located { store, name, access } = destination.locate(asset, here)?;
            let key = (store, access.owner.clone(), access.region.clone());
            let entry = self.plans.entry(key);
            let target = Target { store: entry.index(), name };
            entry.or_insert(access);
            if self.targets.insert(target.clone()) {
                targets.push(target);
            }
        }
        Ok(targets)
    }

    fn finish(self) -> Vec<StorePlan> {
        self.plans.into_iter().map(|((name, _, _), access)| StorePlan { name, access }).collect()
    }
}

/// The plan so far.
struct Draft<'a> {
    here: &'a Environment,
    buckets: Stores,
    files: IndexMap<PlannedSource, FilePlan>,
    repositories: Stores,
    /// By a text that says what is built, and under which tag.
    images: IndexMap<String, ImagePlan>,
}

impl<'a> Draft<'a> {
    fn new(here: &'a Environment) -> Self {
        Self {
            here,
            buckets: Stores::default(),
            files: IndexMap::new(),
            repositories: Stores::default(),
            images: IndexMap::new(),
        }
    }

    fn file(&mut self, id: &str, asset: &FileAsset, folder: &Utf8Path) -> Result<(), PublishError> {
        let name = asset.display_name.as_deref().unwrap_or(id);
        let source = file_source(name, &asset.source, folder)?;
        let targets = self.buckets.new_targets(name, &asset.destinations, self.here)?;
        if !targets.is_empty() {
            let file = FilePlan { name: name.to_owned(), source: source.clone(), targets: Vec::new() };
            self.files.entry(source).or_insert(file).targets.extend(targets);
        }
        Ok(())
    }

    fn image(&mut self, id: &str, asset: &DockerImageAsset, folder: &Utf8Path) -> Result<(), PublishError> {
        let name = asset.display_name.as_deref().unwrap_or(id);
        let targets = self.repositories.new_targets(name, &asset.destinations, self.here)?;
        let Some(first) = targets.first() else {
            return Ok(());
        };
        let source = image_source(name, &asset.source, folder)?;
        // A tag stands for a content, so the same source under two tags is two images.
        let key = format!("{} {source:?}", first.name);
        let image = ImagePlan { name: name.to_owned(), local_name: local_name(&key), source, targets: Vec::new() };
        self.images.entry(key).or_insert(image).targets.extend(targets);
        Ok(())
    }

    fn finish(self) -> PublishPlan {
        PublishPlan {
            buckets: self.buckets.finish(),
            files: self.files.into_values().collect(),
            repositories: self.repositories.finish(),
            images: self.images.into_values().collect(),
        }
    }
}

fn file_source(name: &str, source: &FileSource, folder: &Utf8Path) -> Result<PlannedSource, PublishError> {
    Ok(match source {
        FileSource::Executable(words) => PlannedSource::Program(program(name, words, folder)?),
        FileSource::Path { path, packaging: Packaging::File } => PlannedSource::File(within(name, folder, path)?),
        FileSource::Path { path, packaging: Packaging::Zip } => PlannedSource::Folder(within(name, folder, path)?),
    })
}

fn image_source(name: &str, source: &DockerImageSource, folder: &Utf8Path) -> Result<PlannedImage, PublishError> {
    if !source.executable.is_empty() {
        return Ok(PlannedImage::Program(program(name, &source.executable, folder)?));
    }
    let directory = source.directory.as_ref().ok_or_else(|| PublishError::NoSource { name: name.to_owned() })?;
    // The folder is known from here on; without the name that the manifest gives it, equal sources are equal.
    let source = Box::new(DockerImageSource { directory: None, ..source.clone() });
    Ok(PlannedImage::Folder { folder: within(name, folder, directory)?, source })
}

fn local_name(key: &str) -> String {
    format!("pipectl-asset:{}", hex::encode(&Sha256::digest(key)[..16]))
}

fn program(name: &str, words: &[String], folder: &Utf8Path) -> Result<Program, PublishError> {
    if words.is_empty() {
        return Err(PublishError::NoSource { name: name.to_owned() });
    }
    Ok(Program { words: with_staged(words, folder.components().count()), folder: folder.to_owned() })
}

fn within(name: &str, folder: &Utf8Path, path: &str) -> Result<Utf8PathBuf, PublishError> {
    inside(folder, path).ok_or_else(|| PublishError::Outside { name: name.to_owned(), path: path.to_owned() })
}
