//! From a reviewed change set to a settled stack; and the operations that have to come before.

use super::desired::hash;
use super::error::{Cause, StackError};
use super::plan::{Plan, protection};
use super::prepare::{Ready, execution_token};
use super::{Deployer, Desired, Outcome};
use crate::aws::cloudformation::{ChangeSetKind, ExecutionStatus, Stack, StackEvent, StackStatus, StackUpdate};
use crate::event::Sentiment;

impl Deployer {
    /// Executes a change set and follows it to its end; `None` when the stack changed meanwhile.
    pub(super) async fn execute(&self, desired: &Desired, ready: &Ready) -> Result<Option<Outcome>, StackError> {
        let call = StackError::call(&desired.name);
        let change_set = &ready.change_set;
        let token = execution_token(change_set);
        let newest = self.aws.newest_stack_event(&change_set.stack_id).await.map_err(&call)?;
        let mut known = newest.map(|event| event.id);
        match self.aws.execute_change_set(change_set, &token).await {
            Ok(()) => {}
            Err(error) if error.is_repeated() => known = self.before(desired, &change_set.stack_id, &token).await?,
            Err(error) if error.is_busy_stack() || error.is_missing_change_set() => return Ok(None),
            // The answer to an earlier attempt got lost, or someone else was faster.
            Err(error) if error.is_invalid_change_set_status() => {
                let now = self.aws.change_set(desired.name.as_str(), &change_set.id).await.map_err(&call)?;
                if now.is_none_or(|now| now.execution != ExecutionStatus::InProgress) {
                    return Ok(None);
                }
                known = self.before(desired, &change_set.stack_id, &token).await?;
            }
            Err(error) => return Err(call(error)),
        }
        let followed = self.follow_operation(&desired.name, &change_set.stack_id, &token, known.as_deref());
        let (stack, events) = followed.await?;
        let stack = ended_well(desired, stack, &events)?;
        let stack = match protection(desired, &stack) {
            Plan::Protect(protection) => self.protect(desired, stack, protection).await?,
            _ => stack,
        };
        Ok(Some(match ready.kind {
            ChangeSetKind::Create => Outcome::Created(stack),
            ChangeSetKind::Update => Outcome::Updated(stack),
        }))
    }

    /// Follows an execution that someone else began.
    pub(super) async fn follow_execution(
        &self,
        desired: &Desired,
        stack_id: &str,
        token: &str,
    ) -> Result<(), StackError> {
        let known = self.before(desired, stack_id, token).await?;
        self.follow_operation(&desired.name, stack_id, token, known.as_deref()).await?;
        Ok(())
    }

    /// Finds the last event before an operation, which may have begun, and even ended, already.
    async fn before(&self, desired: &Desired, stack_id: &str, token: &str) -> Result<Option<String>, StackError> {
        let events = self.aws.stack_events(stack_id, None).await.map_err(StackError::call(&desired.name))?;
        let before = events.into_iter().take_while(|event| event.token.as_deref() != Some(token));
        Ok(before.last().map(|event| event.id))
    }

    /// Waits for an operation of someone else.
    pub(super) async fn wait(&self, stack: &Stack, status: StackStatus) -> Result<(), StackError> {
        let newest = self.aws.newest_stack_event(&stack.id).await.map_err(StackError::call(&stack.name))?;
        let since = stack.touched().map(|time| format!(" since {time:.0}")).unwrap_or_default();
        let who = newest
            .as_ref()
            .and_then(|event| event.token.as_deref())
            .map(|token| format!(" by the operation `{token}`"))
            .unwrap_or_default();
        self.events.warning(
            format!("stack `{}` is in status {status}{since}{who}; waiting for it to end", stack.name),
            Vec::new(),
        );
        self.follow_until_settled(&stack.name, &stack.id, newest.as_ref().map(|event| event.id.as_str())).await?;
        Ok(())
    }

    /// Deletes a stack and waits until it is gone.
    pub async fn delete(&self, stack: &Stack, role: Option<&str>) -> Result<(), StackError> {
        let call = StackError::call(&stack.name);
        let known = self.aws.newest_stack_event(&stack.id).await.map_err(&call)?;
        let event = known.as_ref().map(|event| event.id.as_str());
        let token = attempt_token("delete", stack, event);
        self.aws.delete_stack(&stack.id, role, &token).await.map_err(&call)?;
        let (now, events) = self.follow_deletion(stack, event).await?;
        match now {
            None => Ok(()),
            Some(now) if now.status == StackStatus::DeleteComplete => Ok(()),
            Some(now) if has_failed_resource(&now, &events) => Err(failed(&now, &events)),
            Some(now) => Err(StackError::InUse { reason: reason_of(&now, &events), stack: now.name }),
        }
    }

    /// Sets who is told of a stack's events, with everything else as it is deployed.
    pub(super) async fn retarget(
        &self,
        desired: &Desired,
        stack: &Stack,
        targets: &[String],
    ) -> Result<Stack, StackError> {
        let call = StackError::call(&desired.name);
        let known = self.aws.newest_stack_event(&stack.id).await.map_err(&call)?;
        let token = operation_token("notify", stack);
        match self.aws.retarget_stack(stack, targets, desired.role.as_deref(), &token).await.map_err(&call)? {
            StackUpdate::Begun => {}
            StackUpdate::NothingToDo(_) => {
                self.events.warning(
                    format!("the notification targets of stack `{}` are set with its next change", desired.name),
                    Vec::new(),
                );
                return Ok(stack.clone());
            }
        }
        let known = known.as_ref().map(|event| event.id.as_str());
        let (stack, events) = self.follow_operation(&desired.name, &stack.id, &token, known).await?;
        ended_well(desired, stack, &events)
    }

    /// Continues the failed rollback of an update, with the stack's own role unless another is named. The resources of
    /// `skipped` stay as they are.
    pub async fn continue_rollback(
        &self,
        stack: &Stack,
        role: Option<&str>,
        skipped: &[String],
    ) -> Result<(), StackError> {
        self.events.step(format!("continuing the failed rollback of stack `{}`", stack.name));
        let call = StackError::call(&stack.name);
        let known = self.aws.newest_stack_event(&stack.id).await.map_err(&call)?;
        let event = known.as_ref().map(|event| event.id.as_str());
        let token = attempt_token("rollback", stack, event);
        self.aws.continue_rollback(&stack.id, role, skipped, &token).await.map_err(&call)?;
        let (stack, events) = self.follow_operation(&stack.name, &stack.id, &token, event).await?;
        match stack {
            Some(stack) if stack.status == StackStatus::UpdateRollbackFailed => Err(failed(&stack, &events)),
            _ => Ok(()),
        }
    }
}

/// The token of an operation on a stack, which follows from the stack's last operation.
fn operation_token(operation: &str, stack: &Stack) -> String {
    let touched = stack.touched().map(|time| time.to_string()).unwrap_or_default();
    format!("pipectl-{operation}-{}", hash(&format!("{} {} {touched}", stack.id, stack.status)))
}

/// The token of an operation that may have failed before and left the stack as it is now: each attempt is an operation of its
/// own, so the stack's newest event is part of its token. The service ignores a wish whose token it knows.
fn attempt_token(operation: &str, stack: &Stack, newest: Option<&str>) -> String {
    format!("{}-{}", operation_token(operation, stack), hash(newest.unwrap_or_default()))
}

/// Whether something in a stack failed, and not the stack as a whole.
fn has_failed_resource(stack: &Stack, events: &[StackEvent]) -> bool {
    events.iter().any(|event| event.status.is_failure() && !event.is_of(&stack.id))
}

/// What the newest event of a stack itself tells, or else its status.
fn reason_of(stack: &Stack, events: &[StackEvent]) -> String {
    let mut told = events.iter().rev().filter(|event| event.is_of(&stack.id)).filter_map(|event| event.reason.clone());
    told.next().or_else(|| stack.reason.clone()).unwrap_or_else(|| "CloudFormation gives no reason".to_owned())
}

fn ended_well(desired: &Desired, stack: Option<Stack>, events: &[StackEvent]) -> Result<Stack, StackError> {
    match stack {
        Some(stack) if stack.status.sentiment() == Sentiment::Bad => Err(failed(&stack, events)),
        Some(stack) if stack.status != StackStatus::DeleteComplete => Ok(stack),
        _ => Err(StackError::Failed {
            stack: desired.name.clone(),
            status: StackStatus::DeleteComplete,
            cause: Cause::among(events),
        }),
    }
}

fn failed(stack: &Stack, events: &[StackEvent]) -> StackError {
    StackError::Failed { stack: stack.name.clone(), status: stack.status, cause: Cause::among(events) }
}
