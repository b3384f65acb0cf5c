//! What buckets hold.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::Storage;
use crate::aws::{Error, Result};

const DELETE: &str = "s3:DeleteObjects";

/// Some keys of a bucket, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<String>,
    /// The last of them, when there are more keys after it.
    pub more_after: Option<String>,
}

impl Storage {
    /// Lists keys below a prefix, at most a thousand, from the first one after `after`.
    pub async fn keys(&self, bucket: &str, prefix: &str, after: Option<&str>) -> Result<KeyPage> {
        let answer = self
            .client
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .set_start_after(after.map(str::to_owned))
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of("s3:ListBucket"))?;
        let keys: Vec<String> = answer.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect();
        let more_after = if answer.is_truncated() == Some(true) { keys.last().cloned() } else { None };
        Ok(KeyPage { keys, more_after })
    }

    /// Deletes one object; one that is not there is no failure.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<()> {
        self.client
            .delete_object()
            .bucket(bucket)
            .key(key)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of("s3:DeleteObject"))?;
        Ok(())
    }

    /// Deletes all versions of all objects of a bucket, marks of deletion included, page by page. After each page `told`
    /// hears how many are gone.
    pub async fn empty(&self, bucket: &str, mut told: impl FnMut(usize)) -> Result<()> {
        let mut gone = 0;
        loop {
            // What was found is deleted, so the next page is always the first one.
            let answer = self
                .client
                .list_object_versions()
                .bucket(bucket)
                .set_expected_bucket_owner(self.owner())
                .send()
                .await
                .map_err(Error::of("s3:ListBucketVersions"))?;
            let found = answer.versions().iter().map(|version| (version.key(), version.version_id()));
            let marks = answer.delete_markers().iter().map(|mark| (mark.key(), mark.version_id()));
            let versions = found
                .chain(marks)
                .filter_map(|(key, version)| {
                    Some(ObjectIdentifier::builder().key(key?).set_version_id(version.map(str::to_owned)))
                })
                .map(|object| object.build().map_err(incomplete))
                .collect::<Result<Vec<_>>>()?;
            if versions.is_empty() {
                return Ok(());
            }
            gone += versions.len();
            self.delete_versions(bucket, versions).await?;
            told(gone);
        }
    }

    /// Deletes versions of objects for good: as many as one page lists, and one call takes.
    async fn delete_versions(&self, bucket: &str, versions: Vec<ObjectIdentifier>) -> Result<()> {
        let delete = Delete::builder().set_objects(Some(versions)).quiet(true).build().map_err(incomplete)?;
        let answer = self
            .client
            .delete_objects()
            .bucket(bucket)
            .delete(delete)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of(DELETE))?;
        match answer.errors().first() {
            None => Ok(()),
            Some(error) => Err(Error::Refused {
                operation: DELETE,
                code: error.code().unwrap_or("unknown").to_owned(),
                message: format!("{}: {}", error.key().unwrap_or_default(), error.message().unwrap_or("no message")),
            }),
        }
    }
}

fn incomplete(_: BuildError) -> Error {
    Error::Incomplete { operation: DELETE, what: "key" }
}
