//! From a build's log to CloudWatch Logs, in batches.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::run::LogLine;
use crate::aws::codebuild::LogStream;
use crate::aws::{Aws, Error};

/// How long lines are collected before they are sent.
const COLLECT: Duration = Duration::from_millis(200);

/// How long one batch may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The most lines of one batch ("PutLogEvents").
const MOST_LINES: usize = 10_000;

/// The most bytes of one batch.
const MOST_BYTES: usize = 1_048_576;

/// What a line counts besides its bytes.
const LINE_OVERHEAD: usize = 26;

/// Writes all lines until the build's log ends. After a failure the rest is only taken, so that the build goes on.
pub(super) async fn write(aws: &Aws, stream: &LogStream, mut lines: mpsc::Receiver<LogLine>) -> Result<(), Error> {
    let mut result = Ok(());
    let mut batch = Batch::default();
    while let Some(line) = lines.recv().await {
        if result.is_err() {
            continue;
        }
        let deadline = Instant::now() + COLLECT;
        result = batch.add(aws, stream, line).await;
        while let Ok(Some(line)) = tokio::time::timeout_at(deadline, lines.recv()).await {
            if result.is_ok() {
                result = batch.add(aws, stream, line).await;
            }
        }
        if result.is_ok() {
            result = batch.send(aws, stream).await;
        }
    }
    result
}

/// Takes all lines of a build whose project wants no log.
pub(super) async fn discard(mut lines: mpsc::Receiver<LogLine>) -> Result<(), Error> {
    while lines.recv().await.is_some() {}
    Ok(())
}

#[derive(Default)]
struct Batch {
    lines: Vec<(Timestamp, String)>,
    bytes: usize,
}

impl Batch {
    async fn add(&mut self, aws: &Aws, stream: &LogStream, line: LogLine) -> Result<(), Error> {
        let text = format!("{}\n", line.text);
        let size = text.len() + LINE_OVERHEAD;
        if self.lines.len() == MOST_LINES || self.bytes + size > MOST_BYTES {
            self.send(aws, stream).await?;
        }
        self.bytes += size;
        self.lines.push((line.at, text));
        Ok(())
    }

    async fn send(&mut self, aws: &Aws, stream: &LogStream) -> Result<(), Error> {
        self.bytes = 0;
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() {
            return Ok(());
        }
        let late = |_| Error::Unreachable { operation: "logs:PutLogEvents", cause: "time ran out".to_owned() };
        tokio::time::timeout(PATIENCE, aws.append_to_log(stream, lines)).await.map_err(late)?
    }
}
