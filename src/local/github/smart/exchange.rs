//! One exchange with a Git program: the request goes in, the answer comes out.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, StreamExt};
use http::StatusCode;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::Refusal;
use super::source::{Source, SourceError};
use crate::local::{Body, BoxError};
use crate::process::{ChildStdin, ChildStdout, Running};

/// How many bytes of answer are kept in memory.
const KEPT_LIMIT: usize = 16 * 1024 * 1024;

/// How long a program may take to end after its last word.
const END_LIMIT: Duration = Duration::from_secs(10);

/// A Git program that has read its whole request.
pub(super) struct Exchange {
    running: Running,
    output: ChildStdout,
    /// What it had answered by then.
    early: BytesMut,
    deadline: Instant,
}

impl Exchange {
    /// Hands a request to a program, and keeps what it answers meanwhile.
    pub async fn begin(mut running: Running, request: Source, deadline: Instant) -> Result<Self, Refusal> {
        let (Some(input), Some(mut output)) = (running.input(), running.output()) else {
            return Err(Refusal::failed("the streams of Git are closed"));
        };
        let mut early = BytesMut::new();
        let mut is_open = true;
        let copying = tokio::time::timeout_at(deadline, copy(request, input));
        tokio::pin!(copying);
        loop {
            tokio::select! {
                copied = &mut copying => {
                    copied.map_err(|_| Refusal(StatusCode::REQUEST_TIMEOUT, "the request took too long".to_owned()))??;
                    return Ok(Self { running, output, early, deadline });
                }
                read = output.read_buf(&mut early), if is_open && early.len() < KEPT_LIMIT => {
                    is_open = read.map_err(Refusal::failed)? > 0;
                }
            }
        }
    }

    /// Waits for the end and collects the answer, for a program that answers shortly.
    ///
    /// The exit code is not looked at: a program that refuses something says so in its answer.
    pub async fn collect(mut self) -> Result<Vec<u8>, Refusal> {
        let mut answer = self.early.to_vec();
        let work = async {
            self.output.take(KEPT_LIMIT as u64).read_to_end(&mut answer).await?;
            tokio::time::timeout(END_LIMIT, self.running.wait()).await.map(drop).map_err(std::io::Error::from)
        };
        tokio::time::timeout_at(self.deadline, work)
            .await
            .map_err(|_| Refusal(StatusCode::GATEWAY_TIMEOUT, "Git took too long".to_owned()))?
            .map_err(Refusal::failed)?;
        Ok(answer)
    }

    /// Streams the answer; a failure or a delay past the deadline breaks the stream off.
    pub fn stream(self) -> Body {
        let Self { running, output, early, deadline } = self;
        let first: Vec<Result<Frame<Bytes>, BoxError>> = vec![Ok(Frame::data(early.freeze()))];
        let rest = stream::try_unfold((running, output), move |(mut running, mut output)| async move {
            let mut part = BytesMut::with_capacity(64 * 1024);
            let count = tokio::time::timeout_at(deadline, output.read_buf(&mut part)).await??;
            if count > 0 {
                return Ok(Some((Frame::data(part.freeze()), (running, output))));
            }
            let exit = tokio::time::timeout(END_LIMIT, running.wait()).await??;
            if exit.is_success() { Ok(None) } else { Err::<_, BoxError>(format!("git {exit}").into()) }
        });
        StreamBody::new(stream::iter(first).chain(rest)).boxed_unsync()
    }
}

/// Copies a request to a program. A program that stops reading has made up its mind; the rest is read and dropped, since
/// many clients look at the answer only after they have sent everything.
async fn copy(mut source: Source, input: ChildStdin) -> Result<(), SourceError> {
    let mut input = Some(input);
    while let Some(bytes) = source.next().await? {
        if let Some(open) = &mut input
            && open.write_all(&bytes).await.is_err()
        {
            input = None;
        }
    }
    Ok(())
}
