//! What is to be done with a stack. Pure: every status has its move, and the executor takes no decision.

use jiff::Timestamp;

use super::desired::Desired;
use super::error::StackError;
use crate::aws::cloudformation::{
    ChangeSet, ChangeSetStatus, ExecutionStatus, Protection, Stack, StackStatus, Standing,
};
use crate::pipeline::{Owner, PIPELINE_TAG};

/// A stack as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The stack.
    pub stack: Stack,
    /// Its template, unless nothing was ever created or an operation is under way.
    pub template: Option<String>,
}

/// The next move towards what is desired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Nothing is to be done.
    Nothing,
    /// Only the protection differs.
    Protect(Protection),
    /// The stack is created by a change set.
    Create,
    /// The stack is changed by a change set.
    Update,
    /// The stack is deleted first, because its first creation failed and nothing else is possible.
    ReplaceFailedCreation,
    /// Another operation is under way and has to end first.
    Wait {
        /// What is under way.
        status: StackStatus,
        /// Since when, as far as CloudFormation tells.
        since: Option<Timestamp>,
    },
    /// The rollback of an earlier update failed and is continued first.
    ContinueRollback,
    /// Nothing is done, because a person has to decide.
    Refuse(Refusal),
}

/// Why nothing is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The stack belongs to another pipeline.
    Foreign {
        /// The pipeline that the stack's tag names.
        pipeline: String,
    },
    /// A deletion or the rollback of an import failed.
    Broken {
        /// The status that it left.
        status: StackStatus,
    },
}

/// Decides on the next move.
pub fn plan(desired: &Desired, observed: Option<&Observed>) -> Plan {
    let Some(Observed { stack, template }) = observed else { return Plan::Create };
    if let Some(pipeline) = foreign_owner(stack, desired.owner.as_ref()) {
        return Plan::Refuse(Refusal::Foreign { pipeline: pipeline.to_owned() });
    }
    match stack.status.standing() {
        Standing::Gone | Standing::Reserved => Plan::Create,
        Standing::NeverCreated => Plan::ReplaceFailedCreation,
        Standing::Busy => Plan::Wait { status: stack.status, since: stack.touched() },
        Standing::RollbackFailed => Plan::ContinueRollback,
        Standing::Broken => Plan::Refuse(Refusal::Broken { status: stack.status }),
        // The template of a failed update is on record although its resources are not what it says.
        Standing::Usable if stack.status == StackStatus::UpdateFailed => Plan::Update,
        Standing::Usable if !desired.matches(stack, template.as_deref()) => Plan::Update,
        Standing::Usable => protection(desired, stack),
    }
}

/// What is left to do for a stack whose change set turned out to be empty, or has been executed.
pub fn protection(desired: &Desired, stack: &Stack) -> Plan {
    match desired.protection {
        Some(protection) if protection != stack.protection => Plan::Protect(protection),
        _ => Plan::Nothing,
    }
}

/// The other pipeline that a stack belongs to, if any.
fn foreign_owner<'a>(stack: &'a Stack, owner: Option<&Owner>) -> Option<&'a str> {
    let tagged = stack.tags.get(PIPELINE_TAG)?;
    let Ok(other) = tagged.parse();
    owner.is_some_and(|owner| !owner.may_be(&other)).then_some(tagged)
}

/// Refuses a stack of another pipeline.
pub fn check_owner(stack: &Stack, owner: Option<&Owner>) -> Result<(), StackError> {
    match foreign_owner(stack, owner) {
        Some(pipeline) => Err(StackError::Foreign { stack: stack.name.clone(), pipeline: pipeline.to_owned() }),
        None => Ok(()),
    }
}

/// The next move with a change set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeSetMove {
    /// There is none: it is created.
    Create,
    /// It is being created or deleted: this has to end first.
    Wait,
    /// It can be shown and executed.
    Ready,
    /// It is being executed: the operation is followed to its end.
    Follow,
    /// It was executed, and the stack is looked at again.
    LookAgain,
    /// It contains no change and is deleted.
    Empty,
    /// It cannot be used and is deleted; then the stack is looked at again.
    Discard,
    /// It was refused.
    Fail,
}

/// Whether a change set was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Left by an earlier attempt, or made by someone else.
    Found,
    /// Made just now.
    Made,
}

/// Decides on the next move with a change set.
pub fn change_set_move(change_set: Option<&ChangeSet>, origin: Origin) -> ChangeSetMove {
    let Some(change_set) = change_set else { return ChangeSetMove::Create };
    match (change_set.status, change_set.execution) {
        (ChangeSetStatus::Creating | ChangeSetStatus::Deleting, _) => ChangeSetMove::Wait,
        (ChangeSetStatus::Created, ExecutionStatus::Available) => ChangeSetMove::Ready,
        (ChangeSetStatus::Created, ExecutionStatus::InProgress) => ChangeSetMove::Follow,
        (ChangeSetStatus::Created, ExecutionStatus::Complete | ExecutionStatus::Failed) => ChangeSetMove::LookAgain,
        (ChangeSetStatus::Created, ExecutionStatus::Obsolete | ExecutionStatus::Unavailable) => ChangeSetMove::Discard,
        (ChangeSetStatus::Deleted, _) => ChangeSetMove::Create,
        (ChangeSetStatus::DeleteFailed, _) => ChangeSetMove::Discard,
        (ChangeSetStatus::Failed, _) if change_set.is_empty() => ChangeSetMove::Empty,
        (ChangeSetStatus::Failed, _) => match origin {
            Origin::Found => ChangeSetMove::Discard,
            Origin::Made => ChangeSetMove::Fail,
        },
    }
}
