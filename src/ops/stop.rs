//! `stop`: end an execution before it comes to its end by itself.

use serde::Serialize;

use super::subject::{Subject, SubjectError};
use crate::aws::codepipeline::{Execution, ExecutionStatus, StopMode};
use crate::aws::{self};
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{ExecutionId, PipelineName};
use crate::text;

/// How many executions are looked through for those under way.
const LOOK_BACK: usize = 100;

/// What was done. Its JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stopped {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The execution.
    pub execution: ExecutionId,
    /// What becomes of its actions under way.
    pub mode: StopMode,
}

/// Why no execution was stopped.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// Nothing is under way.
    #[error("no execution of pipeline `{0}` is under way")]
    NothingRuns(PipelineName),
    /// The one that is named came to its end.
    #[error("execution `{execution}` is over: {status}")]
    Over {
        /// The execution.
        execution: ExecutionId,
        /// How it ended.
        status: ExecutionStatus,
    },
    /// Several are under way, and none was named.
    #[error("several executions of pipeline `{pipeline}` are under way")]
    Several {
        /// The pipeline.
        pipeline: PipelineName,
        /// The commands that stop one of them.
        commands: Vec<String>,
    },
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl Explain for StopError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NothingRuns(_) | Self::Over { .. } | Self::Several { .. } => FailureKind::Usage,
            Self::Subject(error) => error.kind(),
            Self::Aws(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NothingRuns(_) | Self::Over { .. } => {
                vec!["`pipectl status` shows where the pipeline is".to_owned()]
            }
            Self::Several { commands, .. } => vec![text::list(commands)],
            Self::Subject(error) => error.hints(),
            Self::Aws(error) => error.hints(),
        }
    }
}

/// Stops the execution that is named, or the only one that is under way. One that is being stopped already stays so.
pub async fn stop(
    subject: &Subject,
    named: Option<&ExecutionId>,
    mode: StopMode,
    reason: &str,
) -> Result<Stopped, StopError> {
    let execution = match named {
        Some(named) => subject.execution(Some(named)).await?,
        None => only(subject, subject.executions(LOOK_BACK).await?)?,
    };
    if execution.status.is_settled() {
        return Err(StopError::Over { execution: execution.id, status: execution.status });
    }
    match subject.aws.stop_execution(&subject.name, &execution.id, mode, reason).await {
        Err(error) if error.code() == Some("DuplicatedStopRequestException") => {}
        // It came to its end meanwhile.
        Err(error) if error.code() == Some("PipelineExecutionNotStoppableException") => {
            let now = subject.execution(Some(&execution.id)).await?;
            return Err(match now.status.is_settled() {
                true => StopError::Over { execution: now.id, status: now.status },
                false => error.into(),
            });
        }
        answer => answer?,
    }
    Ok(Stopped { pipeline: subject.name.clone(), execution: execution.id, mode })
}

/// The only execution that is under way.
fn only(subject: &Subject, mut executions: Vec<Execution>) -> Result<Execution, StopError> {
    executions.retain(|execution| !execution.status.is_settled());
    match executions.len() {
        0 | 1 => executions.pop().ok_or_else(|| StopError::NothingRuns(subject.name.clone())),
        _ => Err(StopError::Several {
            pipeline: subject.name.clone(),
            commands: executions
                .iter()
                .map(|execution| subject.invocation.command(&format!("stop --execution {}", execution.id)))
                .collect(),
        }),
    }
}
