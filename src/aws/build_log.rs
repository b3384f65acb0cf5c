//! CloudWatch Logs, for whoever writes a build's log.

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use jiff::Timestamp;

use super::codebuild::LogStream;
use super::{Aws, Error, Result};

impl Aws {
    /// Makes a log stream, and its group if need be.
    pub async fn make_log_stream(&self, stream: &LogStream) -> Result<()> {
        let client = aws_sdk_cloudwatchlogs::Client::new(self.config());
        let group = client.create_log_group().log_group_name(&stream.group).send().await;
        let group = group.map(drop).map_err(Error::of("logs:CreateLogGroup"));
        let made =
            client.create_log_stream().log_group_name(&stream.group).log_stream_name(&stream.stream).send().await;
        match (group, made.map(drop).map_err(Error::of("logs:CreateLogStream"))) {
            (_, Err(error)) if exists(&error) => Ok(()),
            // A role may be allowed to write to groups that others make.
            (Err(group), Err(_)) if !exists(&group) => Err(group),
            (_, made) => made,
        }
    }

    /// Appends lines to a log stream: at most 10,000, and at most a mebibyte with 26 bytes more for each.
    pub async fn append_to_log(&self, stream: &LogStream, lines: Vec<(Timestamp, String)>) -> Result<()> {
        const OPERATION: &str = "logs:PutLogEvents";
        let events = lines
            .into_iter()
            .map(|(at, text)| InputLogEvent::builder().timestamp(at.as_millisecond()).message(text).build())
            .collect::<std::result::Result<Vec<_>, _>>()
            .map_err(|_| Error::Incomplete { operation: OPERATION, what: "time or message" })?;
        aws_sdk_cloudwatchlogs::Client::new(self.config())
            .put_log_events()
            .log_group_name(&stream.group)
            .log_stream_name(&stream.stream)
            .set_log_events(Some(events))
            .send()
            .await
            .map_err(Error::of(OPERATION))?;
        Ok(())
    }
}

fn exists(error: &Error) -> bool {
    error.code() == Some("ResourceAlreadyExistsException")
}
