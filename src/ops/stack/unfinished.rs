//! Stacks that were never created as a whole: no change set can mend them, and deleting them loses nothing.
//!
//! Used by the guard before a stage's change sets, by UpdatePipeline for the pipeline's own account, by `retry` from a
//! laptop, and by a deployment of a stack of the pipeline's own.

use super::error::StackError;
use super::{Deployer, check_owner};
use crate::aws::cloudformation::{Stack, Standing};
use crate::pipeline::Owner;

/// Which stacks count as unfinished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfinished {
    /// Those whose first creation failed.
    Failed,
    /// Those, too, that have got no further than a change set, which nobody is going to execute any more.
    FailedOrReserved,
}

/// What became of a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// It is not unfinished, and stays.
    Kept,
    /// It was deleted.
    Deleted,
}

impl Unfinished {
    /// Tells whether a stack that stands so counts.
    fn counts(self, standing: Standing) -> bool {
        match standing {
            Standing::NeverCreated => true,
            Standing::Reserved => self == Self::FailedOrReserved,
            Standing::Gone | Standing::Usable | Standing::Busy | Standing::RollbackFailed | Standing::Broken => false,
        }
    }
}

impl Deployer {
    /// Deletes a stack if it is unfinished. It is refused if it belongs to another pipeline than `owner`. `role` is the
    /// one that its next creation will be given; without it, the stack's own is used.
    pub async fn delete_unfinished(
        &self,
        stack: &Stack,
        unfinished: Unfinished,
        owner: Option<&Owner>,
        role: Option<&str>,
    ) -> Result<Removal, StackError> {
        if !unfinished.counts(stack.status.standing()) {
            return Ok(Removal::Kept);
        }
        check_owner(stack, owner)?;
        let (name, status) = (&stack.name, stack.status);
        self.events.step(format!("deleting stack `{name}`, which is in {status} and was never created as a whole"));
        self.delete(stack, role).await?;
        Ok(Removal::Deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::cloudformation::StackStatus;

    #[test]
    fn a_stack_is_unfinished_until_its_first_creation_is_complete() {
        let counting = |unfinished: Unfinished| -> Vec<&str> {
            let statuses = StackStatus::ALL.iter().filter(|status| unfinished.counts(status.standing()));
            statuses.map(|status| status.as_str()).collect()
        };
        assert_eq!(counting(Unfinished::Failed), ["CREATE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE"]);
        assert_eq!(
            counting(Unfinished::FailedOrReserved),
            ["CREATE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"]
        );
    }
}
