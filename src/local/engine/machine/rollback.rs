//! Rolling a stage back: a new execution runs it alone, with the artifacts and variables of an earlier one that succeeded
//! in it ("Configuring stage rollback", CodePipeline user guide).

use jiff::Timestamp;

use super::execution::ExecutionKind;
use super::identity::rollback_id;
use super::{
    Command, Execution, ExecutionId, ExecutionStatus, Machine, Place, Refusal, StageStatus, StartTrigger, TriggerKind,
};
use crate::local::engine::structure::ExecutionMode;

impl Machine {
    /// Rolls a stage back, because an execution failed in it. Nothing happens if nothing succeeded in it before.
    pub(super) fn roll_back(&mut self, failed: &ExecutionId, stage: &str, at: Timestamp) {
        let target = self
            .executions
            .iter()
            .filter(|execution| execution.id != *failed && self.check_target(execution, stage).is_ok())
            .max_by_key(|execution| execution.stage(stage).map(|run| run.beginning))
            .map(|execution| execution.id.clone());
        let note = match target {
            Some(target) => {
                let id = rollback_id(failed, self.begin_next());
                let detail = serde_json::json!({ "FailedPipelineExecutionId": failed }).to_string();
                let trigger = StartTrigger { kind: TriggerKind::AutomatedRollback, detail };
                self.start_rollback(&target, stage, id.clone(), trigger, at);
                format!("stage {stage} is rolled back by execution {id}")
            }
            None => {
                format!("stage {stage} cannot be rolled back: no execution succeeded in it since the pipeline changed")
            }
        };
        if let Some(execution) = self.execution_mut(failed) {
            execution.status_summary = Some(note);
        }
    }

    /// Rolls a stage back to an execution that somebody chose.
    pub fn roll_back_to(
        &mut self,
        target: &ExecutionId,
        stage: &str,
        id: ExecutionId,
        by: String,
        at: Timestamp,
    ) -> Result<Vec<Command>, Refusal> {
        self.check_stage(stage)?;
        let unable = |why: &str| Refusal::NoRollback { stage: stage.to_owned(), why: why.to_owned() };
        let pipeline = self.structure().name.clone();
        let Some(execution) = self.execution(target) else {
            return Err(Refusal::NoExecution { pipeline, execution: target.clone() });
        };
        if self.structure().execution_mode == ExecutionMode::Parallel {
            return Err(unable("executions of the pipeline are parallel"));
        }
        if self.structure().stages.first().is_some_and(|first| first.name == stage) {
            return Err(unable("a source stage cannot be rolled back"));
        }
        self.check_target(execution, stage)?;
        let latest = self.executions.iter().filter_map(|execution| execution.stage(stage));
        match latest.max_by_key(|run| run.beginning).map(|run| run.status) {
            Some(StageStatus::InProgress | StageStatus::Stopping) => Err(unable("an execution is in it")),
            Some(StageStatus::Skipped) => Err(unable("it was skipped")),
            _ => {
                let trigger = StartTrigger { kind: TriggerKind::ManualRollback, detail: by };
                self.start_rollback(target, stage, id, trigger, at);
                Ok(self.advance(at))
            }
        }
    }

    /// Tells whether a stage can be taken back to an execution.
    fn check_target(&self, target: &Execution, stage: &str) -> Result<(), Refusal> {
        let unable = |why: &str| Refusal::NoRollback { stage: stage.to_owned(), why: why.to_owned() };
        if target.kind != ExecutionKind::Standard {
            return Err(unable("the target is a roll-back itself"));
        }
        if target.stage(stage).is_none_or(|run| run.status != StageStatus::Succeeded) {
            return Err(unable("the target did not succeed in it"));
        }
        if target.started_in != self.structure().version {
            return Err(Refusal::Outdated { execution: target.id.clone() });
        }
        Ok(())
    }

    fn start_rollback(
        &mut self,
        target: &ExecutionId,
        stage: &str,
        id: ExecutionId,
        trigger: StartTrigger,
        at: Timestamp,
    ) {
        let number = self.begin_next();
        let (version, mode) = (self.structure().version, self.structure().execution_mode);
        let Some(earlier) = self.execution(target).cloned() else { return };
        self.forget();
        self.executions.push(Execution {
            id,
            kind: ExecutionKind::Rollback { target: target.clone() },
            number,
            started_in: version,
            version,
            mode,
            status: ExecutionStatus::InProgress,
            status_summary: None,
            place: Place::Before(stage.to_owned()),
            trigger,
            client_token: None,
            started: at,
            updated: at,
            stop: None,
            stages: Vec::new(),
            ..earlier
        });
    }
}
