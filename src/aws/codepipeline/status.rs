//! The statuses of CodePipeline.

use crate::event::Sentiment;

/// Defines a status with the words of the service; a word that is not known is kept.
macro_rules! status {
    (
        $(#[$documentation:meta])* $name:ident,
        $($(#[$meaning:meta])* $variant:ident = $word:literal ($settled:literal, $sentiment:ident)),+ $(,)?
    ) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$meaning])* $variant,)+
            /// A word that this version of pipectl does not know.
            Other(String),
        }

        impl $name {
            /// The service's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }

            /// Tells whether the status changes no more by itself. An unknown one is taken to be under way.
            pub fn is_settled(&self) -> bool {
                match self {
                    $(Self::$variant => $settled,)+
                    Self::Other(_) => false,
                }
            }

            /// Tells how the status is to be felt.
            pub fn sentiment(&self) -> Sentiment {
                match self {
                    $(Self::$variant => Sentiment::$sentiment,)+
                    Self::Other(_) => Sentiment::Neutral,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

status! {
    /// The status of an execution (`PipelineExecutionStatus`).
    ExecutionStatus,
    /// It runs, or waits for an approval or for a stage to become free.
    InProgress = "InProgress" (false, Neutral),
    /// It is being stopped; actions under way are finished or abandoned.
    Stopping = "Stopping" (false, Neutral),
    /// It was stopped by someone, or by the update of its pipeline.
    Stopped = "Stopped" (true, Bad),
    /// All stages succeeded.
    Succeeded = "Succeeded" (true, Good),
    /// A newer execution overtook it while it waited.
    Superseded = "Superseded" (true, Neutral),
    /// The pipeline was updated while it ran.
    Cancelled = "Cancelled" (true, Bad),
    /// An action failed.
    Failed = "Failed" (true, Bad),
}

status! {
    /// The status of an execution within a stage (`StageExecutionStatus`).
    StageStatus,
    /// Its actions run, or wait for an approval.
    InProgress = "InProgress" (false, Neutral),
    /// Its execution is being stopped.
    Stopping = "Stopping" (false, Neutral),
    /// Its execution was stopped.
    Stopped = "Stopped" (true, Bad),
    /// All its actions succeeded.
    Succeeded = "Succeeded" (true, Good),
    /// The pipeline was updated while it ran.
    Cancelled = "Cancelled" (true, Bad),
    /// An action failed.
    Failed = "Failed" (true, Bad),
    /// A condition of the stage let the execution pass it by.
    Skipped = "Skipped" (true, Neutral),
}

status! {
    /// The status of an action (`ActionExecutionStatus`).
    ActionStatus,
    /// It runs, or waits for an approval.
    InProgress = "InProgress" (false, Neutral),
    /// Its execution was stopped without waiting for it.
    Abandoned = "Abandoned" (true, Bad),
    /// It succeeded.
    Succeeded = "Succeeded" (true, Good),
    /// It failed.
    Failed = "Failed" (true, Bad),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back_as_they_were() {
        for word in
            ["InProgress", "Stopping", "Stopped", "Succeeded", "Superseded", "Cancelled", "Failed", "Hibernating"]
        {
            assert_eq!(ExecutionStatus::from(word).to_string(), word);
        }
    }

    #[test]
    fn an_unknown_word_is_under_way() {
        let status = ActionStatus::from("Hibernating");
        assert_eq!(status, ActionStatus::Other("Hibernating".to_owned()));
        assert!(!status.is_settled());
        assert_eq!(status.sentiment(), Sentiment::Neutral);
    }

    #[test]
    fn only_success_is_good() {
        assert_eq!(ExecutionStatus::Succeeded.sentiment(), Sentiment::Good);
        assert_eq!(ExecutionStatus::Superseded.sentiment(), Sentiment::Neutral);
        assert_eq!(ExecutionStatus::Cancelled.sentiment(), Sentiment::Bad);
        assert!(ExecutionStatus::Cancelled.is_settled());
        assert!(!ExecutionStatus::Stopping.is_settled());
    }
}
