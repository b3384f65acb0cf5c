//! Objects to bytes and files.

use std::io;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;
use camino::Utf8Path;
use tokio::io::AsyncWriteExt;

use super::error_codes::absent;
use super::{ATTEMPTS, Storage};
use crate::aws::{Error, Result};

const GET: &str = "s3:GetObject";

/// What is known of an object without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInfo {
    /// Its size in bytes.
    pub size: u64,
    /// Its version; absent in a bucket without versions.
    pub version: Option<String>,
    /// The tag that changes when the content does, without quotes.
    pub tag: Option<String>,
}

impl Storage {
    /// Asks whether an object is there, and what it is like.
    pub async fn head(&self, bucket: &str, key: &str) -> Result<Option<ObjectInfo>> {
        let answer = self
            .client
            .head_object()
            .bucket(bucket)
            .key(key)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of("s3:HeadObject"));
        Ok(absent(answer)?.map(|answer| ObjectInfo {
            size: answer.content_length().and_then(|size| size.try_into().ok()).unwrap_or_default(),
            version: answer.version_id().map(str::to_owned),
            tag: answer.e_tag().map(|tag| tag.trim_matches('"').to_owned()),
        }))
    }

    /// Gets an object of at most `limit` bytes; `None` if it is not there.
    pub async fn get_bytes(&self, bucket: &str, key: &str, limit: u64) -> Result<Option<Bytes>> {
        let Some(answer) = absent(self.get(bucket, key, None).await)? else {
            return Ok(None);
        };
        let mut body = answer.body;
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(cut_off)?);
            if bytes.len() as u64 > limit {
                return Err(Error::Body { operation: GET, cause: format!("`{key}` is larger than {limit} bytes") });
            }
        }
        Ok(Some(bytes.into()))
    }

    /// Gets an object into a file, which appears as a whole or not at all. What was cut off is begun anew.
    pub async fn get_file(&self, bucket: &str, key: &str, version: Option<&str>, path: &Utf8Path) -> Result<()> {
        let mut attempt = 1;
        loop {
            match self.get_file_once(bucket, key, version, path).await {
                Err(Error::Body { .. }) if attempt < ATTEMPTS => attempt += 1,
                result => return result,
            }
        }
    }

    async fn get_file_once(&self, bucket: &str, key: &str, version: Option<&str>, path: &Utf8Path) -> Result<()> {
        let mut body = self.get(bucket, key, version).await?.body;
        let folder = match path.parent() {
            Some(folder) if !folder.as_str().is_empty() => folder,
            _ => Utf8Path::new("."),
        };
        fs_err::tokio::create_dir_all(folder).await.map_err(cut_off)?;
        let (file, aside) = tempfile::NamedTempFile::new_in(folder).map_err(cut_off)?.into_parts();
        let mut file = tokio::fs::File::from_std(file);
        while let Some(chunk) = body.next().await {
            file.write_all(&chunk.map_err(cut_off)?).await.map_err(cut_off)?;
        }
        file.flush().await.map_err(cut_off)?;
        aside.persist(path).map_err(|error| cut_off(error.error))
    }

    async fn get(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<GetObjectOutput> {
        self.client
            .get_object()
            .bucket(bucket)
            .key(key)
            .set_version_id(version.map(str::to_owned))
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of(GET))
    }
}

fn cut_off(cause: impl Into<io::Error>) -> Error {
    let cause: io::Error = cause.into();
    Error::Body { operation: GET, cause: cause.to_string() }
}
