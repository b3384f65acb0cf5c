//! CloudWatch Logs: events of one stream.

use jiff::Timestamp;

use super::codebuild::LogStream;
use super::{Aws, Error, Result};

const OPERATION: &str = "logs:GetLogEvents";

/// A log event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When the event happened.
    pub at: Option<Timestamp>,
    /// Its text, without the end of the line.
    pub text: String,
}

/// A place in a log stream, from which reading goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPosition(String);

/// What a read found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPage {
    /// The stream or its group does not exist, yet or any more.
    Missing,
    /// Some events, and where to go on. At the end of the stream the position stays the same.
    Lines {
        /// The events, the oldest first; may be none although more follow.
        lines: Vec<LogLine>,
        /// Where to go on.
        next: LogPosition,
    },
}

impl Aws {
    /// Reads the next events of a stream, from its beginning or from a moment where no position is given.
    pub async fn log_page(
        &self,
        stream: &LogStream,
        since: Option<Timestamp>,
        position: Option<&LogPosition>,
    ) -> Result<LogPage> {
        let answer = self
            .logs()
            .get_log_events()
            .log_group_name(&stream.group)
            .log_stream_name(&stream.stream)
            .start_from_head(true)
            .set_start_time(since.map(Timestamp::as_millisecond))
            .set_next_token(position.map(|position| position.0.clone()))
            .send()
            .await;
        page(answer.map_err(Error::of(OPERATION)))
    }

    /// Reads the last events of a stream.
    pub async fn log_tail(&self, stream: &LogStream, lines: usize) -> Result<Vec<LogLine>> {
        let answer = self
            .logs()
            .get_log_events()
            .log_group_name(&stream.group)
            .log_stream_name(&stream.stream)
            .start_from_head(false)
            .limit(i32::try_from(lines).unwrap_or(i32::MAX).clamp(1, 10_000))
            .send()
            .await;
        Ok(match page(answer.map_err(Error::of(OPERATION)))? {
            LogPage::Missing => Vec::new(),
            LogPage::Lines { lines: mut read, .. } => read.split_off(read.len().saturating_sub(lines)),
        })
    }

    fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(self.config())
    }
}

fn page(answer: Result<aws_sdk_cloudwatchlogs::operation::get_log_events::GetLogEventsOutput>) -> Result<LogPage> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(LogPage::Missing),
        Err(error) => return Err(error),
    };
    let next = answer.next_forward_token().ok_or(Error::Incomplete { operation: OPERATION, what: "forward token" })?;
    Ok(LogPage::Lines {
        lines: answer
            .events()
            .iter()
            .map(|event| LogLine {
                at: event.timestamp().and_then(|moment| Timestamp::from_millisecond(moment).ok()),
                text: event.message().unwrap_or_default().trim_end_matches(['\n', '\r']).to_owned(),
            })
            .collect(),
        next: LogPosition(next.to_owned()),
    })
}
