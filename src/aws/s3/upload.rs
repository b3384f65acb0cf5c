//! Bytes and files to objects.
//!
//! A body is sent as it is, with its checksum (CRC-32) in a header. The SDK would send a file in framed pieces with
//! the checksum at the end; reading the file twice costs less than framing it, on both sides.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use bytes::Bytes;
use camino::Utf8Path;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::content::{Content, Form, PUT, Piece, crc_of, encode};
use super::{Encryption, Storage, moving};
use crate::aws::{Error, Result};

/// The size of the parts of larger ones, unless there would be too many of them.
const PART: u64 = 64 << 20;

/// How many parts an object may have ("Amazon S3 multipart upload limits").
const MOST_PARTS: u64 = 10_000;

/// How many parts of one file are under way at once.
const PARTS_AT_ONCE: usize = 3;

/// What is to be put, besides the content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upload {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The kind of content, such as `application/zip`.
    pub content_type: Option<String>,
    /// How the object is to be encrypted.
    pub encryption: Encryption,
}

impl Encryption {
    /// The algorithm and the key, for the SDK.
    fn headers(&self) -> (Option<ServerSideEncryption>, Option<String>) {
        match self {
            Self::Unset => (None, None),
            Self::Aes256 => (Some(ServerSideEncryption::Aes256), None),
            Self::Kms { key } => (Some(ServerSideEncryption::AwsKms), key.clone()),
        }
    }
}

impl Storage {
    /// Puts an object that is held in memory.
    pub async fn put_bytes(&self, upload: &Upload, content: Bytes) -> Result<()> {
        let checksum = encode(&crc_of(&content));
        self.put(upload, content.len() as u64, ByteStream::from(content), checksum).await
    }

    /// Puts a file, as a whole or not at all, and returns its size.
    pub async fn put_file(&self, upload: &Upload, path: &Utf8Path) -> Result<u64> {
        self.put_content(upload, &Content::read(path).await?).await
    }

    /// Puts a file that was looked at, as a whole or not at all, and returns its size.
    pub async fn put_content(&self, upload: &Upload, content: &Content) -> Result<u64> {
        let length = content.length;
        match &content.form {
            Form::Held(bytes, checksum) => {
                self.put(upload, length, ByteStream::from(bytes.clone()), checksum.clone()).await?;
            }
            Form::Single(piece, checksum) => self.put(upload, length, piece.body().await?, checksum.clone()).await?,
            Form::Parts(path) => self.put_in_parts(upload, path, length).await?,
        }
        Ok(length)
    }

    async fn put(&self, upload: &Upload, length: u64, body: ByteStream, checksum: String) -> Result<()> {
        let (algorithm, key) = upload.encryption.headers();
        self.client
            .put_object()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .set_content_type(upload.content_type.clone())
            .set_server_side_encryption(algorithm)
            .set_ssekms_key_id(key)
            .set_expected_bucket_owner(self.owner())
            .checksum_crc32(checksum)
            .body(body)
            .customize()
            .config_override(moving(length))
            .send()
            .await
            .map_err(Error::of(PUT))?;
        Ok(())
    }

    async fn put_in_parts(&self, upload: &Upload, path: &Utf8Path, length: u64) -> Result<()> {
        let (algorithm, key) = upload.encryption.headers();
        let started = self
            .client
            .create_multipart_upload()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .set_content_type(upload.content_type.clone())
            .set_server_side_encryption(algorithm)
            .set_ssekms_key_id(key)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of(PUT))?;
        let id = started.upload_id().ok_or(Error::Incomplete { operation: PUT, what: "upload id" })?;
        let result = self.put_parts(upload, id, path, length).await;
        if result.is_err() {
            // The failure itself is what is told; parts that stay behind are removed by the bucket's lifecycle.
            let _ = self
                .client
                .abort_multipart_upload()
                .bucket(&upload.bucket)
                .key(&upload.key)
                .upload_id(id)
                .set_expected_bucket_owner(self.owner())
                .send()
                .await;
        }
        result
    }

    async fn put_parts(&self, upload: &Upload, id: &str, path: &Utf8Path, length: u64) -> Result<()> {
        let size = PART.max(length.div_ceil(MOST_PARTS));
        let offsets = (0..length).step_by(usize::try_from(size).unwrap_or(usize::MAX));
        let parts = stream::iter((1..).zip(offsets))
            .map(|(number, offset)| {
                let piece = Piece { path: path.to_owned(), offset, length: size.min(length - offset) };
                self.put_part(upload, id, number, piece)
            })
            .buffered(PARTS_AT_ONCE)
            .try_collect()
            .await?;
        let answer = self
            .client
            .complete_multipart_upload()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .upload_id(id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .set_expected_bucket_owner(self.owner())
            .send()
            .await;
        match answer.map_err(Error::of(PUT)) {
            // An upload that is complete is no more: the answer to an earlier attempt may have got lost.
            Err(error) if error.code() == Some("NoSuchUpload") => {
                let there = self.head(&upload.bucket, &upload.key).await?;
                if there.is_some_and(|there| there.size == length) { Ok(()) } else { Err(error) }
            }
            answer => answer.map(drop),
        }
    }
}

impl Storage {
    async fn put_part(&self, upload: &Upload, id: &str, number: i32, piece: Piece) -> Result<CompletedPart> {
        let checksum = piece.checksum().await?;
        let answer = self
            .client
            .upload_part()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .upload_id(id)
            .part_number(number)
            .checksum_crc32(&checksum)
            .set_expected_bucket_owner(self.owner())
            .body(piece.body().await?)
            .customize()
            .config_override(moving(piece.length))
            .send()
            .await
            .map_err(Error::of(PUT))?;
        Ok(CompletedPart::builder()
            .part_number(number)
            .checksum_crc32(checksum)
            .set_e_tag(answer.e_tag().map(str::to_owned))
            .build())
    }
}
