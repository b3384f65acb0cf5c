//! After a pipeline changed itself: exactly one new execution runs, and the own one ends.
//!
//! There is nothing to remember: an execution that began before the last update of the pipeline and its stack is stale,
//! whoever made that update, and however often this is asked. A newer execution makes it superfluous; where none came by itself, one is
//! started with a token that follows from the update, so that asking twice starts one. The new execution began after the
//! update, so that it is never stale for the same reason: a pipeline does not restart in circles.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{DeployError, Request};
use crate::aws::cloudformation::Stack;
use crate::aws::codepipeline::{Execution, StopMode};
use crate::id::ExecutionId;

/// For how many looks an execution is waited for that comes by itself.
const LOOKS: u32 = 15;

/// How many executions are looked through.
const RECENT: usize = 100;

/// What became of the execution that changed its pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Restart {
    /// It goes on: the pipeline is what it began with.
    NotNeeded,
    /// It ends, and this one runs instead.
    ReplacedBy(ExecutionId),
}

/// Sees to it that the newest state of the pipeline is executed.
pub(super) async fn restart(request: &Request<'_>, stack: &Stack, own: &ExecutionId) -> Result<Restart, DeployError> {
    let pipeline = &request.subject.definition.name;
    let Some(updated) = stack.updated else { return Ok(Restart::NotNeeded) };
    // The stack tells when its update began; the pipeline itself, which changes meanwhile, tells when it was changed.
    let changed = request.aws.pipeline_structure(pipeline).await?.updated;
    let updated = changed.map_or(updated, |changed| changed.max(updated));
    let executions = request.aws.executions(pipeline, RECENT).await?;
    if !is_stale(&executions, own, updated) {
        return Ok(Restart::NotNeeded);
    }
    request.events.step("waiting for the execution that follows the change");
    let newer = match wait(request, own, updated).await? {
        Some(newer) => newer,
        None => {
            let token = token(stack, updated);
            request.aws.start_execution(pipeline, &BTreeMap::new(), &token).await.map_err(DeployError::NotRestarted)?
        }
    };
    request.events.done(format!("execution `{newer}` takes over with the changed pipeline"));
    let reason = format!("the pipeline changed; {newer} takes over");
    match request.aws.stop_execution(pipeline, own, StopMode::Finish, &reason).await {
        // It has been stopped or superseded already.
        Err(error) if is_over(&error) => {}
        answer => answer?,
    }
    Ok(Restart::ReplacedBy(newer))
}

/// Waits for an execution that began after the update.
async fn wait(
    request: &Request<'_>,
    own: &ExecutionId,
    updated: Timestamp,
) -> Result<Option<ExecutionId>, DeployError> {
    let began = Instant::now();
    let limit: Duration = request.pace.interval * LOOKS;
    loop {
        let executions = request.aws.executions(&request.subject.definition.name, RECENT).await?;
        if let Some(newer) = newer(&executions, own, updated) {
            return Ok(Some(newer.id.clone()));
        }
        if began.elapsed() > limit {
            return Ok(None);
        }
        tokio::time::sleep(request.pace.interval).await;
    }
}

/// Tells whether an execution began before the pipeline was updated.
fn is_stale(executions: &[Execution], own: &ExecutionId, updated: Timestamp) -> bool {
    executions
        .iter()
        .find(|known| known.id == *own)
        .and_then(|known| known.started)
        .is_some_and(|began| began < updated)
}

/// The newest execution that began after the update.
fn newer<'a>(executions: &'a [Execution], own: &ExecutionId, updated: Timestamp) -> Option<&'a Execution> {
    executions
        .iter()
        // A roll-back takes one stage back, and deploys nothing of the new source.
        .filter(|execution| execution.id != *own && execution.rollback().is_none())
        .filter(|execution| execution.started.is_some_and(|began| began >= updated))
        .max_by_key(|execution| execution.started)
}

/// The token of the execution that follows an update: 1 to 128 letters, digits and hyphens.
fn token(stack: &Stack, updated: Timestamp) -> String {
    let text = format!("{} {updated}", stack.id);
    let digest = <sha2::Sha256 as sha2::Digest>::digest(text.as_bytes());
    format!("pipectl-{}", &hex::encode(digest)[..32])
}

fn is_over(error: &crate::aws::Error) -> bool {
    matches!(
        error.code(),
        Some(
            "PipelineExecutionNotStoppableException"
                | "DuplicatedStopRequestException"
                | "PipelineExecutionNotFoundException"
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::codepipeline::{ExecutionKind, ExecutionStatus, Rollback, RollbackCause};

    fn execution(id: &str, began: i64) -> Execution {
        Execution {
            id: id.parse().unwrap(),
            kind: ExecutionKind::Standard,
            status: ExecutionStatus::InProgress,
            summary: None,
            started: Some(Timestamp::from_second(began).unwrap()),
            updated: None,
            revisions: Vec::new(),
            trigger: None,
            stop_reason: None,
        }
    }

    #[test]
    fn an_execution_is_stale_once_the_pipeline_is_newer() {
        let own = "00000000-0000-4000-8000-000000000001";
        let other = "00000000-0000-4000-8000-000000000002";
        let executions = [execution(own, 10), execution(other, 30)];
        let (own, other): (ExecutionId, ExecutionId) = (own.parse().unwrap(), other.parse().unwrap());
        let updated = |second| Timestamp::from_second(second).unwrap();
        assert!(is_stale(&executions, &own, updated(20)));
        assert!(!is_stale(&executions, &other, updated(20)));
        assert_eq!(newer(&executions, &own, updated(20)).map(|found| &found.id), Some(&other));
        assert_eq!(newer(&executions, &own, updated(40)), None);
        // The one that took over does not hand over again.
        assert_eq!(newer(&executions, &other, updated(20)), None);
    }

    #[test]
    fn a_roll_back_does_not_take_over() {
        let (own, other) = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002");
        let mut executions = [execution(own, 10), execution(other, 30)];
        executions[1].kind = ExecutionKind::Rollback(Rollback { target: None, cause: RollbackCause::Asked });
        assert_eq!(newer(&executions, &own.parse().unwrap(), Timestamp::from_second(20).unwrap()), None);
    }
}
