//! What clients are told of the buckets for files.

use serde_json::Value;

use super::ClientError;
use super::backend::Facts;
use super::json::{copy, object};
use super::version::StorageScope;

/// The output with all buckets: a JSON list of JSON texts.
const BUCKETS: &str = "buckets";

/// The member `storage`.
pub(super) fn storage(facts: &Facts, scope: StorageScope) -> Result<Value, ClientError> {
    Ok(object([
        ("aws_region", Some(facts.required("storageRegion")?.into())),
        ("bucket_name", Some(facts.required("bucketName")?.into())),
        ("buckets", (scope >= StorageScope::Buckets).then(|| buckets(facts, scope)).transpose()?),
    ]))
}

fn buckets(facts: &Facts, scope: StorageScope) -> Result<Value, ClientError> {
    let listed = facts.list(BUCKETS)?.unwrap_or_default();
    let bucket = |listed: Value| {
        const EXPECTED: &str = "a JSON list of JSON texts";
        let text = listed.as_str().ok_or_else(|| facts.malformed(BUCKETS, EXPECTED))?;
        let bucket = facts.parsed(BUCKETS, text, EXPECTED)?;
        Ok(object([
            ("name", copy(&bucket, &["name"])),
            ("bucket_name", copy(&bucket, &["bucketName"])),
            ("aws_region", copy(&bucket, &["storageRegion"])),
            ("paths", copy(&bucket, &["paths"]).filter(|_| scope >= StorageScope::Paths)),
        ]))
    };
    listed.into_iter().map(bucket).collect()
}
