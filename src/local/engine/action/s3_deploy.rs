//! Deployment to S3: an artifact copied to a bucket, whole or unpacked.

use super::bench::Bench;
use super::failure::misconfigured;
use crate::archive::entries;
use crate::aws::s3::Upload;
use crate::local::engine::machine::{External, Failure, Success};

/// Copies the artifact.
pub(super) async fn run(bench: &Bench<'_>) -> Result<Success, Failure> {
    let bucket = bench.needed("BucketName")?;
    let artifact = &bench.order().inputs.first().ok_or_else(|| misconfigured("the action takes one artifact"))?.name;
    let key = bench.order().setting("ObjectKey");
    let copied = if bench.needed("Extract")?.eq_ignore_ascii_case("true") {
        unpacked(bench, artifact, bucket, key).await?
    } else {
        let key = key.ok_or_else(|| misconfigured("the action needs an ObjectKey, since it does not extract"))?;
        put(bench, bucket, key, &bench.packed(artifact).await?).await?;
        1
    };
    let summary = format!("Copied {} to {bucket}", crate::text::count(copied, "object"));
    Ok(Success { external: External { summary: Some(summary), ..External::default() }, ..Success::default() })
}

/// Copies each file of the artifact; gives how many there were.
async fn unpacked(bench: &Bench<'_>, artifact: &str, bucket: &str, prefix: Option<&str>) -> Result<usize, Failure> {
    let folder = bench.unpacked(artifact).await?;
    let files = tokio::task::spawn_blocking(move || entries(&folder)).await??;
    let mut copied = 0;
    for file in &files {
        let key = match prefix {
            Some(prefix) => format!("{}/{}", prefix.trim_end_matches('/'), file.name),
            None => file.name.clone(),
        };
        put(bench, bucket, &key, &file.path).await?;
        copied += 1;
    }
    Ok(copied)
}

async fn put(bench: &Bench<'_>, bucket: &str, key: &str, path: &camino::Utf8Path) -> Result<(), Failure> {
    let upload = Upload { bucket: bucket.to_owned(), key: key.to_owned(), ..Upload::default() };
    bench.aws.storage().put_file(&upload, path).await?;
    Ok(())
}
