//! Following an operation by the stack's events, from the newest back to the last known one.

use std::time::Instant;

use super::Deployer;
use super::error::StackError;
use crate::aws::cloudformation::{Stack, StackEvent, StackStatus};
use crate::event::Event;
use crate::id::StackName;

/// When following ends.
#[derive(Clone, Copy)]
enum End<'a> {
    /// With the last event of the operation that has this token.
    Operation(&'a str),
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
        loop {
            // The stack is read before its events: those that led to what was read are then among them.
            let stack = self.aws.stack(stack_id).await.map_err(&call)?;
            let news = self.aws.stack_events(stack_id, known.as_deref()).await.map_err(&call)?;
            for event in &news {
                self.events.emit(told(name, event));
            }
            if let Some(newest) = news.last() {
                known = Some(newest.id.clone());
            }
            happened.extend(news);
            let is_settled = stack.as_ref().is_none_or(|stack| stack.status.is_settled());
            let is_over = match end {
                End::Settled => true,
                End::Operation(token) => stack.is_none() || ended(&happened, stack_id, token),
            };
            if is_settled && is_over {
                return Ok((stack, happened));
            }
            if began.elapsed() > self.pace.limit {
                return Err(self.timed_out(name, format!("the operation on stack `{name}`")));
            }
            tokio::time::sleep(self.pace.interval).await;
        }
    }

    pub(super) fn timed_out(&self, name: &StackName, awaited: String) -> StackError {
        StackError::TimedOut { stack: name.clone(), awaited, limit: self.pace.limit }
    }
}

/// Tells whether the events contain the last one of an operation. A stack does not leave its former status at the very
/// moment when an operation is accepted, so its status alone does not tell.
fn ended(events: &[StackEvent], stack_id: &str, token: &str) -> bool {
    events.iter().any(|event| {
        event.physical_id.as_deref() == Some(stack_id)
            && event.resource_type == "AWS::CloudFormation::Stack"
            && event.token.as_deref().is_none_or(|given| given == token)
            && event
                .status
                .as_str()
                .parse()
                .is_ok_and(|status: StackStatus| status.is_settled() && status != StackStatus::ReviewInProgress)
    })
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
