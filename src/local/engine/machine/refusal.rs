//! Why an event is refused.

use super::ExecutionId;

/// Why an event is refused; nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such execution.
    #[error("Pipeline execution with execution id '{execution}' does not exist in pipeline with name '{pipeline}'")]
    NoExecution {
        /// The pipeline.
        pipeline: String,
        /// The execution.
        execution: ExecutionId,
    },
    /// There is no such stage.
    #[error("Stage with name '{stage}' does not exist in pipeline with name '{pipeline}'")]
    NoStage {
        /// The pipeline.
        pipeline: String,
        /// The stage.
        stage: String,
    },
    /// There is no such action.
    #[error("Action with name '{action}' does not exist in stage '{stage}' of pipeline '{pipeline}'")]
    NoAction {
        /// The pipeline.
        pipeline: String,
        /// The stage.
        stage: String,
        /// The action.
        action: String,
    },
    /// The execution has ended.
    #[error("Unable to stop pipeline execution. Execution '{execution}' of pipeline '{pipeline}' is not in progress")]
    NotStoppable {
        /// The pipeline.
        pipeline: String,
        /// The execution.
        execution: ExecutionId,
    },
    /// The execution is stopping already.
    #[error("Pipeline execution '{execution}' has already been requested to be stopped")]
    AlreadyStopping {
        /// The execution.
        execution: ExecutionId,
    },
    /// The stage cannot be retried.
    #[error(
        "Unable to retry. Stage '{stage}' can't be retried because the pipeline structure or stage state changed after \
         the stage was not completed; the stage contains no failed actions; one or more actions are still in progress; \
         or another retry attempt is already in progress"
    )]
    NotRetryable {
        /// The stage.
        stage: String,
    },
    /// A newer execution was in the stage.
    #[error(
        "Unable to retry. Execution '{execution}' is not the latest execution that was processed in stage '{stage}'"
    )]
    NotLatest {
        /// The execution.
        execution: ExecutionId,
        /// The stage.
        stage: String,
    },
    /// The stage cannot be rolled back.
    #[error("Unable to roll back stage '{stage}': {why}")]
    NoRollback {
        /// The stage.
        stage: String,
        /// Why.
        why: String,
    },
    /// The execution is of another version of the pipeline.
    #[error("Execution '{execution}' was started in another version of the pipeline's structure")]
    Outdated {
        /// The execution.
        execution: ExecutionId,
    },
    /// Too many executions.
    #[error("The pipeline has reached the limit of {limit} concurrent executions")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// The token is not the one of the approval.
    #[error("Invalid approval token. The token does not match the one of the approval request")]
    WrongToken,
    /// The approval was answered already.
    #[error("The approval action has already been approved or rejected")]
    AlreadyAnswered,
    /// A value of the request is not allowed.
    #[error("{0}")]
    Invalid(String),
}

impl Refusal {
    /// The service's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoExecution { .. } => "PipelineExecutionNotFoundException",
            Self::NoStage { .. } => "StageNotFoundException",
            Self::NoAction { .. } => "ActionNotFoundException",
            Self::NotStoppable { .. } => "PipelineExecutionNotStoppableException",
            Self::AlreadyStopping { .. } => "DuplicatedStopRequestException",
            Self::NotRetryable { .. } => "StageNotRetryableException",
            Self::NotLatest { .. } => "NotLatestPipelineExecutionException",
            Self::NoRollback { .. } => "UnableToRollbackStageException",
            Self::Outdated { .. } => "PipelineExecutionOutdatedException",
            Self::TooMany { .. } => "ConcurrentPipelineExecutionsLimitExceededException",
            Self::WrongToken => "InvalidApprovalTokenException",
            Self::AlreadyAnswered => "ApprovalAlreadyCompletedException",
            Self::Invalid(_) => "ValidationException",
        }
    }
}
