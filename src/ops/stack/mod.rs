//! Deploying a stack: look, plan, make a change set, have it reviewed, execute it, follow it to its end.
//!
//! Used by `bootstrap`, `deploy` and `guard`. There is no state but CloudFormation's own: whoever is killed at any
//! moment and run again looks at the stack first and goes on from there. The name of a change set and the token of its
//! execution follow from what is wanted and from the stack's last operation, so that a repeated call is recognised as
//! such, and two who want the same do it once.
//!
//! ```text
//!            ┌───────────── look again ◀──────────────┐
//!            ▼                                        │
//! observe ─▶ plan ─▶ change set ─▶ review ─▶ execute ─┴▶ follow ─▶ protect
//!            │ ▲
//!            ▼ │
//!        wait, delete a failed creation, continue a rollback
//! ```

#[cfg(test)]
mod deletion_tests;
mod desired;
mod error;
mod execute;
mod follow;
mod left_over;
mod plan;
#[cfg(test)]
mod plan_tests;
mod prepare;
mod session;
mod stuck;
mod unfinished;
mod upload;

use std::time::Duration;

pub use desired::{Desired, DesiredParameter, DesiredTemplate};
pub use error::{Cause, StackError};
pub use left_over::{Company, LeftOver};
pub use plan::{ChangeSetMove, Observed, Origin, Plan, Refusal, change_set_move, check_owner, plan};
pub use session::{STACKS_OF_A_SESSION, session_policy};
pub use stuck::{Stuck, StuckResource, stuck};
pub use unfinished::{Removal, Unfinished};

use crate::aws::Aws;
use crate::aws::cloudformation::{ChangeSet, Stack};
use crate::event::Events;
use crate::pipeline::OWN_TIMEOUT;
use prepare::Prepared;

/// How often something is looked at, and how long it is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time between two looks.
    pub interval: Duration,
    /// The time after which waiting ends in an error.
    pub limit: Duration,
}

impl Pace {
    /// The pace for AWS: a look each second, for as long as the pipeline's own builds last, less the time to tell what was
    /// waited for.
    pub const AWS: Self =
        Self { interval: Duration::from_secs(1), limit: Duration::from_secs((OWN_TIMEOUT as u64 - 10) * 60) };
    /// The pace for the local endpoint.
    pub const LOCAL: Self = Self { interval: Duration::from_millis(100), limit: Duration::from_secs(3600) };
}

/// What deploys stacks in one environment.
#[derive(Debug, Clone)]
pub struct Deployer {
    /// The connection that stacks are read and changed by.
    pub aws: Aws,
    /// Where templates go that are too large for a request.
    pub bucket: Option<TemplateBucket>,
    /// How often progress is looked at, and for how long.
    pub pace: Pace,
    /// Where progress is told.
    pub events: Events,
}

/// Where templates go that are too large for a request.
#[derive(Debug, Clone)]
pub struct TemplateBucket {
    /// The connection that may write there.
    pub aws: Aws,
    /// The bucket's name.
    pub name: String,
}

/// A change that waits for a decision.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// What is wanted.
    pub desired: &'a Desired,
    /// What is deployed, if anything.
    pub observed: Option<&'a Observed>,
    /// The change set that leads from the one to the other.
    pub change_set: &'a ChangeSet,
}

/// What is decided on a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is executed.
    Proceed,
    /// The change set is left for someone else to execute.
    Leave,
    /// The change set is deleted.
    Decline,
}

/// Decides on a proposal.
pub type Review<'a> = &'a (dyn Fn(Proposal<'_>) -> Decision + Sync);

/// What became of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was already as it should be, and nothing was written.
    Unchanged(Stack),
    /// It was created.
    Created(Stack),
    /// It was changed.
    Updated(Stack),
    /// A change set was made and left for someone else to execute.
    Left(ChangeSet),
}

impl Outcome {
    /// The stack as it is now, unless its change was left to someone else.
    pub fn stack(&self) -> Option<&Stack> {
        match self {
            Self::Unchanged(stack) | Self::Created(stack) | Self::Updated(stack) => Some(stack),
            Self::Left(_) => None,
        }
    }
}

/// How many times a stack may be changed by others between looking and acting.
const ATTEMPTS: usize = 8;

impl Deployer {
    /// Makes a stack what is desired.
    pub async fn deploy(&self, desired: &Desired, review: Review<'_>) -> Result<Outcome, StackError> {
        let observed = self.observe(&desired.name, &desired.template).await?;
        self.deploy_observed(desired, observed, review).await
    }

    /// Makes a stack what is desired, when it has just been looked at.
    pub async fn deploy_observed(
        &self,
        desired: &Desired,
        observed: Option<Observed>,
        review: Review<'_>,
    ) -> Result<Outcome, StackError> {
        let mut observed = observed;
        for _ in 0..ATTEMPTS {
            match self.prepare(desired, observed).await? {
                Prepared::Unchanged(stack) => return Ok(Outcome::Unchanged(stack)),
                Prepared::Adjusted(stack) => return Ok(Outcome::Updated(stack)),
                Prepared::Ready(ready) => {
                    let proposal =
                        Proposal { desired, observed: ready.observed.as_ref(), change_set: &ready.change_set };
                    match review(proposal) {
                        Decision::Proceed => {}
                        Decision::Leave => return Ok(Outcome::Left(ready.change_set)),
                        Decision::Decline => {
                            self.discard(desired, &ready).await?;
                            return Err(StackError::Declined { stack: desired.name.clone() });
                        }
                    }
                    if let Some(outcome) = self.execute(desired, &ready).await? {
                        return Ok(outcome);
                    }
                }
                Prepared::LookAgain => {}
            }
            observed = self.observe(&desired.name, &desired.template).await?;
        }
        Err(StackError::Contended { stack: desired.name.clone(), attempts: ATTEMPTS })
    }
}
