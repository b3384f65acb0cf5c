//! The state of a pipeline whose executions run in parallel. Pure.
//!
//! The service tells no state of stages for such a pipeline, because each stage may hold several executions. What one
//! execution does is put together from its structure and its runs of actions; the token of a waiting approval is then
//! the provider's id of the run.

use crate::aws::codepipeline::{
    ActionExecution, ActionRun, ActionState, ActionStatus, PipelineState, Provider, Retries, RuleExecution, StageRun,
    StageState, StageStatus, StageStructure, Structure, Transition,
};
use crate::id::ExecutionId;

/// The service's word for the mode.
const PARALLEL: &str = "PARALLEL";

/// Whether a pipeline's executions run in parallel.
pub fn is_parallel(structure: &Structure) -> bool {
    structure.execution_mode.as_deref() == Some(PARALLEL)
}

/// Puts together what one execution does. The runs are the oldest first.
pub fn state_of(structure: &Structure, execution: &ExecutionId, runs: &[ActionExecution]) -> PipelineState {
    PipelineState {
        version: structure.version,
        stages: structure.stages.iter().map(|stage| stage_state(stage, execution, runs)).collect(),
        updated: None,
    }
}

/// Takes the last looks at rules in the execution into account: while one goes on, its stage does, and when one has
/// failed, so has its stage, though none of its actions need have run.
pub fn heed_rules(state: &mut PipelineState, execution: &ExecutionId, looks: &[&RuleExecution]) {
    for stage in &mut state.stages {
        let has = |status: &ActionStatus| looks.iter().any(|look| look.stage == stage.name && look.status == *status);
        let status = match (has(&ActionStatus::InProgress), has(&ActionStatus::Failed)) {
            (true, _) => StageStatus::InProgress,
            (false, true) => StageStatus::Failed,
            (false, false) => continue,
        };
        stage.latest = Some(StageRun { execution: execution.clone(), status });
    }
}

fn stage_state(stage: &StageStructure, execution: &ExecutionId, runs: &[ActionExecution]) -> StageState {
    let actions: Vec<ActionState> = stage
        .actions
        .iter()
        .map(|action| {
            let run = runs.iter().rev().find(|run| run.stage == stage.name && run.action == action.name);
            ActionState { name: action.name.clone(), latest: run.map(action_run) }
        })
        .collect();
    let status = stage_status(&actions);
    StageState {
        name: stage.name.clone(),
        inbound: Vec::new(),
        transition: Transition::Enabled,
        latest: status.map(|status| StageRun { execution: execution.clone(), status }),
        // Only the state tells, and its is of the execution that was last in the stage.
        retries: Retries::default(),
        actions,
    }
}

fn action_run(run: &ActionExecution) -> ActionRun {
    ActionRun {
        id: Some(run.id.clone()),
        status: run.status.clone(),
        summary: run.summary.clone(),
        changed: run.updated,
        token: match (&run.provider, &run.status) {
            (Provider::Manual, ActionStatus::InProgress) => run.external_id.clone(),
            _ => None,
        },
        external_id: run.external_id.clone(),
        error: run.error.clone(),
    }
}

/// None when no action of the stage has run.
fn stage_status(actions: &[ActionState]) -> Option<StageStatus> {
    let statuses: Vec<Option<&ActionStatus>> =
        actions.iter().map(|action| action.latest.as_ref().map(|run| &run.status)).collect();
    let has = |status: &ActionStatus| statuses.contains(&Some(status));
    if statuses.iter().all(Option::is_none) {
        None
    } else if has(&ActionStatus::Failed) {
        Some(StageStatus::Failed)
    } else if has(&ActionStatus::Abandoned) {
        Some(StageStatus::Stopped)
    } else if statuses.iter().all(|status| *status == Some(&ActionStatus::Succeeded)) {
        Some(StageStatus::Succeeded)
    } else {
        Some(StageStatus::InProgress)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::aws::codepipeline::{ActionStructure, Conditions};
    use crate::ops::status::last_looks;

    fn run(action: &str, provider: Provider, status: ActionStatus) -> ActionExecution {
        let external_id = Some(format!("token-of-{action}"));
        ActionExecution { external_id, ..ActionExecution::sample("Production", action, provider, status) }
    }

    fn structure(actions: &[&str]) -> Structure {
        let actions = actions
            .iter()
            .map(|name| ActionStructure {
                name: (*name).to_owned(),
                provider: Provider::Manual,
                run_order: 1,
                configuration: BTreeMap::new(),
                role: None,
                region: None,
            })
            .collect();
        Structure {
            version: 3,
            execution_mode: Some(PARALLEL.to_owned()),
            stages: vec![StageStructure { name: "Production".to_owned(), actions, conditions: Conditions::default() }],
            ..Structure::default()
        }
    }

    #[test]
    fn a_waiting_approval_has_a_token() {
        let structure = structure(&["Prepare", "Approve", "Deploy"]);
        assert!(is_parallel(&structure));
        let runs = [
            run("Prepare", Provider::CloudFormation, ActionStatus::Succeeded),
            run("Approve", Provider::Manual, ActionStatus::InProgress),
        ];
        let state = state_of(&structure, &"e".parse().unwrap(), &runs);
        let stage = &state.stages[0];
        assert_eq!(stage.latest.as_ref().map(|run| run.status.clone()), Some(StageStatus::InProgress));
        let tokens: Vec<_> =
            stage.actions.iter().map(|action| action.latest.as_ref().and_then(|run| run.token.as_deref())).collect();
        assert_eq!(tokens, [None, Some("token-of-Approve"), None]);
    }

    #[test]
    fn a_stage_whose_rule_has_failed_has_failed() {
        let execution: ExecutionId = "e".parse().unwrap();
        let look = |status| RuleExecution::sample(&execution, "Production", "Alarm-incident", status);
        let with = |status: ActionStatus| {
            let mut state = state_of(&structure(&["Deploy"]), &execution, &[]);
            heed_rules(&mut state, &execution, &[&look(status)]);
            state.stages[0].latest.as_ref().map(|run| run.status.clone())
        };
        assert_eq!(with(ActionStatus::InProgress), Some(StageStatus::InProgress));
        assert_eq!(with(ActionStatus::Failed), Some(StageStatus::Failed));
        assert_eq!(with(ActionStatus::Succeeded), None);
    }

    #[test]
    fn a_look_before_the_last_attempt_counts_no_more() {
        let execution: ExecutionId = "e".parse().unwrap();
        let at = |text: &str| Some(text.parse().unwrap());
        let look = |updated: &str| RuleExecution {
            updated: at(updated),
            ..RuleExecution::sample(&execution, "Production", "AlarmAfter-errors", ActionStatus::Failed)
        };
        let mut again = run("Deploy", Provider::CloudFormation, ActionStatus::InProgress);
        again.started = at("2026-08-21T10:00:00Z");
        let with = |updated: &str| {
            let runs = [again.clone()];
            let mut state = state_of(&structure(&["Deploy"]), &execution, &runs);
            let rules = [look(updated)];
            let looks: Vec<&RuleExecution> = last_looks(&rules, &runs, &execution).collect();
            heed_rules(&mut state, &execution, &looks);
            state.stages[0].latest.as_ref().map(|run| run.status.clone())
        };
        assert_eq!(with("2026-08-21T09:59:00Z"), Some(StageStatus::InProgress));
        assert_eq!(with("2026-08-21T10:01:00Z"), Some(StageStatus::Failed));
    }

    #[test]
    fn a_retried_action_counts_by_its_last_run() {
        let runs = [
            run("Deploy", Provider::CloudFormation, ActionStatus::Failed),
            run("Deploy", Provider::CloudFormation, ActionStatus::Succeeded),
        ];
        let state = state_of(&structure(&["Deploy"]), &"e".parse().unwrap(), &runs);
        assert_eq!(state.stages[0].latest.as_ref().map(|run| run.status.clone()), Some(StageStatus::Succeeded));
    }
}
