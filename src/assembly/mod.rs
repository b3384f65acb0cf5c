//! The cloud assembly format: manifests of stacks and assets, read and written. Pure.
//!
//! The format is the CDK's, as its JSON schemas (`@aws-cdk/cloud-assembly-schema`) describe it. Reading is lenient:
//! any schema version is taken, unknown fields are ignored and unknown kinds of artifacts are kept as
//! [`ArtifactKind::Other`]. Writing is exact: the same values give the same bytes.
//!
//! [`Assembly::load`] reads a whole folder through a function, so that this module stays free of I/O.

mod artifact;
mod assets;
mod destination;
mod environment;
mod error;
mod folder;
mod images;
mod manifest;
mod parse;
mod paths;
mod placeholders;
mod provenance;
mod stack;
mod staged;

pub use artifact::{Artifact, ArtifactKind, AssetManifestArtifact, NestedAssembly};
pub use assets::{AssetManifest, FileAsset, FileSource, Packaging};
pub use destination::{DockerImageDestination, FileDestination};
pub use environment::ArtifactEnvironment;
pub use error::AssemblyError;
pub use folder::{Assembly, RenderedFile, StackView};
pub use images::{DockerCache, DockerImageAsset, DockerImageSource};
pub use manifest::{Manifest, MissingContext, NEWEST_KNOWN, Runtime, SCHEMA_VERSION};
pub use paths::inside;
pub use placeholders::{partition, resolve};
pub use provenance::Provenance;
pub use stack::{LookupRole, StackArtifact};
pub use staged::{staged, with_staged};

/// The name of the file that holds an assembly's [`Manifest`].
pub const MANIFEST_FILE: &str = "manifest.json";

/// The name of the file that marks a folder as an assembly.
pub const MARKER_FILE: &str = "cdk.out";

/// The SSM parameter with the version of the toolkit stack of a qualifier.
pub fn bootstrap_version_parameter(qualifier: &crate::id::Qualifier) -> String {
    format!("/cdk-bootstrap/{qualifier}/version")
}

#[cfg(test)]
mod tests;
