//! Choices of stages and modes.

use std::collections::BTreeMap;

use super::*;
use crate::aws::cloudformation::{ChangeSetStatus, ExecutionStatus};
use crate::aws::codepipeline::{ActionState, Retries, Transition};

fn stage(name: &str, status: StageStatus, actions: &[&str]) -> StageState {
    StageState {
        name: name.to_owned(),
        inbound: Vec::new(),
        transition: Transition::Enabled,
        latest: Some(StageRun { execution: "e".parse().unwrap(), status }),
        retries: Retries::default(),
        actions: actions.iter().map(|name| ActionState { name: (*name).to_owned(), latest: None }).collect(),
    }
}

fn chosen(stages: Vec<StageState>, wanted: Option<&str>) -> String {
    chosen_in(stages, Wanted { stage: wanted, ..Wanted::default() })
}

fn chosen_in(stages: Vec<StageState>, wanted: Wanted<'_>) -> String {
    let state = PipelineState { stages, ..PipelineState::default() };
    match choose(&"shop".parse().unwrap(), &state, wanted) {
        Ok((stage, _)) => stage.name.clone(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_only_failed_stage_is_chosen() {
    let stages = || vec![stage("Build", StageStatus::Succeeded, &[]), stage("Staging", StageStatus::Failed, &[])];
    assert_eq!(chosen(stages(), None), "Staging");
    assert_eq!(chosen(stages(), Some("Build")), "stage `Build` has not failed; `Staging` has");
    assert_eq!(chosen(Vec::new(), None), "no stage of pipeline `shop` has failed");
}

#[test]
fn an_execution_in_which_nothing_failed_is_told() {
    let stages = || vec![stage("Staging", StageStatus::Failed, &[])];
    let (here, elsewhere) = ("e".parse().unwrap(), "f".parse().unwrap());
    assert_eq!(chosen_in(stages(), Wanted { execution: Some(&here), ..Wanted::default() }), "Staging");
    let wanted = Wanted { execution: Some(&elsewhere), ..Wanted::default() };
    assert_eq!(chosen_in(stages(), wanted), "no stage has failed in execution `f`");
}

#[test]
fn a_wave_is_chosen_by_any_of_its_stages() {
    let stages = || {
        vec![
            stage("world", StageStatus::Failed, &["Europe.Guard", "Europe.app.Deploy", "Asia.Guard"]),
            stage("Last", StageStatus::Failed, &[]),
        ]
    };
    assert_eq!(chosen(stages(), Some("Asia")), "world");
    assert_eq!(chosen(stages(), None), "several stages have failed: `world` and `Last`");
}

fn run(action: &str, status: ActionStatus, mode: &str) -> ActionExecution {
    let setting = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    ActionExecution {
        configuration: BTreeMap::from([
            setting("ActionMode", mode),
            setting("StackName", "shop-Staging-app"),
            setting("ChangeSetName", "pipectl-change"),
        ]),
        ..ActionExecution::sample("Staging", action, Provider::CloudFormation, status)
    }
}

#[test]
fn what_succeeded_in_the_end_has_not_failed() {
    let runs = [
        run("app.Prepare", ActionStatus::Failed, "CHANGE_SET_REPLACE"),
        run("app.Prepare", ActionStatus::Succeeded, "CHANGE_SET_REPLACE"),
        run("app.Deploy", ActionStatus::Failed, "CHANGE_SET_EXECUTE"),
    ];
    let failed: Vec<&str> = failed_runs("Staging", &runs).into_iter().map(|run| run.action.as_str()).collect();
    assert_eq!(failed, ["app.Deploy"]);
    assert_eq!(executed_change_set(&runs[0]), None);
    assert_eq!(executed_change_set(&runs[2]), Some(("shop-Staging-app", "pipectl-change")));
}

#[test]
fn a_change_set_that_cannot_be_executed_is_made_again() {
    let change_set = |execution| ChangeSet {
        id: "id".to_owned(),
        name: "pipectl-change".to_owned(),
        stack_id: "stack".to_owned(),
        status: ChangeSetStatus::Created,
        execution,
        reason: None,
        created: None,
        parameters: indexmap::IndexMap::new(),
        changes: Vec::new(),
    };
    assert_eq!(mode_for(None), RetryMode::AllActions);
    for (execution, mode) in [
        (ExecutionStatus::Available, RetryMode::FailedActions),
        (ExecutionStatus::Obsolete, RetryMode::AllActions),
        (ExecutionStatus::Failed, RetryMode::AllActions),
        (ExecutionStatus::Complete, RetryMode::AllActions),
    ] {
        assert_eq!(mode_for(Some(&change_set(execution))), mode, "{execution:?}");
    }
}

#[test]
fn a_stage_that_runs_again_has_not_failed_any_more() {
    let runs = |status, execution: &str| {
        let state = PipelineState { stages: vec![stage("Staging", status, &[])], ..PipelineState::default() };
        runs_again(&state, "Staging", &execution.parse().unwrap())
    };
    assert!(runs(StageStatus::InProgress, "e"));
    assert!(!runs(StageStatus::Failed, "e"));
    assert!(!runs(StageStatus::InProgress, "another"));
}

#[test]
fn a_rule_that_failed_is_named_until_its_stage_is_tried_again() {
    let execution: ExecutionId = "e".parse().unwrap();
    let rule = |stage: &str, status| RuleExecution {
        updated: Some("2026-08-21T10:00:00Z".parse().unwrap()),
        ..RuleExecution::sample(&execution, stage, &format!("AlarmAfter-{stage}"), status)
    };
    let rules = [rule("Staging", ActionStatus::Succeeded), rule("Production", ActionStatus::Failed)];
    let mut run = ActionExecution::sample("Production", "Deploy", Provider::CloudFormation, ActionStatus::Succeeded);
    run.started = Some("2026-08-21T09:00:00Z".parse().unwrap());
    let failed = |stage: &str, run: &ActionExecution| {
        failed_rules(stage, &execution, &rules, std::slice::from_ref(run)).join(", ")
    };
    assert_eq!(failed("Production", &run), "AlarmAfter-Production");
    assert_eq!(failed("Staging", &run), "");
    run.started = Some("2026-08-21T10:30:00Z".parse().unwrap());
    assert_eq!(failed("Production", &run), "");
}
