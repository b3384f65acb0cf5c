//! `*.assets.json`: lists of files and images to be published.

use camino::Utf8Path;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{ArtifactEnvironment, AssemblyError, DockerImageAsset, FileDestination, SCHEMA_VERSION, parse};

/// A list of files and images to be published (`*.assets.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetManifest {
    /// The version of the format.
    pub version: String,
    /// The files by id, which is commonly the hash of their content.
    #[serde(default)]
    pub files: IndexMap<String, FileAsset>,
    /// The container images by id.
    #[serde(default)]
    pub docker_images: IndexMap<String, DockerImageAsset>,
}

/// A file or a zipped folder to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileAsset {
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Where its content comes from.
    pub source: FileSource,
    /// Where it goes, by an id that is unique in the asset; see [`FileDestination::id`].
    pub destinations: IndexMap<String, FileDestination>,
}

/// Where the content of a file asset comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawFileSource", into = "RawFileSource")]
pub enum FileSource {
    /// A file or folder.
    Path {
        /// Relative to the folder of the asset manifest.
        path: String,
        /// What is published of it.
        packaging: Packaging,
    },
    /// A program, which prints the path of a zip.
    Executable(Vec<String>),
}

/// What is published of a path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Packaging {
    /// The file as it is.
    #[default]
    File,
    /// A zip of the folder.
    Zip,
}

#[derive(Serialize, Deserialize)]
struct RawFileSource {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    packaging: Option<Packaging>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    executable: Option<Vec<String>>,
}

impl TryFrom<RawFileSource> for FileSource {
    type Error = &'static str;

    fn try_from(raw: RawFileSource) -> Result<Self, Self::Error> {
        match (raw.path, raw.executable) {
            (Some(path), None) => Ok(Self::Path { path, packaging: raw.packaging.unwrap_or_default() }),
            (None, Some(executable)) if executable.is_empty() => Err("`executable` names no program"),
            (None, Some(executable)) => Ok(Self::Executable(executable)),
            (Some(_), Some(_)) => Err("a source has `path` or `executable`, not both"),
            (None, None) => Err("a source needs `path` or `executable`"),
        }
    }
}

impl From<FileSource> for RawFileSource {
    fn from(source: FileSource) -> Self {
        match source {
            FileSource::Path { path, packaging } => {
                Self { path: Some(path), packaging: Some(packaging), executable: None }
            }
            FileSource::Executable(executable) => Self { path: None, packaging: None, executable: Some(executable) },
        }
    }
}

impl Default for AssetManifest {
    fn default() -> Self {
        Self { version: SCHEMA_VERSION.to_owned(), files: IndexMap::new(), docker_images: IndexMap::new() }
    }
}

impl AssetManifest {
    /// Reads an asset manifest. `file` is what errors call it.
    pub fn parse(file: &Utf8Path, text: &str) -> Result<Self, AssemblyError> {
        parse::text(file, text)
    }

    /// The file or folder that is published at an address: a URL, or a bucket and a key. Buckets and hosts are told in many
    /// ways, so the address ends with the key; the longest key tells.
    pub fn path_at(&self, address: &str) -> Option<&str> {
        let fits = |key: &&String| address.strip_suffix(key.as_str()).is_some_and(|before| before.ends_with('/'));
        let length = |asset: &FileAsset| {
            let keys = asset.destinations.values().map(|destination| &destination.object_key);
            keys.filter(fits).map(String::len).max()
        };
        let published = self.files.values().filter_map(|asset| Some((length(asset)?, asset)));
        let (_, asset) = published.max_by_key(|(length, _)| *length)?;
        match &asset.source {
            FileSource::Path { path, .. } => Some(path),
            FileSource::Executable(_) => None,
        }
    }

    /// Puts what is known of the environment that the assets belong to in the place of placeholders.
    pub fn settle(&mut self, environment: &ArtifactEnvironment) {
        let files = self.files.values_mut().flat_map(|file| file.destinations.values_mut());
        files.for_each(|destination| destination.settle(environment));
        let images = self.docker_images.values_mut().flat_map(|image| image.destinations.values_mut());
        images.for_each(|destination| destination.settle(environment));
    }

    /// Writes the asset manifest as JSON.
    pub fn render(&self) -> String {
        super::folder::json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_what_is_published_there() {
        let file = |path: &str, key: &str| {
            format!(
                r#""{path}": {{ "source": {{ "path": "{path}" }}, "destinations": {{ "d": {{ "bucketName": "b", "objectKey": "{key}" }} }} }}"#
            )
        };
        let files = [file("one.json", "x.json"), file("two.json", "prefix/x.json")].join(",");
        let manifest = format!(r#"{{ "version": "36.0.0", "files": {{ {files} }} }}"#);
        let manifest = AssetManifest::parse(Utf8Path::new("a.assets.json"), &manifest).unwrap();
        assert_eq!(manifest.path_at("https://s3.us-east-1.${AWS::URLSuffix}/b/x.json"), Some("one.json"));
        assert_eq!(manifest.path_at("b/prefix/x.json"), Some("two.json"));
        assert_eq!(manifest.path_at("https://s3.amazonaws.com/b/yx.json"), None);
    }
}
