//! Bytes and files to objects.
//!
//! A body is sent as it is, with its checksum (CRC-32) in a header. The SDK would send a file in framed pieces with
//! the checksum at the end; reading the file twice costs less than framing it, on both sides.

use std::io::{self, Read, Seek, SeekFrom};

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption};
use aws_smithy_types::byte_stream::Length;
use base64::Engine;
use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Encryption, Storage, moving};
use crate::aws::{Error, Result};

/// The operation that people know and policies name, for single bodies and for those in parts.
const PUT: &str = "s3:PutObject";

/// How much of a file is read at once.
const CHUNK: usize = 256 * 1024;

/// Up to this size a file is held in memory while it is sent.
const SMALL: u64 = CHUNK as u64;

/// Up to this size a file is sent as one body.
const SINGLE: u64 = 128 << 20;

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

/// A piece of a file that is sent as one body.
#[derive(Debug, Clone)]
struct Piece {
    path: Utf8PathBuf,
    offset: u64,
    length: u64,
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

    /// Puts a file, as a whole or not at all, and returns its size. The file must not change meanwhile: a change is
    /// found out by the checksum.
    pub async fn put_file(&self, upload: &Upload, path: &Utf8Path) -> Result<u64> {
        let length = fs_err::tokio::metadata(path).await.map_err(unreadable)?.len();
        if length <= SMALL {
            let content = fs_err::tokio::read(path).await.map_err(unreadable)?;
            self.put_bytes(upload, content.into()).await?;
        } else if length <= SINGLE {
            let piece = Piece { path: path.to_owned(), offset: 0, length };
            let (body, checksum) = piece.open().await?;
            self.put(upload, length, body, checksum).await?;
        } else {
            self.put_in_parts(upload, path, length).await?;
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
        self.client
            .complete_multipart_upload()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .upload_id(id)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build())
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of(PUT))?;
        Ok(())
    }
}

impl Storage {
    async fn put_part(&self, upload: &Upload, id: &str, number: i32, piece: Piece) -> Result<CompletedPart> {
        let (body, checksum) = piece.open().await?;
        let answer = self
            .client
            .upload_part()
            .bucket(&upload.bucket)
            .key(&upload.key)
            .upload_id(id)
            .part_number(number)
            .checksum_crc32(&checksum)
            .set_expected_bucket_owner(self.owner())
            .body(body)
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

impl Piece {
    /// Gives the piece as a body that can be sent again, with its checksum.
    async fn open(&self) -> Result<(ByteStream, String)> {
        let piece = self.clone();
        let checksum = tokio::task::spawn_blocking(move || piece.checksum())
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(unreadable)?;
        let body = ByteStream::read_from()
            .path(&self.path)
            .offset(self.offset)
            .length(Length::Exact(self.length))
            .buffer_size(CHUNK)
            .build()
            .await
            .map_err(unreadable)?;
        Ok((body, checksum))
    }

    fn checksum(&self) -> io::Result<String> {
        let mut file = fs::File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.offset))?;
        let mut rest = file.take(self.length);
        let mut checksum = flate2::Crc::new();
        let mut chunk = vec![0; CHUNK];
        loop {
            let length = rest.read(&mut chunk)?;
            if length == 0 {
                return Ok(encode(&checksum));
            }
            checksum.update(&chunk[..length]);
        }
    }
}

fn crc_of(content: &[u8]) -> flate2::Crc {
    let mut checksum = flate2::Crc::new();
    checksum.update(content);
    checksum
}

/// Writes a checksum as S3 wants it.
fn encode(checksum: &flate2::Crc) -> String {
    base64::engine::general_purpose::STANDARD.encode(checksum.sum().to_be_bytes())
}

fn unreadable(cause: impl std::fmt::Display) -> Error {
    Error::Body { operation: PUT, cause: cause.to_string() }
}
