//! Sources from S3: an object of a versioned bucket.

use std::collections::BTreeMap;

use super::bench::Bench;
use super::failure::{failed, misconfigured};
use crate::local::engine::machine::{External, Failure, Revision, RevisionKind, Success};

/// Copies the object to the artifact store.
pub(super) async fn run(bench: &Bench<'_>) -> Result<Success, Failure> {
    let bucket = bench.needed("S3Bucket")?;
    let mut key = bench.needed("S3ObjectKey")?;
    let mut version = None;
    match &bench.order().source_override {
        None => {}
        Some(wanted) => match wanted.revision_type {
            RevisionKind::S3ObjectVersionId => version = Some(wanted.revision_value.clone()),
            RevisionKind::S3ObjectKey => {
                let allows = bench.order().setting("AllowOverrideForS3ObjectKey");
                if !allows.is_some_and(|value| value.eq_ignore_ascii_case("true")) {
                    return Err(misconfigured("the source action does not set AllowOverrideForS3ObjectKey"));
                }
                key = &wanted.revision_value;
            }
            RevisionKind::CommitId | RevisionKind::ImageDigest => {
                return Err(misconfigured("an S3 source takes only a version of its object, or another key"));
            }
        },
    }
    let storage = bench.aws.storage();
    let found = storage.head(bucket, key).await?.ok_or_else(|| {
        failed(format!("The object with key '{key}' does not exist in bucket '{bucket}', or the role may not see it"))
    })?;
    let Some(version) = version.or(found.version) else {
        return Err(misconfigured(format!("Bucket '{bucket}' must be versioned to be a source")));
    };
    let output = bench.output().ok_or_else(|| misconfigured("a source action makes one artifact"))?;
    let path = bench.path("source.zip")?;
    storage.get_file(bucket, key, Some(&version), &path).await?;
    let artifact = bench.put(output, &path).await?;
    let variables = [
        ("BucketName", Some(bucket.to_owned())),
        ("ETag", found.tag),
        ("ObjectKey", Some(key.to_owned())),
        ("VersionId", Some(version.clone())),
    ];
    let summary = format!("Amazon S3 version id: {version}");
    Ok(Success {
        artifacts: BTreeMap::from([artifact]),
        variables: variables.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
        external: External { id: Some(version.clone()), summary: Some(summary.clone()), ..External::default() },
        revision: Some(Revision {
            action: bench.order().action.name.clone(),
            artifact: output.name.clone(),
            id: version,
            summary: Some(summary),
            url: Some(format!("https://console.aws.amazon.com/s3/object/{bucket}/{key}")),
            created: None,
        }),
    })
}
