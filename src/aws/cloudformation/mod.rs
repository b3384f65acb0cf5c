//! CloudFormation: stacks, change sets and events.

mod change_set;
mod event;
mod stack;
mod stack_change;
mod status;

pub use change_set::{
    ChangeAction, ChangeSet, ChangeSetKind, ChangeSetRequest, ChangeSetStatus, ExecutionStatus, ExistingResources,
    ListedChangeSet, Replacement, ResourceChange, TemplateSource, says_nothing_changes,
};
pub use event::{ResourceStatus, StackEvent};
pub use stack::{Parameter, Protection, Stack, StackResource};
pub use stack_change::{StackRequest, StackUpdate};
pub use status::{StackStatus, Standing};

use aws_sdk_cloudformation::types;

use super::{Aws, Error};
use crate::cfn::Capability;

impl Aws {
    fn cloudformation(&self) -> aws_sdk_cloudformation::Client {
        aws_sdk_cloudformation::Client::new(self.config())
    }
}

fn sdk_capability(capability: Capability) -> types::Capability {
    types::Capability::from(capability.as_str())
}

fn capability(capability: &types::Capability) -> Option<Capability> {
    Capability::ALL.into_iter().find(|known| known.as_str() == capability.as_str())
}

impl Error {
    /// Tells whether a call was refused because the stack is not there.
    fn is_missing_stack(&self) -> bool {
        self.code() == Some("ValidationError") && self.message().is_some_and(|text| text.contains("does not exist"))
    }

    /// Tells whether a call was refused because the change set is not there (any more).
    pub fn is_missing_change_set(&self) -> bool {
        matches!(self.code(), Some("ChangeSetNotFound" | "ChangeSetNotFoundException"))
    }

    /// Tells whether a call was refused because the same call has been made before: by this process, whose answer got
    /// lost, or by another one.
    pub fn is_repeated(&self) -> bool {
        matches!(
            self.code(),
            Some(
                "AlreadyExistsException"
                    | "TokenAlreadyExistsException"
                    | "NameAlreadyExistsException"
                    | "OperationInProgressException"
            )
        )
    }

    /// Tells whether a change set can no longer be executed or deleted in the state it is in.
    pub fn is_invalid_change_set_status(&self) -> bool {
        matches!(self.code(), Some("InvalidChangeSetStatus" | "InvalidChangeSetStatusException"))
    }

    /// Tells whether a stack was busy with another operation.
    pub fn is_busy_stack(&self) -> bool {
        self.code() == Some("ValidationError") && self.message().is_some_and(|text| text.contains("_IN_PROGRESS state"))
    }
}
