//! Bodies: read whole within a limit, or passed on while their hash is checked.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use sha2::{Digest, Sha256};

use super::admission::Refusal;
use crate::local::contract::{Body, BoxError, full};

/// How much of a body is ever held in memory: a Lambda function's code at its largest, encoded.
pub const WHOLE_LIMIT: usize = 100 * 1024 * 1024;

/// How much is passed on in one request. The emulator holds it in memory.
pub const STREAM_LIMIT: usize = 2 * 1024 * 1024 * 1024;

/// What is said about a body whose hash is wrong.
const FORGED: &str = "the body is not the one that was signed";

/// Reads a whole body.
pub async fn whole(body: Incoming, limit: usize) -> Result<Bytes, Refusal> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge { limit }),
        Err(error) => Err(Refusal::Body(error.to_string())),
    }
}

/// Passes a body on as it comes.
pub fn stream(body: Incoming) -> Body {
    Limited::new(body, STREAM_LIMIT).boxed_unsync()
}

/// Passes a body on as it comes; it breaks off before its end when its hash is not `expected` (hexadecimal digits).
pub fn checked(body: Incoming, expected: String) -> Result<Body, Refusal> {
    if !body.is_end_stream() {
        let limited = Limited::new(body, STREAM_LIMIT);
        return Ok(
            HashChecked { inner: limited, hash: Sha256::new(), held: None, expected, ended: false }.boxed_unsync()
        );
    }
    if expected == hex::encode(Sha256::digest(b"")) { Ok(full("")) } else { Err(Refusal::Body(FORGED.to_owned())) }
}

/// A body that keeps its last part back until the hash of the whole is known to be right.
struct HashChecked {
    inner: Limited<Incoming>,
    hash: Sha256,
    held: Option<Bytes>,
    expected: String,
    ended: bool,
}

impl HttpBody for HashChecked {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        while !self.ended {
            match ready!(Pin::new(&mut self.inner).poll_frame(context)) {
                Some(Ok(frame)) => {
                    let Ok(data) = frame.into_data() else { continue };
                    self.hash.update(&data);
                    if let Some(before) = self.held.replace(data) {
                        return Poll::Ready(Some(Ok(Frame::data(before))));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    self.ended = true;
                    if hex::encode(self.hash.clone().finalize()) != self.expected {
                        return Poll::Ready(Some(Err(FORGED.into())));
                    }
                }
            }
        }
        Poll::Ready(self.held.take().map(|last| Ok(Frame::data(last))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended && self.held.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held.as_ref().map_or(0, Bytes::len) as u64;
        let inner = self.inner.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + held);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + held);
        }
        hint
    }
}
