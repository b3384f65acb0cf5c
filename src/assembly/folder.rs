//! A whole assembly: its manifest, its asset manifests and the assemblies in it.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde::Serialize;

use super::{
    Artifact, ArtifactEnvironment, ArtifactKind, AssemblyError, AssetManifest, FileSource, MANIFEST_FILE, MARKER_FILE,
    Manifest, StackArtifact, inside,
};

/// How deep assemblies may be nested. The CDK nests one level per stage in a stage.
const DEEPEST: usize = 16;

/// A whole assembly. All paths that its manifests name are known to stay inside of the root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assembly {
    /// Its folder, relative to the root; empty for the root itself.
    pub folder: Utf8PathBuf,
    /// Its manifest.
    pub manifest: Manifest,
    /// Its asset manifests, by the id of their artifact.
    pub asset_manifests: IndexMap<String, AssetManifest>,
    /// The assemblies in it, by the id of their artifact.
    pub nested: IndexMap<String, Assembly>,
}

/// A file of an assembly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedFile {
    /// Its path, relative to the root.
    pub path: Utf8PathBuf,
    /// Its text.
    pub text: String,
}

/// A stack and its surroundings in an assembly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StackView<'a> {
    /// The assembly that holds the stack.
    pub assembly: &'a Assembly,
    /// The id of its artifact.
    pub id: &'a str,
    /// Its artifact.
    pub artifact: &'a Artifact,
    /// What is particular to stacks.
    pub stack: &'a StackArtifact,
}

impl StackView<'_> {
    /// The stack's name.
    pub fn name(&self) -> &str {
        self.stack.stack_name.as_deref().unwrap_or(self.id)
    }

    /// Where the stack belongs.
    pub fn environment(&self) -> ArtifactEnvironment {
        self.artifact.environment.clone().unwrap_or_default()
    }

    /// The template, relative to the root.
    pub fn template(&self) -> Utf8PathBuf {
        inside(&self.assembly.folder, &self.stack.template_file).unwrap_or_default()
    }
}

impl Assembly {
    /// Reads an assembly. `read` gives the text of a file whose path is relative to the root.
    pub fn load(read: &mut dyn FnMut(&Utf8Path) -> io::Result<String>) -> Result<Self, AssemblyError> {
        Self::load_folder(Utf8Path::new(""), 0, read)
    }

    fn load_folder(
        folder: &Utf8Path,
        depth: usize,
        read: &mut dyn FnMut(&Utf8Path) -> io::Result<String>,
    ) -> Result<Self, AssemblyError> {
        let file = folder.join(MANIFEST_FILE);
        if depth > DEEPEST {
            return Err(AssemblyError::TooDeep { file, limit: DEEPEST });
        }
        let mut text_of =
            |file: &Utf8Path| read(file).map_err(|cause| AssemblyError::Unreadable { file: file.to_owned(), cause });
        let manifest = Manifest::parse(&file, &text_of(&file)?)?;
        let mut assembly = Self { folder: folder.to_owned(), manifest, ..Self::default() };
        let mut folders = Vec::new();
        for (id, artifact) in &assembly.manifest.artifacts {
            let key = |name| format!("artifacts.{id}.properties.{name}");
            match &artifact.kind {
                ArtifactKind::Stack(stack) => {
                    locate(&file, folder, &stack.template_file, || key("templateFile"))?;
                }
                ArtifactKind::AssetManifest(properties) => {
                    let list_file = locate(&file, folder, &properties.file, || key("file"))?;
                    let list = AssetManifest::parse(&list_file, &text_of(&list_file)?)?;
                    check_sources(&list_file, &list)?;
                    assembly.asset_manifests.insert(id.clone(), list);
                }
                ArtifactKind::NestedAssembly(properties) => {
                    let below = locate(&file, folder, &properties.directory_name, || key("directoryName"))?;
                    // A folder that is not strictly below this one would make the assembly contain itself.
                    if below == folder || !below.starts_with(folder) {
                        return Err(outside(&file, key("directoryName"), &properties.directory_name));
                    }
                    folders.push((id.clone(), below));
                }
                ArtifactKind::Other { .. } => {}
            }
        }
        for (id, below) in folders {
            assembly.nested.insert(id, Self::load_folder(&below, depth + 1, read)?);
        }
        Ok(assembly)
    }

    /// Writes all files that the format asks for: `cdk.out`, `manifest.json` and the asset manifests, here and below.
    ///
    /// Templates and the files that are assets are the writer's own affair.
    pub fn render(&self) -> Vec<RenderedFile> {
        let here = |name: &str, text| RenderedFile { path: self.folder.join(name), text };
        let marker = json(&IndexMap::from([("version", &self.manifest.version)]));
        let mut files = vec![here(MARKER_FILE, marker), here(MANIFEST_FILE, self.manifest.render())];
        for (id, list) in &self.asset_manifests {
            if let Some(ArtifactKind::AssetManifest(properties)) =
                self.manifest.artifacts.get(id).map(|artifact| &artifact.kind)
            {
                files.push(here(&properties.file, list.render()));
            }
        }
        files.extend(self.nested.values().flat_map(Self::render));
        files
    }

    /// This assembly and all in it, this one first.
    pub fn all(&self) -> Vec<&Self> {
        let mut assemblies = vec![self];
        assemblies.extend(self.nested.values().flat_map(Self::all));
        assemblies
    }

    /// The folder of an asset manifest, relative to the root. Sources of assets are relative to it.
    pub fn asset_manifest_folder(&self, id: &str) -> Utf8PathBuf {
        let file = match self.manifest.artifacts.get(id).map(|artifact| &artifact.kind) {
            Some(ArtifactKind::AssetManifest(properties)) => inside(&self.folder, &properties.file),
            _ => None,
        };
        file.as_deref().and_then(Utf8Path::parent).unwrap_or(&self.folder).to_owned()
    }

    /// The stacks of this assembly, without those of the assemblies in it.
    pub fn own_stacks(&self) -> impl Iterator<Item = StackView<'_>> {
        self.manifest.artifacts.iter().filter_map(|(id, artifact)| match &artifact.kind {
            ArtifactKind::Stack(stack) => Some(StackView { assembly: self, id, artifact, stack }),
            _ => None,
        })
    }

    /// The stacks of this assembly and of all in it.
    pub fn stacks(&self) -> impl Iterator<Item = StackView<'_>> {
        self.all().into_iter().flat_map(Self::own_stacks)
    }

    /// Refuses an assembly that lacks results of look-ups.
    pub fn check_complete(&self) -> Result<(), AssemblyError> {
        for assembly in self.all() {
            let missing = &assembly.manifest.missing;
            if !missing.is_empty() {
                let missing = missing.iter().map(|look_up| format!("`{}`", look_up.key)).collect();
                return Err(AssemblyError::Incomplete { file: assembly.folder.join(MANIFEST_FILE), missing });
            }
        }
        Ok(())
    }
}

/// Refuses assets whose source lies outside of the assembly.
fn check_sources(file: &Utf8Path, list: &AssetManifest) -> Result<(), AssemblyError> {
    let folder = file.parent().unwrap_or(Utf8Path::new(""));
    for (id, asset) in &list.files {
        if let FileSource::Path { path, .. } = &asset.source {
            locate(file, folder, path, || format!("files.{id}.source.path"))?;
        }
    }
    for (id, image) in &list.docker_images {
        if let Some(directory) = &image.source.directory {
            locate(file, folder, directory, || format!("dockerImages.{id}.source.directory"))?;
        }
    }
    Ok(())
}

/// Returns a path of a manifest relative to the root.
fn locate(
    file: &Utf8Path,
    folder: &Utf8Path,
    path: &str,
    key: impl FnOnce() -> String,
) -> Result<Utf8PathBuf, AssemblyError> {
    inside(folder, path).ok_or_else(|| outside(file, key(), path))
}

fn outside(file: &Utf8Path, key: String, path: &str) -> AssemblyError {
    AssemblyError::Outside { file: file.to_owned(), key, path: path.to_owned() }
}

/// Writes a value as JSON for people: indented, with a newline at the end.
///
/// The values of this module have texts as keys and nothing that can fail, so there is no error to hand on.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    let mut text = serde_json::to_string_pretty(value).expect("manifests have only texts as keys");
    text.push('\n');
    text
}
