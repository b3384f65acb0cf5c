//! The world of a build at the endpoint: S3, Parameter Store and Secrets Manager, all as the build's own role.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::future::BoxFuture;

use super::handoff::{ArtifactPlace, BuildInputs};
use super::record::GivenArtifact;
use super::run::{Output, PhaseFailure, SourceFolders, Step, World};
use super::start::{Wish, bucket_and_key};
use super::store::Store;
use crate::archive::{ArchiveError, Bounds, pack_entries, unpack};
use crate::aws::build_project::ProjectArtifacts;
use crate::aws::s3::{Encryption, Upload};
use crate::aws::{Aws, Error};
use crate::buildspec::SecretReference;

/// The world of one build.
pub(super) struct AwsWorld {
    pub(super) store: Arc<Store>,
    pub(super) id: String,
    /// A connection with the session of the build's role.
    pub(super) aws: Aws,
    pub(super) wish: Wish,
    /// A folder for archives on their way.
    pub(super) transit: Utf8PathBuf,
}

/// Where an output goes.
struct Target {
    bucket: String,
    key: String,
    encryption: Encryption,
    form: Form,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One archive under the key.
    Archive,
    /// The files themselves, below the key.
    Files,
}

impl World for AwsWorld {
    fn step(&self, step: Step) {
        // A record that cannot be written is still right in memory; the next step tries again.
        let _ = self.store.change(&self.id, |record| record.step(step));
    }

    fn download<'a>(&'a self, folders: &'a SourceFolders) -> BoxFuture<'a, Result<Vec<String>, PhaseFailure>> {
        Box::pin(async move {
            let source = &self.wish.project.source;
            if let ("CODEPIPELINE", Some(inputs)) = (source.kind.as_str(), &self.wish.handed) {
                return self.download_inputs(inputs, folders).await;
            }
            if let Some((bucket, key)) =
                source.location.as_deref().filter(|_| source.kind == "S3").and_then(bucket_and_key)
            {
                let version = self.wish.project.source_version.as_deref();
                self.fetch(bucket, key, version, &folders.primary).await?;
            }
            Ok(Vec::new())
        })
    }

    fn parameter<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, PhaseFailure>> {
        Box::pin(async move {
            let failed = |error: Error| PhaseFailure::new("Decrypted Variables Error", error.to_string());
            self.aws.decrypted_parameter(name).await.map_err(failed)
        })
    }

    fn secret<'a>(&'a self, reference: &'a SecretReference) -> BoxFuture<'a, Result<Option<String>, PhaseFailure>> {
        Box::pin(async move {
            let failed = |error: Error| PhaseFailure::new("Secrets Manager Error Message", error.to_string());
            self.aws.secret_version(reference).await.map_err(failed)
        })
    }

    fn wants(&self, identifier: Option<&str>) -> bool {
        self.target(identifier, None).is_some()
    }

    fn upload(&self, output: Output) -> BoxFuture<'_, Result<(), PhaseFailure>> {
        Box::pin(async move {
            let Some(target) = self.target(output.identifier.as_deref(), output.name.as_deref()) else {
                return Ok(());
            };
            let identifier = output.identifier.clone();
            self.put(output, &target).await?;
            let location = format!("arn:aws:s3:::{}/{}", target.bucket, target.key);
            let changed = self.store.change(&self.id, |record| match identifier {
                None => record.build.artifacts.location = location,
                Some(identifier) => {
                    record
                        .build
                        .secondary_artifacts
                        .push(GivenArtifact { location, artifact_identifier: Some(identifier) });
                }
            });
            changed.map_err(|error| PhaseFailure::new("INTERNAL_ERROR", error.to_string()))
        })
    }
}

impl AwsWorld {
    async fn download_inputs(
        &self,
        inputs: &BuildInputs,
        folders: &SourceFolders,
    ) -> Result<Vec<String>, PhaseFailure> {
        let primary = inputs.primary().map(|input| input.name.as_str());
        let mut secondary = Vec::new();
        for input in &inputs.inputs {
            let folder = if Some(input.name.as_str()) == primary {
                folders.primary.clone()
            } else {
                secondary.push(input.name.clone());
                folders.secondary.join(&input.name)
            };
            self.fetch(&input.bucket, &input.key, None, &folder).await?;
        }
        Ok(secondary)
    }

    async fn fetch(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
        folder: &Utf8Path,
    ) -> Result<(), PhaseFailure> {
        let archive = self.transit.join("source.zip");
        let failed = |error: Error| PhaseFailure::client(format!("error while downloading key {key}, error: {error}"));
        self.aws.storage().get_file(bucket, key, version, &archive).await.map_err(failed)?;
        let folder = folder.to_owned();
        blocking(move || {
            unpack(&archive, &folder, Bounds::default())?;
            fs_err::remove_file(&archive).map_err(ArchiveError::from)
        })
        .await
        .map_err(|error| PhaseFailure::client(format!("error while unpacking key {key}, error: {}", error.message)))
    }

    async fn put(&self, output: Output, target: &Target) -> Result<(), PhaseFailure> {
        let failed = |error: Error| PhaseFailure::client(format!("Error in UPLOAD_ARTIFACTS phase: {error}"));
        let upload = |key: &str| Upload {
            bucket: target.bucket.clone(),
            key: key.to_owned(),
            content_type: None,
            encryption: target.encryption.clone(),
        };
        let storage = self.aws.storage();
        if target.form == Form::Files {
            for entry in &output.entries {
                let upload = upload(&format!("{}/{}", target.key, entry.name));
                storage.put_file(&upload, &entry.path).await.map_err(failed)?;
            }
            return Ok(());
        }
        let archive = self.transit.join("artifact.zip");
        let packed = archive.clone();
        blocking(move || pack_entries(&output.entries, &packed)).await?;
        let upload = Upload { content_type: Some("application/zip".to_owned()), ..upload(&target.key) };
        storage.put_file(&upload, &archive).await.map_err(failed).map(drop)
    }

    /// Where an artifact goes; nowhere when nobody asks for it.
    fn target(&self, identifier: Option<&str>, name: Option<&str>) -> Option<Target> {
        let project = &self.wish.project;
        let of_pipeline = |inputs: &BuildInputs, place: &ArtifactPlace| Target {
            bucket: place.bucket.clone(),
            key: place.key.clone(),
            encryption: encryption(inputs.encryption_key.as_deref()),
            form: Form::Archive,
        };
        match (&self.wish.handed, identifier) {
            (Some(inputs), Some(identifier)) => {
                let place = inputs.outputs.iter().find(|place| place.name == identifier)?;
                Some(of_pipeline(inputs, place))
            }
            // Several output artifacts are told apart by their identifiers, so the primary one is none of them.
            (Some(inputs), None) => match inputs.outputs.as_slice() {
                [only] => Some(of_pipeline(inputs, only)),
                _ => None,
            },
            (None, None) => self.own_target(&project.artifacts, name),
            (None, Some(identifier)) => {
                let is_meant =
                    |artifacts: &&ProjectArtifacts| artifacts.artifact_identifier.as_deref() == Some(identifier);
                self.own_target(project.secondary_artifacts.iter().find(is_meant)?, name)
            }
        }
    }

    /// Where a project that is not part of a pipeline wants an artifact.
    fn own_target(&self, artifacts: &ProjectArtifacts, name: Option<&str>) -> Option<Target> {
        if artifacts.kind != "S3" {
            return None;
        }
        let project = &self.wish.project;
        let given = artifacts.name.as_deref().unwrap_or(&project.name);
        let name = if artifacts.override_artifact_name == Some(true) { name.unwrap_or(given) } else { given };
        let build = self.id.split_once(':').map(|(_, build)| build);
        let build = build.filter(|_| artifacts.namespace_type.as_deref() == Some("BUILD_ID"));
        let parts = [artifacts.path.as_deref(), build, Some(name)];
        let parts: Vec<&str> =
            parts.into_iter().flatten().map(|part| part.trim_matches('/')).filter(|part| !part.is_empty()).collect();
        Some(Target {
            bucket: artifacts.location.clone()?,
            key: parts.join("/"),
            encryption: encryption(project.encryption_key.as_deref()),
            form: if artifacts.packaging.as_deref() == Some("ZIP") { Form::Archive } else { Form::Files },
        })
    }
}

/// AWS's own keys are what S3 uses without being told.
fn encryption(key: Option<&str>) -> Encryption {
    match key.filter(|key| !key.contains("alias/aws/")) {
        Some(key) => Encryption::Kms { key: Some(key.to_owned()) },
        None => Encryption::Unset,
    }
}

async fn blocking(work: impl FnOnce() -> Result<(), ArchiveError> + Send + 'static) -> Result<(), PhaseFailure> {
    let result = tokio::task::spawn_blocking(work).await;
    match result {
        Ok(result) => result.map_err(|error| PhaseFailure::client(error.to_string())),
        Err(error) => Err(PhaseFailure::new("INTERNAL_ERROR", error.to_string())),
    }
}
