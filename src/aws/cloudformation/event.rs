//! Events of stacks, from the newest back to one that is known.

use jiff::Timestamp;

use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::cfn::NESTED_STACK;
use crate::event::Sentiment;

/// Something that happened to a resource of a stack, or to the stack itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEvent {
    /// The event's id.
    pub id: String,
    /// When it happened.
    pub time: Option<Timestamp>,
    /// The resource's logical id; the stack's name for the stack itself.
    pub logical_id: String,
    /// The resource's physical id, once it has one.
    pub physical_id: Option<String>,
    /// The resource's type.
    pub resource_type: String,
    /// The resource's status.
    pub status: ResourceStatus,
    /// Why, where CloudFormation tells.
    pub reason: Option<String>,
    /// The token of the operation that caused it.
    pub token: Option<String>,
}

impl StackEvent {
    /// Tells whether it happened to the stack of this ARN itself, which is among its own resources.
    pub fn is_of(&self, stack_id: &str) -> bool {
        self.resource_type == NESTED_STACK && self.physical_id.as_deref() == Some(stack_id)
    }

    /// Tells whether a resource was given up only because another one failed.
    pub fn is_cancellation(&self) -> bool {
        self.reason.as_deref().is_some_and(|reason| {
            let reason = reason.to_ascii_lowercase();
            reason.starts_with("resource ") && reason.contains("cancelled")
        })
    }
}

/// The status of a resource as CloudFormation writes it. There are more of them than anyone can list; their ends tell
/// what they mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceStatus(String);

impl ResourceStatus {
    /// Wraps a status.
    pub fn new(status: impl Into<String>) -> Self {
        Self(status.into())
    }

    /// The status as CloudFormation writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether it is the end of something that went wrong.
    pub fn is_failure(&self) -> bool {
        self.0.ends_with("_FAILED")
    }

    /// How the status is to be felt.
    pub fn sentiment(&self) -> Sentiment {
        if self.is_failure() || self.0.contains("ROLLBACK") {
            Sentiment::Bad
        } else if self.0.ends_with("_COMPLETE") {
            Sentiment::Good
        } else {
            Sentiment::Neutral
        }
    }
}

impl Aws {
    /// Lists what happened to a stack after a known event, the oldest first; everything when none is known.
    pub async fn stack_events(&self, stack: &str, known: Option<&str>) -> Result<Vec<StackEvent>> {
        const OPERATION: &str = "cloudformation:DescribeStackEvents";
        let mut pages = self.cloudformation().describe_stack_events().stack_name(stack).into_paginator().send();
        let mut events = Vec::new();
        'pages: while let Some(page) = pages.next().await {
            let page = match page.map_err(Error::of(OPERATION)) {
                Err(error) if error.is_missing_stack() => break,
                page => page?,
            };
            for event in page.stack_events() {
                if known.is_some() && event.event_id() == known {
                    break 'pages;
                }
                events.push(read(event).map_err(|what| Error::Incomplete { operation: OPERATION, what })?);
            }
        }
        events.reverse();
        Ok(events)
    }

    /// Finds the newest event of a stack, if there is any.
    pub async fn newest_stack_event(&self, stack: &str) -> Result<Option<StackEvent>> {
        const OPERATION: &str = "cloudformation:DescribeStackEvents";
        let answer = self.cloudformation().describe_stack_events().stack_name(stack).send().await;
        match answer.map_err(Error::of(OPERATION)) {
            Err(error) if error.is_missing_stack() => Ok(None),
            answer => answer?
                .stack_events()
                .first()
                .map(read)
                .transpose()
                .map_err(|what| Error::Incomplete { operation: OPERATION, what }),
        }
    }
}

/// Reads an event; the error names what the answer lacks.
fn read(event: &aws_sdk_cloudformation::types::StackEvent) -> std::result::Result<StackEvent, &'static str> {
    let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(StackEvent {
        id: event.event_id().ok_or("event id")?.to_owned(),
        time: timestamp(event.timestamp()),
        logical_id: event.logical_resource_id().unwrap_or_default().to_owned(),
        physical_id: given(event.physical_resource_id()),
        resource_type: event.resource_type().unwrap_or_default().to_owned(),
        status: ResourceStatus::new(event.resource_status().map_or("", |status| status.as_str())),
        reason: given(event.resource_status_reason()),
        token: given(event.client_request_token()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_status_tells_what_it_means() {
        assert_eq!(ResourceStatus::new("CREATE_COMPLETE").sentiment(), Sentiment::Good);
        assert_eq!(ResourceStatus::new("DELETE_IN_PROGRESS").sentiment(), Sentiment::Neutral);
        assert_eq!(ResourceStatus::new("UPDATE_ROLLBACK_COMPLETE").sentiment(), Sentiment::Bad);
        assert!(ResourceStatus::new("UPDATE_FAILED").is_failure());
    }
}
