//! From what is desired to a change set that can be reviewed.

use std::time::Instant;

use super::desired::hash;
use super::error::StackError;
use super::plan::{ChangeSetMove, Observed, Origin, Plan, Refusal, change_set_move, plan, protection};
use super::{Deployer, Desired, DesiredTemplate, Unfinished};
use crate::aws::cloudformation::{
    ChangeSet, ChangeSetKind, ChangeSetRequest, Protection, Stack, StackStatus, Standing,
};
use crate::id::StackName;

/// What was reached before a review.
pub(super) enum Prepared {
    /// There is nothing to do.
    Unchanged(Stack),
    /// Only what no change set changes was to be changed, and was: the protection, or who is told of events.
    Adjusted(Stack),
    /// A change set can be executed.
    Ready(Box<Ready>),
    /// The stack changed meanwhile.
    LookAgain,
}

/// A change set that can be executed.
pub(super) struct Ready {
    /// Whether it creates the stack.
    pub(super) kind: ChangeSetKind,
    /// The change set.
    pub(super) change_set: ChangeSet,
    /// The stack as it was found.
    pub(super) observed: Option<Observed>,
}

/// Whether the creation of a change set has been asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attempt {
    Outstanding,
    Done,
}

impl Deployer {
    /// Looks at a stack.
    pub async fn observe(&self, name: &StackName, template: &DesiredTemplate) -> Result<Option<Observed>, StackError> {
        let call = StackError::call(name);
        let Some(stack) = self.aws.stack(name.as_str()).await.map_err(&call)? else { return Ok(None) };
        let is_template_needed =
            stack.status.standing() == Standing::Usable && matches!(template, DesiredTemplate::Text(_));
        let template = match is_template_needed {
            true => Some(self.aws.template(&stack.id).await.map_err(&call)?),
            false => None,
        };
        Ok(Some(Observed { stack, template }))
    }

    /// Looks at a stack once no operation on it is under way.
    pub async fn observe_settled(
        &self,
        name: &StackName,
        template: &DesiredTemplate,
    ) -> Result<Option<Observed>, StackError> {
        loop {
            match self.observe(name, template).await? {
                Some(Observed { stack, .. }) if !stack.status.is_settled() => self.wait(&stack, stack.status).await?,
                observed => return Ok(observed),
            }
        }
    }

    /// Takes the moves up to a change set that can be executed.
    pub(super) async fn prepare(&self, desired: &Desired, observed: Option<Observed>) -> Result<Prepared, StackError> {
        let mut observed = observed;
        let mut is_rollback_continued = false;
        loop {
            let next = plan(desired, observed.as_ref());
            match (next, observed) {
                (Plan::Refuse(refusal), _) => return Err(refused(desired, refusal)),
                (Plan::Create, observed) => return self.change_set(desired, ChangeSetKind::Create, observed).await,
                (Plan::Update, observed) => return self.change_set(desired, ChangeSetKind::Update, observed).await,
                (Plan::Nothing, Some(Observed { stack, .. })) => return Ok(Prepared::Unchanged(stack)),
                (Plan::Protect(protection), Some(Observed { stack, .. })) => {
                    return self.protect(desired, stack, protection).await.map(Prepared::Adjusted);
                }
                (Plan::Wait { status, .. }, Some(Observed { stack, .. })) => self.wait(&stack, status).await?,
                (Plan::ReplaceFailedCreation, Some(Observed { stack, .. })) => {
                    let (owner, role) = (desired.owner.as_ref(), desired.role.as_deref());
                    self.delete_unfinished(&stack, Unfinished::Failed, owner, role).await?;
                }
                (Plan::ContinueRollback, Some(Observed { stack, .. })) if !is_rollback_continued => {
                    is_rollback_continued = true;
                    self.continue_rollback(&stack, desired.role.as_deref(), &[]).await?;
                }
                (Plan::ContinueRollback, Some(Observed { stack, .. })) => {
                    return Err(StackError::Failed { stack: desired.name.clone(), status: stack.status, cause: None });
                }
                // Without a stack the plan is to create it.
                (_, None) => return Ok(Prepared::LookAgain),
            }
            observed = self.observe(&desired.name, &desired.template).await?;
        }
    }

    /// Finds or makes the change set that leads to what is desired.
    async fn change_set(
        &self,
        desired: &Desired,
        kind: ChangeSetKind,
        observed: Option<Observed>,
    ) -> Result<Prepared, StackError> {
        let call = StackError::call(&desired.name);
        let deployed = observed.as_ref().map(|observed| &observed.stack).filter(|_| kind == ChangeSetKind::Update);
        let name = format!("pipectl-{}", desired.fingerprint(deployed));
        let began = Instant::now();
        let mut origin = Origin::Found;
        let mut attempt = Attempt::Outstanding;
        loop {
            let found = match (kind, &observed) {
                (ChangeSetKind::Create, None) if attempt == Attempt::Outstanding => None,
                _ => self.aws.change_set(desired.name.as_str(), &name).await.map_err(&call)?,
            };
            match (change_set_move(found.as_ref(), origin), found) {
                (ChangeSetMove::Create, _) if attempt == Attempt::Done => {
                    // Someone else was faster: the stack is there already, or another change took this one with it.
                    return Ok(Prepared::LookAgain);
                }
                (ChangeSetMove::Create, _) => {
                    attempt = Attempt::Done;
                    origin = Origin::Made;
                    let request = ChangeSetRequest {
                        stack: desired.name.to_string(),
                        name: name.clone(),
                        kind,
                        template: self.place_template(desired).await?,
                        parameters: desired.request_parameters(deployed),
                        tags: desired.tags.clone(),
                        notification_targets: desired.notification_targets.clone(),
                        capabilities: desired.capabilities.clone(),
                        role: desired.role.clone(),
                        existing: desired.existing,
                        token: name.clone(),
                    };
                    match self.aws.create_change_set(&request).await {
                        Err(error) if error.is_repeated() => origin = Origin::Found,
                        Err(error) if error.is_busy_stack() => return Ok(Prepared::LookAgain),
                        answer => drop(answer.map_err(&call)?),
                    }
                }
                (ChangeSetMove::Ready, Some(change_set)) => {
                    return Ok(Prepared::Ready(Box::new(Ready { kind, change_set, observed })));
                }
                (ChangeSetMove::Empty, Some(change_set)) => {
                    self.aws.delete_change_set(&change_set).await.map_err(&call)?;
                    return self.settle_empty(desired, observed).await;
                }
                (ChangeSetMove::Discard, Some(change_set)) => {
                    self.aws.delete_change_set(&change_set).await.map_err(&call)?;
                }
                (ChangeSetMove::Fail, Some(change_set)) => {
                    let reason =
                        change_set.reason.clone().unwrap_or_else(|| "CloudFormation gives no reason".to_owned());
                    self.aws.delete_change_set(&change_set).await.map_err(&call)?;
                    return Err(StackError::Refused { stack: desired.name.clone(), reason });
                }
                (ChangeSetMove::Follow, Some(change_set)) => {
                    self.events.step(format!(
                        "change set `{}` of stack `{}` is being executed already; following it",
                        change_set.name, desired.name
                    ));
                    self.follow_execution(desired, &change_set.stack_id, &execution_token(&change_set)).await?;
                    return Ok(Prepared::LookAgain);
                }
                (ChangeSetMove::LookAgain, Some(change_set)) => {
                    self.aws.delete_change_set(&change_set).await.map_err(&call)?;
                    return Ok(Prepared::LookAgain);
                }
                (ChangeSetMove::Wait, _) => {}
                (_, None) => return Ok(Prepared::LookAgain),
            }
            if began.elapsed() > self.pace.limit {
                return Err(self.timed_out(&desired.name, format!("change set `{name}`")));
            }
            tokio::time::sleep(self.pace.interval).await;
        }
    }

    /// Ends with a change set that contained nothing.
    async fn settle_empty(&self, desired: &Desired, observed: Option<Observed>) -> Result<Prepared, StackError> {
        let Some(Observed { stack, .. }) = observed else { return Ok(Prepared::LookAgain) };
        if stack.status.standing() != Standing::Usable || stack.status == StackStatus::UpdateFailed {
            let reason = "the template contains no change, but the stack is not settled".to_owned();
            return Err(StackError::Refused { stack: desired.name.clone(), reason });
        }
        // A change set does not look at who is told of events.
        if let Some(targets) = desired.notification_targets.as_ref().filter(|targets| !stack.is_told_to(targets)) {
            let stack = self.retarget(desired, &stack, targets).await?;
            return match protection(desired, &stack) {
                Plan::Protect(protection) => self.protect(desired, stack, protection).await.map(Prepared::Adjusted),
                _ => Ok(Prepared::Adjusted(stack)),
            };
        }
        match protection(desired, &stack) {
            Plan::Protect(protection) => self.protect(desired, stack, protection).await.map(Prepared::Adjusted),
            _ => Ok(Prepared::Unchanged(stack)),
        }
    }

    /// Sets the protection of a stack.
    pub(super) async fn protect(
        &self,
        desired: &Desired,
        stack: Stack,
        protection: Protection,
    ) -> Result<Stack, StackError> {
        self.aws.protect_stack(&stack.id, protection).await.map_err(StackError::call(&desired.name))?;
        Ok(Stack { protection, ..stack })
    }

    /// Deletes the change set of a declined proposal, and the name that it reserved.
    pub(super) async fn discard(&self, desired: &Desired, ready: &Ready) -> Result<(), StackError> {
        let call = StackError::call(&desired.name);
        self.aws.delete_change_set(&ready.change_set).await.map_err(&call)?;
        let stack = self.aws.stack(&ready.change_set.stack_id).await.map_err(&call)?;
        match stack {
            Some(stack) if stack.status.standing() == Standing::Reserved => {
                self.delete(&stack, desired.role.as_deref()).await
            }
            _ => Ok(()),
        }
    }
}

/// The token of a change set's execution. The change set's ARN is unique, so no two operations share a token.
pub(super) fn execution_token(change_set: &ChangeSet) -> String {
    format!("pipectl-{}", hash(&change_set.id))
}

fn refused(desired: &Desired, refusal: Refusal) -> StackError {
    let stack = desired.name.clone();
    match refusal {
        Refusal::Foreign { pipeline } => StackError::Foreign { stack, pipeline },
        Refusal::Broken { status } => StackError::Broken { stack, status },
    }
}
