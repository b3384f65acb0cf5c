//! Following an operation by the stack's events, from the newest back to the last known one.

use std::time::Instant;

use super::Deployer;
use super::error::StackError;
use crate::aws;
use crate::aws::cloudformation::{Stack, StackEvent, StackStatus};
use crate::event::Event;
use crate::id::StackName;
use crate::ops::tolerance::Tolerance;

/// When following ends.
#[derive(Clone, Copy)]
enum End<'a> {
    /// With the last event of the operation that has this token.
    Operation(&'a str),
    /// When a stack that is to be deleted is gone, or stays.
    Deletion,
    /// When no operation is under way.
    Settled,
}

impl Deployer {
    /// Follows an operation of ours to its end. Returns the stack, unless it is gone, and what happened.
    pub(super) async fn follow_operation(
        &self,
        name: &StackName,
        stack_id: &str,
        token: &str,
        known: Option<&str>,
    ) -> Result<(Option<Stack>, Vec<StackEvent>), StackError> {
        self.follow(name, stack_id, known, End::Operation(token)).await
    }

    /// Follows the deletion of a stack to its end, whoever began it. Returns the stack, unless it is gone, and what happened.
    pub(super) async fn follow_deletion(
        &self,
        stack: &Stack,
        known: Option<&str>,
    ) -> Result<(Option<Stack>, Vec<StackEvent>), StackError> {
        self.follow(&stack.name, &stack.id, known, End::Deletion).await
    }

    /// Follows whatever is under way to its end. Returns the stack, unless it is gone, and what happened.
    pub(super) async fn follow_until_settled(
        &self,
        name: &StackName,
        stack_id: &str,
        known: Option<&str>,
    ) -> Result<(Option<Stack>, Vec<StackEvent>), StackError> {
        self.follow(name, stack_id, known, End::Settled).await
    }

    async fn follow(
        &self,
        name: &StackName,
        stack_id: &str,
        known: Option<&str>,
        end: End<'_>,
    ) -> Result<(Option<Stack>, Vec<StackEvent>), StackError> {
        let call = StackError::call(name);
        let began = Instant::now();
        let mut known = known.map(str::to_owned);
        let mut happened: Vec<StackEvent> = Vec::new();
        let mut tolerance = Tolerance::default();
        loop {
            let looked = tolerance.judge(self.look(stack_id, known.as_deref()).await).map_err(&call)?;
            if let Some((stack, news)) = looked {
                for event in &news {
                    self.events.emit(told(name, event));
                }
                if let Some(newest) = news.last() {
                    known = Some(newest.id.clone());
                }
                happened.extend(news);
                if end.is_reached(stack.as_ref(), &happened) {
                    return Ok((stack, happened));
                }
            }
            if began.elapsed() > self.pace.limit {
                return Err(self.timed_out(name, format!("the operation on stack `{name}`")));
            }
            tokio::time::sleep(self.pace.interval).await;
        }
    }

    /// Looks at a stack, and at what happened to it since a known event. The stack is read before its events: those that led
    /// to what was read are then among them.
    async fn look(&self, stack_id: &str, known: Option<&str>) -> aws::Result<(Option<Stack>, Vec<StackEvent>)> {
        let stack = self.aws.stack(stack_id).await?;
        Ok((stack, self.aws.stack_events(stack_id, known).await?))
    }

    pub(super) fn timed_out(&self, name: &StackName, awaited: String) -> StackError {
        StackError::TimedOut { stack: name.clone(), awaited, limit: self.pace.limit }
    }
}

impl End<'_> {
    /// Tells whether it is reached, given the stack, unless it is gone, and what happened.
    fn is_reached(self, stack: Option<&Stack>, happened: &[StackEvent]) -> bool {
        let Some(stack) = stack else { return true };
        stack.status.is_settled()
            && match self {
                Self::Settled => true,
                Self::Operation(token) => ended(happened, &stack.id, token),
                // A stack whose outputs others use is given its former status again, by an event of its own.
                Self::Deletion => {
                    stack.status == StackStatus::DeleteComplete
                        || last_status(happened, &stack.id) == Some(stack.status)
                }
            }
    }
}

/// Tells whether the events contain the last one of an operation. A stack does not leave its former status at the very
/// moment when an operation is accepted, so its status alone does not tell.
fn ended(events: &[StackEvent], stack_id: &str, token: &str) -> bool {
    events.iter().any(|event| {
        event.token.as_deref().is_none_or(|given| given == token)
            && status_of(event, stack_id)
                .is_some_and(|status| status.is_settled() && status != StackStatus::ReviewInProgress)
    })
}

/// The status that a stack was last given.
fn last_status(events: &[StackEvent], stack_id: &str) -> Option<StackStatus> {
    events.iter().rev().find_map(|event| status_of(event, stack_id))
}

/// The status that an event gives a stack, if it is about the stack itself.
fn status_of(event: &StackEvent, stack_id: &str) -> Option<StackStatus> {
    if event.is_of(stack_id) { event.status.as_str().parse().ok() } else { None }
}

fn told(name: &StackName, event: &StackEvent) -> Event {
    Event::Resource {
        stack: name.clone(),
        logical_id: event.logical_id.clone(),
        resource_type: event.resource_type.clone(),
        status: event.status.as_str().to_owned(),
        reason: event.reason.clone(),
        sentiment: event.status.sentiment(),
    }
}
