//! What is put right before a stage is retried, because it would fail again.

use super::{RetryError, SkippedResource, choose};
use crate::aws::Aws;
use crate::aws::cloudformation::{Stack, Standing};
use crate::aws::codepipeline::{ActionExecution, Provider, RetryMode, Structure};
use crate::event::Events;
use crate::id::{Environment, StackName};
use crate::ops::action_access::{ActionAccess, Preference};
use crate::ops::parallel;
use crate::ops::stack::{Deployer, Pace, Removal, StackError, Unfinished, check_owner, stuck};
use crate::ops::subject::Subject;
use crate::pipeline::Owner;

/// What puts a stage's stacks right.
pub(super) struct Repair<'a> {
    /// The pipeline.
    pub subject: &'a Subject,
    /// Connections to the stages' environments.
    pub access: ActionAccess<'a>,
    /// How often stacks are looked at.
    pub pace: Pace,
    /// Where progress is told.
    pub events: &'a Events,
    /// The command that retries the stage.
    pub again: String,
}

/// What was put right.
#[derive(Debug, Default)]
pub(super) struct Repaired {
    /// The stacks that were deleted, because they were never created.
    pub deleted: Vec<StackName>,
    /// The stacks whose failed roll-back was continued to its end.
    pub continued: Vec<StackName>,
}

impl Repaired {
    /// Whether nothing had to be put right.
    pub fn is_empty(&self) -> bool {
        self.deleted.is_empty() && self.continued.is_empty()
    }
}

/// A stack of the stage.
struct Found {
    stack: Stack,
    /// A connection that may do what the stage's actions may.
    there: Aws,
    /// The role that the stage's actions give it.
    role: Option<String>,
    /// Whether an action that works on it failed.
    has_failed: bool,
}

impl Repair<'_> {
    /// Puts the stacks of a stage right: those whose first creation failed, and those that failed to get beyond their change
    /// set, are deleted, for neither can be updated and neither holds anything; failed roll-backs are continued.
    ///
    /// Nothing is done if a stack that failed is stuck in what only a person can resolve.
    pub async fn repair(
        &self,
        structure: &Structure,
        stage: &str,
        failed: &[&ActionExecution],
        skipped: &[SkippedResource],
    ) -> Result<Repaired, RetryError> {
        let found = self.stacks(structure, stage, failed).await?;
        check_skipped(&found, skipped)?;
        let owner = Owner::from(&self.subject.name);
        for Found { stack, there, .. } in found.iter().filter(|found| found.is_broken()) {
            self.refuse_stuck(there, stack).await?;
        }
        let mut repaired = Repaired::default();
        for Found { stack, there, role, has_failed } in found {
            let deployer = Deployer { aws: there, bucket: None, pace: self.pace, events: self.events.clone() };
            if stack.status.standing() == Standing::RollbackFailed {
                check_owner(&stack, Some(&owner))?;
                self.continue_rollback(&deployer, &stack, role.as_deref(), skipped).await?;
                repaired.continued.push(stack.name);
                continue;
            }
            // Another execution that runs in parallel may wait to execute its change set.
            let unfinished = match has_failed && !parallel::is_parallel(structure) {
                true => Unfinished::FailedOrReserved,
                false => Unfinished::Failed,
            };
            let removal = deployer.delete_unfinished(&stack, unfinished, Some(&owner), role.as_deref()).await?;
            if removal == Removal::Deleted {
                repaired.deleted.push(stack.name);
            }
        }
        Ok(repaired)
    }

    /// The stacks that a stage's actions work on and that are there, each once.
    async fn stacks(
        &self,
        structure: &Structure,
        stage: &str,
        failed: &[&ActionExecution],
    ) -> Result<Vec<Found>, RetryError> {
        let mut found: Vec<Found> = Vec::new();
        let actions =
            structure.stages.iter().filter(|candidate| candidate.name == stage).flat_map(|stage| &stage.actions);
        for action in actions.filter(|action| action.provider == Provider::CloudFormation) {
            let Some(name) = action.configuration.get("StackName") else { continue };
            let unreadable = |cause| RetryError::Unreadable { stack: name.clone(), cause };
            let connection =
                self.access.connect(action.role.as_deref(), action.region.as_deref(), Preference::ActionRole);
            let there = connection.await.map_err(unreadable)?;
            let Some(stack) = there.stack(name).await.map_err(unreadable)? else { continue };
            let has_failed = failed.iter().any(|run| run.action == action.name);
            match found.iter_mut().find(|known| known.stack.id == stack.id) {
                Some(known) => known.has_failed |= has_failed,
                None => {
                    let role = action.configuration.get("RoleArn").cloned();
                    found.push(Found { stack, there, role, has_failed });
                }
            }
        }
        Ok(found)
    }

    async fn continue_rollback(
        &self,
        deployer: &Deployer,
        stack: &Stack,
        role: Option<&str>,
        skipped: &[SkippedResource],
    ) -> Result<(), RetryError> {
        let skipped: Vec<String> = skipped
            .iter()
            .filter(|skipped| skipped.stack == stack.name.as_str())
            .map(|skipped| skipped.resource.clone())
            .collect();
        for resource in &skipped {
            let name = &stack.name;
            let message = format!("`{resource}` of stack `{name}` is left as it is, which its template may not say");
            self.events.warning(message, Vec::new());
        }
        match deployer.continue_rollback(stack, role, &skipped).await {
            // Which resources failed this time, and what to do about them, is told in full.
            Err(error @ StackError::Failed { .. }) => {
                let now = deployer.aws.stack(&stack.id).await?;
                self.refuse_stuck(&deployer.aws, now.as_ref().unwrap_or(stack)).await?;
                Err(error.into())
            }
            Err(StackError::Call { source, .. }) if source.is_denied() => {
                let own = self.subject.aws.identity().await?.account;
                let account = stack.environment().map_or(own, |environment| environment.account);
                match deployer.aws.region() {
                    Some(region) => {
                        let environment = Environment { account, region };
                        Err(RetryError::MayNotContinue { stack: stack.name.clone(), environment, source })
                    }
                    None => Err(source.into()),
                }
            }
            answer => Ok(answer?),
        }
    }

    /// Fails if a stack is stuck.
    async fn refuse_stuck(&self, there: &Aws, stack: &Stack) -> Result<(), RetryError> {
        match stuck(there, stack).await? {
            Some(stuck) => Err(RetryError::Stuck { stuck, again: self.again.clone() }),
            None => Ok(()),
        }
    }

    /// Which actions have to run again.
    pub async fn mode(&self, failed: &[&ActionExecution]) -> Result<RetryMode, RetryError> {
        for run in failed {
            let Some((stack, change_set)) = choose::executed_change_set(run) else { continue };
            let unreadable = |cause| RetryError::Unreadable { stack: stack.to_owned(), cause };
            let connection = self.access.connect(run.role.as_deref(), run.region.as_deref(), Preference::ActionRole);
            let there = connection.await.map_err(unreadable)?;
            let found = there.change_set(stack, change_set).await.map_err(unreadable)?;
            if choose::mode_for(found.as_ref()) == RetryMode::AllActions {
                return Ok(RetryMode::AllActions);
            }
        }
        Ok(RetryMode::FailedActions)
    }
}

impl Found {
    fn standing(&self) -> Standing {
        self.stack.status.standing()
    }

    /// Whether it failed, and would again until a person has seen to it.
    fn is_broken(&self) -> bool {
        self.has_failed && self.standing() == Standing::Broken
    }
}

/// Refuses to skip what is not stuck in a roll-back: whoever names it means something else.
fn check_skipped(found: &[Found], skipped: &[SkippedResource]) -> Result<(), RetryError> {
    let stuck = found.iter().filter(|found| found.standing() == Standing::RollbackFailed);
    let stuck: Vec<StackName> = stuck.map(|found| found.stack.name.clone()).collect();
    match skipped.iter().find(|skipped| !stuck.iter().any(|name| name.as_str() == skipped.stack)) {
        Some(skipped) => Err(RetryError::NothingToSkip { stack: skipped.stack.clone(), stuck }),
        None => Ok(()),
    }
}
