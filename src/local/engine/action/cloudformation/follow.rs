//! Following an operation of a stack to its end.

use super::{external, failed};
use crate::aws::Error;
use crate::aws::cloudformation::{Stack, StackEvent};
use crate::event::Sentiment;
use crate::local::engine::action::PAUSE;
use crate::local::engine::action::bench::Bench;
use crate::local::engine::machine::Failure;

/// The newest event of a stack before an operation.
#[derive(Debug, Clone)]
pub(super) struct Marker(Option<String>);

impl Marker {
    /// The marker of a stack that is not there yet.
    pub fn nothing() -> Self {
        Self(None)
    }

    /// Tells whether anything happened since: a settled status may be the one from before the operation.
    pub async fn has_moved(&self, bench: &Bench<'_>, stack_id: &str) -> Result<bool, Failure> {
        match bench.aws.newest_stack_event(stack_id).await {
            Ok(event) => Ok(event.map(|event| event.id) != self.0),
            Err(error) if error.is_denied() => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

/// Notes where the events of a stack stand. A role that may not see events follows by the status alone.
pub(super) async fn mark(bench: &Bench<'_>, stack: &str) -> Result<Marker, Failure> {
    match bench.aws.newest_stack_event(stack).await {
        Ok(event) => Ok(Marker(event.map(|event| event.id))),
        Err(error) if error.is_denied() => Ok(Marker(None)),
        Err(error) => Err(error.into()),
    }
}

/// Waits until an operation that began after the marker has ended; gives the stack if it went well.
pub(super) async fn to_end(bench: &Bench<'_>, stack_id: &str, marker: &Marker) -> Result<Stack, Failure> {
    loop {
        let stack = bench.aws.stack(stack_id).await?;
        let Some(stack) = stack else {
            return Err(failed(format!("the stack {stack_id} is no more"), external(bench, stack_id, stack_id, "")));
        };
        if stack.status.is_settled() && marker.has_moved(bench, stack_id).await? {
            if stack.status.sentiment() == Sentiment::Good {
                return Ok(stack);
            }
            let cause = cause(bench, &stack, marker).await;
            return Err(failed(cause, external(bench, &stack.id, &stack.id, "")));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The first thing that failed, in a sentence.
async fn cause(bench: &Bench<'_>, stack: &Stack, marker: &Marker) -> String {
    let status = format!("stack {} reached {}", stack.name, stack.status);
    match first_failure(bench, &stack.id, marker).await {
        Ok(Some(event)) => format!(
            "{status}: {} ({}) {}: {}",
            event.logical_id,
            event.resource_type,
            event.status.as_str(),
            event.reason.unwrap_or_default()
        ),
        Ok(None) | Err(_) => match &stack.reason {
            Some(reason) => format!("{status}: {reason}"),
            None => status,
        },
    }
}

/// Resources that were cancelled because another one failed are not the cause.
async fn first_failure(bench: &Bench<'_>, stack_id: &str, marker: &Marker) -> Result<Option<StackEvent>, Error> {
    let events = bench.aws.stack_events(stack_id, marker.0.as_deref()).await?;
    Ok(events.into_iter().find(|event| {
        event.status.is_failure()
            && event.reason.as_ref().is_some_and(|reason| !reason.to_lowercase().contains("cancelled"))
    }))
}
