//! Container images in asset manifests. They are read and written here; building them is another matter.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::DockerImageDestination;

/// A container image to be published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerImageAsset {
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// How the image is made.
    pub source: DockerImageSource,
    /// Where it goes, by an id that is unique in the asset.
    pub destinations: IndexMap<String, DockerImageDestination>,
}

/// How a container image is made: of a folder, or by a program that prints the image's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DockerImageSource {
    /// The folder, relative to that of the asset manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    /// The program and its arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub executable: Vec<String>,
    /// The Dockerfile, relative to the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_file: Option<String>,
    /// The target of a build in several steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_build_target: Option<String>,
    /// Arguments of the build.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub docker_build_args: IndexMap<String, String>,
    /// Further contexts by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub docker_build_contexts: IndexMap<String, String>,
    /// The SSH agent or keys that the build may use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docker_build_ssh: Option<String>,
    /// Secrets by name; the values say where a secret comes from.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub docker_build_secrets: IndexMap<String, String>,
    /// The network of the build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_mode: Option<String>,
    /// The platform to build for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// What the build gives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub docker_outputs: Vec<String>,
    /// Caches to read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cache_from: Vec<DockerCache>,
    /// The cache to write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_to: Option<DockerCache>,
    /// Whether caches are ignored, if the manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_disabled: Option<bool>,
}

/// A build cache.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerCache {
    /// Its kind, such as `registry`.
    pub r#type: String,
    /// Its parameters.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub params: IndexMap<String, String>,
}
