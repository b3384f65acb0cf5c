//! The body of a request: unpacked where the client packed it, and bounded.

use std::io::Write;

use bytes::Bytes;
use flate2::write::GzDecoder;
use http::Request;
use http::header::CONTENT_ENCODING;
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum SourceError {
    /// The body is larger than this server takes.
    #[error("the push is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The body ended early, or is not what its encoding says.
    #[error("the request could not be read: {cause}")]
    Broken {
        /// Why.
        cause: String,
    },
}

impl SourceError {
    fn broken(error: impl std::fmt::Display) -> Self {
        Self::Broken { cause: error.to_string() }
    }
}

/// Reads a body.
pub(super) struct Source {
    body: Incoming,
    unpacking: Option<GzDecoder<Vec<u8>>>,
    limit: u64,
    seen: u64,
}

impl Source {
    /// Prepares to read a request's body of at most `limit` bytes, counted after unpacking.
    pub(super) fn new(request: Request<Incoming>, limit: u64) -> Self {
        let is_packed =
            request.headers().get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip" || encoding == "x-gzip");
        let unpacking = is_packed.then(|| GzDecoder::new(Vec::new()));
        Self { body: request.into_body(), unpacking, limit, seen: 0 }
    }

    /// Reads the next part; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, SourceError> {
        while let Some(frame) = self.body.frame().await {
            let Ok(data) = frame.map_err(SourceError::broken)?.into_data() else {
                continue;
            };
            let part = self.unpack(data)?;
            self.count(part.len())?;
            if !part.is_empty() {
                return Ok(Some(part));
            }
        }
        let Some(unpacking) = self.unpacking.take() else {
            return Ok(None);
        };
        let rest = unpacking.finish().map_err(SourceError::broken)?;
        self.count(rest.len())?;
        Ok((!rest.is_empty()).then(|| rest.into()))
    }

    fn unpack(&mut self, data: Bytes) -> Result<Bytes, SourceError> {
        let Some(unpacking) = &mut self.unpacking else {
            return Ok(data);
        };
        let mut unpacked = Vec::new();
        // A small packed part may hold a thousand times as much: the limit is looked at in between.
        for part in data.chunks(4096) {
            unpacking.write_all(part).map_err(SourceError::broken)?;
            unpacked.append(unpacking.get_mut());
            if self.seen + unpacked.len() as u64 > self.limit {
                return Err(SourceError::TooLarge { limit: self.limit });
            }
        }
        Ok(unpacked.into())
    }

    fn count(&mut self, length: usize) -> Result<(), SourceError> {
        self.seen += length as u64;
        if self.seen > self.limit { Err(SourceError::TooLarge { limit: self.limit }) } else { Ok(()) }
    }
}
