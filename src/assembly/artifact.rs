//! Artifacts: the entries of a manifest.

use camino::Utf8Path;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{ArtifactEnvironment, AssemblyError, StackArtifact, parse};

const STACK: &str = "aws:cloudformation:stack";
const ASSET_MANIFEST: &str = "cdk:asset-manifest";
const NESTED_ASSEMBLY: &str = "cdk:cloud-assembly";

/// One entry of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// What it is.
    pub kind: ArtifactKind,
    /// Where it belongs, if it belongs anywhere.
    pub environment: Option<ArtifactEnvironment>,
    /// Ids of the artifacts that come first.
    pub dependencies: Vec<String>,
    /// The name for people and for the CDK CLI's patterns, such as `Beta/App`.
    pub display_name: Option<String>,
    /// What the CDK knows of the constructs, where it keeps that in the manifest.
    pub metadata: Option<Value>,
    /// The file where the CDK keeps that otherwise, relative to the manifest's folder.
    pub additional_metadata_file: Option<String>,
}

impl Artifact {
    /// Makes an artifact of which nothing but the kind is known.
    pub fn new(kind: ArtifactKind) -> Self {
        Self {
            kind,
            environment: None,
            dependencies: Vec::new(),
            display_name: None,
            metadata: None,
            additional_metadata_file: None,
        }
    }
}

/// What an artifact is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArtifactKind {
    /// A CloudFormation stack. Boxed because it is much larger than the others.
    Stack(Box<StackArtifact>),
    /// A list of assets.
    AssetManifest(AssetManifestArtifact),
    /// An assembly in a folder of this one.
    NestedAssembly(NestedAssembly),
    /// Anything else: trees, reports, and what later versions of the format bring.
    Other {
        /// The type as the manifest names it.
        type_name: String,
        /// Its properties, untouched.
        properties: Option<Value>,
    },
}

/// A list of assets (`cdk:asset-manifest`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetManifestArtifact {
    /// The file of the list, relative to the manifest's folder.
    pub file: String,
    /// The version of the toolkit stack that publishing needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requires_bootstrap_stack_version: Option<u32>,
    /// The SSM parameter that holds the version of the toolkit stack.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bootstrap_stack_version_ssm_parameter: Option<String>,
}

/// An assembly in a folder of another one (`cdk:cloud-assembly`); the CDK makes one of each of its stages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NestedAssembly {
    /// The folder, relative to the manifest's.
    pub directory_name: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

/// An artifact as it is written down.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawArtifact {
    r#type: String,
    environment: Option<ArtifactEnvironment>,
    metadata: Option<Value>,
    additional_metadata_file: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    properties: Option<Value>,
    display_name: Option<String>,
}

impl RawArtifact {
    /// Reads the properties as the artifact's type asks for.
    pub(super) fn read(self, file: &Utf8Path, id: &str) -> Result<Artifact, AssemblyError> {
        let key = format!("artifacts.{id}.properties");
        let required = |properties: Option<Value>| properties.unwrap_or(Value::Null);
        let kind = match self.r#type.as_str() {
            STACK => ArtifactKind::Stack(parse::part(file, &key, required(self.properties))?),
            ASSET_MANIFEST => ArtifactKind::AssetManifest(parse::part(file, &key, required(self.properties))?),
            NESTED_ASSEMBLY => ArtifactKind::NestedAssembly(parse::part(file, &key, required(self.properties))?),
            _ => ArtifactKind::Other { type_name: self.r#type, properties: self.properties },
        };
        Ok(Artifact {
            kind,
            environment: self.environment,
            dependencies: self.dependencies,
            display_name: self.display_name,
            metadata: self.metadata,
            additional_metadata_file: self.additional_metadata_file,
        })
    }
}

/// The form in which an artifact is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WrittenArtifact<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a ArtifactEnvironment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<WrittenProperties<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    dependencies: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_metadata_file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum WrittenProperties<'a> {
    Stack(&'a StackArtifact),
    AssetManifest(&'a AssetManifestArtifact),
    NestedAssembly(&'a NestedAssembly),
    Other(&'a Value),
}

impl Serialize for Artifact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (type_name, properties) = match &self.kind {
            ArtifactKind::Stack(stack) => (STACK, Some(WrittenProperties::Stack(stack))),
            ArtifactKind::AssetManifest(manifest) => (ASSET_MANIFEST, Some(WrittenProperties::AssetManifest(manifest))),
            ArtifactKind::NestedAssembly(nested) => (NESTED_ASSEMBLY, Some(WrittenProperties::NestedAssembly(nested))),
            ArtifactKind::Other { type_name, properties } => {
                (type_name.as_str(), properties.as_ref().map(WrittenProperties::Other))
            }
        };
        WrittenArtifact {
            r#type: type_name,
            environment: self.environment.as_ref(),
            properties,
            dependencies: &self.dependencies,
            metadata: self.metadata.as_ref(),
            additional_metadata_file: self.additional_metadata_file.as_deref(),
            display_name: self.display_name.as_deref(),
        }
        .serialize(serializer)
    }
}
