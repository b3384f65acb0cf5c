//! The status of a stack, and what it allows.

use std::fmt;
use std::str::FromStr;

use crate::event::Sentiment;

/// Where a stack stands: what can be done with it next follows from this, not from its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing exists under the name any more.
    Gone,
    /// A name reserved by a change set; nothing was ever created.
    Reserved,
    /// The first creation failed: the stack can only be deleted.
    NeverCreated,
    /// The stack exists and can be updated.
    Usable,
    /// An operation is under way.
    Busy,
    /// The rollback of an update failed: it has to be continued before anything else.
    RollbackFailed,
    /// Someone has to look at it: a deletion or the rollback of an import failed.
    Broken,
}

macro_rules! statuses {
    ($($(#[$documentation:meta])* $name:ident $text:literal $standing:ident $sentiment:ident;)*) => {
        /// The status of a stack (`StackStatus` of CloudFormation, all 23 of them).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum StackStatus {
            $($(#[$documentation])* $name,)*
        }

        impl StackStatus {
            /// All statuses.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The status as CloudFormation writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// What can be done with a stack of this status.
            pub fn standing(self) -> Standing {
                match self {
                    $(Self::$name => Standing::$standing,)*
                }
            }

            /// How the status is to be felt.
            pub fn sentiment(self) -> Sentiment {
                match self {
                    $(Self::$name => Sentiment::$sentiment,)*
                }
            }
        }

        impl FromStr for StackStatus {
            type Err = UnknownStatus;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$name),)*
                    _ => Err(UnknownStatus(text.to_owned())),
                }
            }
        }
    };
}

/// A text that is no status known here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no status of a stack that pipectl knows")]
pub struct UnknownStatus(String);

statuses! {
    /// The first creation goes on.
    CreateInProgress "CREATE_IN_PROGRESS" Busy Neutral;
    /// The first creation failed and was not rolled back.
    CreateFailed "CREATE_FAILED" NeverCreated Bad;
    /// Created.
    CreateComplete "CREATE_COMPLETE" Usable Good;
    /// The first creation failed and is rolled back.
    RollbackInProgress "ROLLBACK_IN_PROGRESS" Busy Bad;
    /// The first creation failed, and so did its rollback.
    RollbackFailed "ROLLBACK_FAILED" NeverCreated Bad;
    /// The first creation failed and was rolled back.
    RollbackComplete "ROLLBACK_COMPLETE" NeverCreated Bad;
    /// The deletion goes on.
    DeleteInProgress "DELETE_IN_PROGRESS" Busy Neutral;
    /// The deletion failed.
    DeleteFailed "DELETE_FAILED" Broken Bad;
    /// Deleted.
    DeleteComplete "DELETE_COMPLETE" Gone Good;
    /// A change set waits for its execution; there is no resource.
    ReviewInProgress "REVIEW_IN_PROGRESS" Reserved Neutral;
    /// An update goes on.
    UpdateInProgress "UPDATE_IN_PROGRESS" Busy Neutral;
    /// An update succeeded, and what it replaced is removed.
    UpdateCompleteCleanupInProgress "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" Busy Neutral;
    /// Updated.
    UpdateComplete "UPDATE_COMPLETE" Usable Good;
    /// An update failed and was not rolled back.
    UpdateFailed "UPDATE_FAILED" Usable Bad;
    /// An update failed and is rolled back.
    UpdateRollbackInProgress "UPDATE_ROLLBACK_IN_PROGRESS" Busy Bad;
    /// An update failed, and so did its rollback.
    UpdateRollbackFailed "UPDATE_ROLLBACK_FAILED" RollbackFailed Bad;
    /// An update failed and was rolled back, and what it added is removed.
    UpdateRollbackCompleteCleanupInProgress "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS" Busy Bad;
    /// An update failed and was rolled back.
    UpdateRollbackComplete "UPDATE_ROLLBACK_COMPLETE" Usable Bad;
    /// An import goes on.
    ImportInProgress "IMPORT_IN_PROGRESS" Busy Neutral;
    /// Resources were imported.
    ImportComplete "IMPORT_COMPLETE" Usable Good;
    /// An import failed and is rolled back.
    ImportRollbackInProgress "IMPORT_ROLLBACK_IN_PROGRESS" Busy Bad;
    /// An import failed, and so did its rollback.
    ImportRollbackFailed "IMPORT_ROLLBACK_FAILED" Broken Bad;
    /// An import failed and was rolled back.
    ImportRollbackComplete "IMPORT_ROLLBACK_COMPLETE" Usable Bad;
}

impl StackStatus {
    /// Tells whether no operation is under way.
    pub fn is_settled(self) -> bool {
        self.standing() != Standing::Busy
    }
}

impl fmt::Display for StackStatus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_known_by_its_text() {
        assert_eq!(StackStatus::ALL.len(), 23);
        for status in StackStatus::ALL {
            assert_eq!(status.as_str().parse(), Ok(*status));
        }
        assert!("UPDATE_IN_PEACE".parse::<StackStatus>().is_err());
    }

    #[test]
    fn what_is_in_progress_is_not_settled_but_a_review_is() {
        for status in StackStatus::ALL {
            let in_progress = status.as_str().ends_with("_IN_PROGRESS") && *status != StackStatus::ReviewInProgress;
            assert_eq!(status.is_settled(), !in_progress, "{status}");
        }
    }

    #[test]
    fn what_failed_or_was_rolled_back_feels_bad() {
        for status in StackStatus::ALL {
            let is_bad = status.as_str().contains("FAILED") || status.as_str().contains("ROLLBACK");
            assert_eq!(status.sentiment() == Sentiment::Bad, is_bad, "{status}");
        }
    }
}
