//! `manifest.json`: what an assembly holds.

use camino::Utf8Path;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::artifact::RawArtifact;
use super::{Artifact, AssemblyError, parse};

/// The version of the format that pipectl writes.
///
/// A tool refuses a higher major number than it knows, and the number rises with every addition to the format; so this
/// is not the newest one but one that has everything pipectl writes, to be read by as many CDK CLIs as possible.
pub const SCHEMA_VERSION: &str = "48.0.0";

/// The newest major version of the format whose additions are known here.
pub const NEWEST_KNOWN: u32 = 55;

/// What an assembly holds (`manifest.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of the format.
    pub version: String,
    /// The oldest CDK CLI that the writer asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_cli_version: Option<String>,
    /// The artifacts by id.
    pub artifacts: IndexMap<String, Artifact>,
    /// Look-ups whose results are missing; such an assembly is not to be deployed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<MissingContext>,
    /// What the assembly was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime: Option<Runtime>,
}

/// A look-up whose result is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingContext {
    /// The key under which the result is to be kept.
    pub key: String,
    /// The kind of the look-up, such as `vpc-provider`.
    pub provider: String,
    /// Its arguments.
    pub props: Value,
}

/// What an assembly was made with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Runtime {
    /// Versions of libraries by name.
    pub libraries: IndexMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    version: String,
    minimum_cli_version: Option<String>,
    #[serde(default)]
    artifacts: IndexMap<String, RawArtifact>,
    #[serde(default)]
    missing: Vec<MissingContext>,
    runtime: Option<Runtime>,
}

impl Default for Manifest {
    fn default() -> Self {
        Self {
            version: SCHEMA_VERSION.to_owned(),
            minimum_cli_version: None,
            artifacts: IndexMap::new(),
            missing: Vec::new(),
            runtime: None,
        }
    }
}

impl Manifest {
    /// Reads a manifest. `file` is what errors call it.
    pub fn parse(file: &Utf8Path, text: &str) -> Result<Self, AssemblyError> {
        let raw: RawManifest = parse::text(file, text)?;
        let artifacts = raw
            .artifacts
            .into_iter()
            .map(|(id, artifact)| Ok((id.clone(), artifact.read(file, &id)?)))
            .collect::<Result<_, AssemblyError>>()?;
        Ok(Self {
            version: raw.version,
            minimum_cli_version: raw.minimum_cli_version,
            artifacts,
            missing: raw.missing,
            runtime: raw.runtime,
        })
    }

    /// Whether the format may have additions that are not known here.
    pub fn is_newer(&self) -> bool {
        let major = self.version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        major.is_some_and(|major| major > NEWEST_KNOWN)
    }

    /// Writes the manifest as JSON.
    pub fn render(&self) -> String {
        super::folder::json(self)
    }
}
