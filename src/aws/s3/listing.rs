//! What buckets hold.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::Storage;
use crate::aws::{Error, Result};

/// How many objects one call may delete ("DeleteObjects").
const DELETED_AT_ONCE: usize = 1000;

/// Some keys of a bucket, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPage {
    /// The keys.
    pub keys: Vec<String>,
    /// The last of them, when there are more keys after it.
    pub more_after: Option<String>,
}

/// One version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectVersion {
    /// The object's key.
    pub key: String,
    /// The version; absent in a bucket without versions.
    pub version: Option<String>,
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

    /// Lists all versions of all objects below a prefix, marks of deletion included.
    pub async fn versions(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectVersion>> {
        let mut versions = Vec::new();
        let (mut key_marker, mut version_marker) = (None, None);
        loop {
            let answer = self
                .client
                .list_object_versions()
                .bucket(bucket)
                .prefix(prefix)
                .set_key_marker(key_marker)
                .set_version_id_marker(version_marker)
                .set_expected_bucket_owner(self.owner())
                .send()
                .await
                .map_err(Error::of("s3:ListBucketVersions"))?;
            let found = answer.versions().iter().map(|version| (version.key(), version.version_id()));
            let marks = answer.delete_markers().iter().map(|mark| (mark.key(), mark.version_id()));
            versions.extend(found.chain(marks).filter_map(|(key, version)| {
                Some(ObjectVersion { key: key?.to_owned(), version: version.map(str::to_owned) })
            }));
            key_marker = answer.next_key_marker().map(str::to_owned);
            version_marker = answer.next_version_id_marker().map(str::to_owned);
            if answer.is_truncated() != Some(true) || key_marker.is_none() {
                return Ok(versions);
            }
        }
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

    /// Deletes versions of objects for good, in as few calls as possible.
    pub async fn delete_versions(&self, bucket: &str, versions: &[ObjectVersion]) -> Result<()> {
        const OPERATION: &str = "s3:DeleteObjects";
        let incomplete = |_| Error::Incomplete { operation: OPERATION, what: "key" };
        for some in versions.chunks(DELETED_AT_ONCE) {
            let objects = some
                .iter()
                .map(|object| {
                    ObjectIdentifier::builder()
                        .key(&object.key)
                        .set_version_id(object.version.clone())
                        .build()
                        .map_err(incomplete)
                })
                .collect::<Result<Vec<_>>>()?;
            let delete = Delete::builder().set_objects(Some(objects)).quiet(true).build().map_err(incomplete)?;
            let answer = self
                .client
                .delete_objects()
                .bucket(bucket)
                .delete(delete)
                .set_expected_bucket_owner(self.owner())
                .send()
                .await
                .map_err(Error::of(OPERATION))?;
            if let Some(error) = answer.errors().first() {
                return Err(Error::Refused {
                    operation: OPERATION,
                    code: error.code().unwrap_or("unknown").to_owned(),
                    message: format!(
                        "{}: {}",
                        error.key().unwrap_or_default(),
                        error.message().unwrap_or("no message")
                    ),
                });
            }
        }
        Ok(())
    }
}
