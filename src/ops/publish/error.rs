//! Why assets were not published.

use camino::Utf8PathBuf;

use crate::archive::ArchiveError;
use crate::assembly::AssemblyError;
use crate::aws;
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{Environment, IdentifierError};

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
    /// An asset is a container image.
    #[error("asset `{name}` is a container image, which this version of pipectl cannot publish")]
    Image {
        /// The asset.
        name: String,
    },
    /// An asset is made by a program.
    #[error("asset `{name}` is made by a program, which pipectl does not run")]
    Executable {
        /// The asset.
        name: String,
    },
    /// The role that publishes cannot be assumed.
    #[error("role `{role}` cannot be assumed")]
    Role {
        /// The role's ARN.
        role: String,
        /// Where it should be.
        environment: Environment,
        /// Why.
        source: Box<aws::Error>,
    },
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

impl Explain for PublishError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Assembly(error) => error.kind(),
            Self::NoRegion | Self::Role { .. } | Self::NoBucket { .. } => FailureKind::NotReady,
            Self::Identity(error) => error.kind(),
            Self::Bucket { source, .. } | Self::Upload { source, .. } => source.kind(),
            Self::Region { .. }
            | Self::Outside { .. }
            | Self::Image { .. }
            | Self::Executable { .. }
            | Self::Source { .. } => FailureKind::Invalid,
        }
    }

    fn hints(&self) -> Vec<String> {
        let own = match self {
            Self::Assembly(error) => return error.hints(),
            Self::Identity(error) => return error.hints(),
            Self::Source { source, .. } => return source.hints(),
            Self::NoRegion => "`--region REGION` chooses one; `AWS_REGION` and profiles do, too".to_owned(),
            Self::Region { .. } | Self::Outside { .. } => {
                "make the assembly anew with the tool that wrote it".to_owned()
            }
            Self::Image { .. } => {
                "`npx cdk-assets publish --path DIR` publishes it; files and folders need no other tool".to_owned()
            }
            Self::Executable { .. } => {
                "`npx cdk-assets publish --path DIR` runs it; or make the file while the assembly is made".to_owned()
            }
            Self::Role { environment, .. } | Self::NoBucket { environment, .. } => {
                format!("`pipectl bootstrap {environment}` prepares the environment; `--trust` lets another account in")
            }
            Self::Bucket { bucket, environment, .. } => format!(
                "`aws s3api get-bucket-location --bucket {bucket} --expected-bucket-owner {}` makes the same check",
                environment.account
            ),
            Self::Upload { .. } => "run the same command again: what is published is skipped".to_owned(),
        };
        let mut hints = vec![own];
        if let Self::Role { source, .. } | Self::Bucket { source, .. } | Self::Upload { source, .. } = self {
            hints.extend(source.hints());
        }
        hints
    }
}
