//! Files on their way into objects.

use std::io::{self, Read, Seek, SeekFrom};

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::byte_stream::Length;
use base64::Engine;
use bytes::Bytes;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::aws::{Error, Result};

/// The operation that people know and policies name, for single bodies and for those in parts.
pub(super) const PUT: &str = "s3:PutObject";

/// How much of a file is read at once.
const CHUNK: usize = 256 * 1024;

/// Up to this size a file is held in memory while it is sent.
const SMALL: u64 = CHUNK as u64;

/// Up to this size a file is sent as one body.
const SINGLE: u64 = 128 << 20;

/// A file that is sent, perhaps to several places. It must not change meanwhile: a change is found out by the checksum.
#[derive(Debug, Clone)]
pub struct Content {
    pub(super) length: u64,
    pub(super) form: Form,
}

/// How a file is sent, with the checksum where it is sent as one body.
#[derive(Debug, Clone)]
pub(super) enum Form {
    Held(Bytes, String),
    Single(Piece, String),
    Parts(Utf8PathBuf),
}

/// A piece of a file that is sent as one body.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub path: Utf8PathBuf,
    pub offset: u64,
    pub length: u64,
}

impl Content {
    /// Looks at a file, and reads it where that needs to be done only once.
    pub async fn read(path: &Utf8Path) -> Result<Self> {
        let length = fs_err::tokio::metadata(path).await.map_err(unreadable)?.len();
        let form = if length <= SMALL {
            let bytes = Bytes::from(fs_err::tokio::read(path).await.map_err(unreadable)?);
            let checksum = encode(&crc_of(&bytes));
            Form::Held(bytes, checksum)
        } else if length <= SINGLE {
            let piece = Piece { path: path.to_owned(), offset: 0, length };
            let checksum = piece.checksum().await?;
            Form::Single(piece, checksum)
        } else {
            Form::Parts(path.to_owned())
        };
        Ok(Self { length, form })
    }
}

impl Piece {
    /// The piece as a body that can be sent again.
    pub async fn body(&self) -> Result<ByteStream> {
        ByteStream::read_from()
            .path(&self.path)
            .offset(self.offset)
            .length(Length::Exact(self.length))
            .buffer_size(CHUNK)
            .build()
            .await
            .map_err(unreadable)
    }

    /// The checksum of the piece.
    pub async fn checksum(&self) -> Result<String> {
        let piece = self.clone();
        tokio::task::spawn_blocking(move || piece.checksum_now())
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(unreadable)
    }

    fn checksum_now(&self) -> io::Result<String> {
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

pub(super) fn crc_of(content: &[u8]) -> flate2::Crc {
    let mut checksum = flate2::Crc::new();
    checksum.update(content);
    checksum
}

/// Writes a checksum as S3 wants it.
pub(super) fn encode(checksum: &flate2::Crc) -> String {
    base64::engine::general_purpose::STANDARD.encode(checksum.sum().to_be_bytes())
}

fn unreadable(cause: impl std::fmt::Display) -> Error {
    Error::Body { operation: PUT, cause: cause.to_string() }
}
