//! Why assets were not published.

use camino::Utf8PathBuf;

use crate::archive::ArchiveError;
use crate::assembly::AssemblyError;
use crate::container::NoEngine;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{Environment, IdentifierError};
use crate::ops::role::NoRole;
use crate::{aws, process, text};

/// Why assets were not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The assembly cannot be used.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// Nobody said which region.
    #[error("no AWS region is chosen")]
    NoRegion,
    /// It is not known whom the credentials belong to.
    #[error("it is not known whom the credentials belong to")]
    Identity(#[source] aws::Error),
    /// An asset goes to a region that is none.
    #[error("asset `{name}` goes to a region that is none")]
    Region {
        /// The asset.
        name: String,
        /// Why.
        #[source]
        cause: IdentifierError,
    },
    /// An asset's source lies outside of the assembly.
    #[error("asset `{name}` comes from outside of the assembly: `{path}`")]
    Outside {
        /// The asset.
        name: String,
        /// The path.
        path: String,
    },
    /// An asset has no source.
    #[error("asset `{name}` does not say what it is made of")]
    NoSource {
        /// The asset.
        name: String,
    },
    /// The program that makes an asset failed.
    #[error("asset `{name}` was not made by its program")]
    Program {
        /// The asset.
        name: String,
        /// Why.
        source: Box<process::Error>,
    },
    /// The program that makes an asset did not say what it made.
    #[error("asset `{name}`: its program `{program}` printed no name of what it made")]
    Silent {
        /// The asset.
        name: String,
        /// The program.
        program: String,
    },
    /// Images are to be built, and nothing is there that can do it.
    #[error("{} {} cannot be built: {source}", noun(.images), text::list(.images))]
    NoEngine {
        /// The images.
        images: Vec<String>,
        /// What was tried.
        source: NoEngine,
    },
    /// An image could not be built.
    #[error("image `{name}` could not be built")]
    Build {
        /// The asset.
        name: String,
        /// Why, with the last lines of what the engine said.
        source: Box<process::Error>,
    },
    /// The engine could not make itself known to a registry.
    #[error("registry `{registry}` could not be logged in to")]
    Login {
        /// The registry.
        registry: String,
        /// Why.
        source: Box<process::Error>,
    },
    /// An image could not be pushed.
    #[error("image `{name}` could not be pushed to `{address}`")]
    Push {
        /// The asset.
        name: String,
        /// The repository and the tag.
        address: String,
        /// Why, with the last lines of what the engine said.
        source: Box<process::Error>,
    },
    /// The role that publishes cannot be assumed.
    #[error(transparent)]
    Role(#[from] NoRole),
    /// The bucket is not there.
    #[error("there is no bucket `{bucket}`")]
    NoBucket {
        /// The bucket.
        bucket: String,
        /// Where it should be.
        environment: Environment,
    },
    /// The bucket cannot be used.
    #[error("bucket `{bucket}` of account {} cannot be used", .environment.account)]
    Bucket {
        /// The bucket.
        bucket: String,
        /// Where it should be.
        environment: Environment,
        /// Why.
        source: Box<aws::Error>,
    },
    /// The repository is not there.
    #[error("there is no repository `{repository}`")]
    NoRepository {
        /// The repository.
        repository: String,
        /// Where it should be.
        environment: Environment,
    },
    /// The repository cannot be used.
    #[error("repository `{repository}` of account {} cannot be used", .environment.account)]
    Repository {
        /// The repository.
        repository: String,
        /// Where it should be.
        environment: Environment,
        /// Why.
        source: Box<aws::Error>,
    },
    /// The source of an asset cannot be read or zipped.
    #[error("asset `{name}` cannot be read: `{path}`")]
    Source {
        /// The asset.
        name: String,
        /// The file or folder, relative to the assembly.
        path: Utf8PathBuf,
        /// Why.
        source: Box<ArchiveError>,
    },
    /// An asset could not be put.
    #[error("asset `{name}` (`{path}`) could not be put into bucket `{bucket}` as `{key}`")]
    Upload {
        /// The asset.
        name: String,
        /// The file or folder, relative to the assembly.
        path: Utf8PathBuf,
        /// The bucket.
        bucket: String,
        /// The object's key.
        key: String,
        /// Why.
        source: Box<aws::Error>,
    },
}

/// "image" or "images".
fn noun(images: &[String]) -> &'static str {
    if images.len() == 1 { "image" } else { "images" }
}

impl Explain for PublishError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Assembly(error) => error.kind(),
            Self::Role(error) => error.kind(),
            Self::NoRegion | Self::NoBucket { .. } | Self::NoRepository { .. } | Self::NoEngine { .. } => {
                FailureKind::NotReady
            }
            Self::Identity(error) => error.kind(),
            Self::Bucket { source, .. } | Self::Repository { source, .. } | Self::Upload { source, .. } => {
                source.kind()
            }
            Self::Program { source, .. } | Self::Build { source, .. } => source.kind(),
            Self::Silent { .. } => FailureKind::Failed,
            Self::Login { .. } | Self::Push { .. } => FailureKind::Refused,
            Self::Region { .. } | Self::Outside { .. } | Self::NoSource { .. } | Self::Source { .. } => {
                FailureKind::Invalid
            }
        }
    }

    fn hints(&self) -> Vec<String> {
        let mut hints = Vec::from_iter(self.own_hint());
        match self {
            Self::Assembly(error) => hints.extend(error.hints()),
            Self::Identity(error) => hints.extend(error.hints()),
            Self::NoEngine { source, .. } => hints.extend(source.hints()),
            Self::Source { source, .. } => hints.extend(source.hints()),
            Self::Program { source, .. }
            | Self::Build { source, .. }
            | Self::Login { source, .. }
            | Self::Push { source, .. } => hints.extend(source.hints()),
            Self::Role(error) => hints.extend(error.hints()),
            Self::Bucket { source, .. } | Self::Repository { source, .. } | Self::Upload { source, .. } => {
                hints.extend(source.hints())
            }
            Self::NoRegion
            | Self::Region { .. }
            | Self::Outside { .. }
            | Self::NoSource { .. }
            | Self::Silent { .. }
            | Self::NoBucket { .. }
            | Self::NoRepository { .. } => {}
        }
        hints
    }
}

impl PublishError {
    /// What to do, besides what the cause knows.
    fn own_hint(&self) -> Option<String> {
        Some(match self {
            Self::NoRegion => "`--region REGION` chooses one; `AWS_REGION` and profiles do, too".to_owned(),
            Self::Region { .. } | Self::Outside { .. } | Self::NoSource { .. } => {
                "make the assembly anew with the tool that wrote it".to_owned()
            }
            Self::NoBucket { environment, .. } | Self::NoRepository { environment, .. } => {
                format!("`pipectl bootstrap {environment}` prepares the environment; `--trust` lets another account in")
            }
            Self::Bucket { bucket, environment, .. } => format!(
                "`aws s3api get-bucket-location --bucket {bucket} --expected-bucket-owner {}` makes the same check",
                environment.account
            ),
            Self::Repository { repository, environment, .. } => format!(
                "`aws ecr describe-repositories --repository-names {repository} --region {}` makes the same check",
                environment.region
            ),
            Self::Silent { .. } => "the last line of its standard output is to name the file or the image".to_owned(),
            Self::Upload { .. } | Self::Push { .. } => {
                "run the same command again: what is published is skipped".to_owned()
            }
            Self::Assembly(_)
            | Self::Identity(_)
            | Self::Role(_)
            | Self::Source { .. }
            | Self::Program { .. }
            | Self::NoEngine { .. }
            | Self::Build { .. }
            | Self::Login { .. } => return None,
        })
    }
}
