//! Conditions of stages, retries and roll-backs, event by event.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::tests::{Play, id, structure};
use super::*;

/// Makes `Build` wait for a variable of the source to be as told.
fn guarded(result: &str, wanted: &str) -> Play {
    let mut guarded = structure("SUPERSEDED");
    let condition = json!({"conditions": [{"result": result, "rules": [{
        "name": "Check",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "VariableCheck", "version": "1"},
        "configuration": {"Variable": "#{Src.Project}", "Operator": "EQ", "Value": wanted},
    }]}]});
    guarded.stages[1].before_entry = serde_json::from_value(condition).unwrap();
    let mut play = Play::new("SUPERSEDED");
    play.machine.update(guarded, Restart::GoOn, play.at);
    play.start(1);
    play.succeed(1, "Source");
    play
}

#[test]
fn a_stage_is_entered_skipped_or_failed_as_its_condition_says() {
    assert_eq!(guarded("SKIP", "made-up").names(), ["Build"]);

    let skipped = guarded("SKIP", "other");
    // `Deploy` needs nothing that `Build` makes, so it goes on there.
    assert_eq!(skipped.names(), ["One", "Two"]);
    let run = skipped.machine.execution(&id(1)).unwrap().stage("Build").unwrap();
    assert_eq!((run.status, run.actions.len()), (StageStatus::Skipped, 0));
    let retry = skipped.machine.clone().retry(&id(1), "Build", RetryMode::AllActions, skipped.at);
    assert_eq!(retry, Err(Refusal::NotRetryable { stage: "Build".into() }));

    let mut failed = guarded("FAIL", "other");
    assert_eq!(failed.status(1), ExecutionStatus::Failed);
    let run = failed.machine.execution(&id(1)).unwrap().stage("Build").unwrap();
    assert_eq!(run.status, StageStatus::Failed);
    assert!(run.before_entry.as_ref().unwrap().summary.as_ref().unwrap().contains("`made-up` EQ `other`"));
    // A retry looks again.
    let commands = failed.machine.retry(&id(1), "Build", RetryMode::AllActions, failed.at).unwrap();
    assert_eq!((commands.len(), failed.status(1)), (0, ExecutionStatus::Failed));
}

#[test]
fn a_variable_that_nobody_made_skips_nothing() {
    let mut play = guarded("SKIP", "x");
    let mut structure = play.machine.structure().clone();
    let rule = &mut structure.stages[1].before_entry.as_mut().unwrap().conditions[0].rules[0];
    rule.configuration.insert("Variable".into(), "#{Src.Nothing}".into());
    play.machine.update(structure, Restart::Cancel, play.at);
    play.start(2);
    play.succeed(2, "Source");
    assert_eq!(play.status(2), ExecutionStatus::Failed);
}

/// A machine whose stage has further members, with an execution that has come to `Build`.
fn with(stage: usize, members: &Value) -> Play {
    let mut changed = serde_json::to_value(structure("SUPERSEDED")).unwrap();
    for (key, value) in members.as_object().unwrap() {
        changed["stages"][stage][key] = value.clone();
    }
    let changed: Structure = serde_json::from_value(changed).unwrap();
    crate::local::engine::structure::check(&changed, "us-east-1").unwrap();
    let mut play = Play::new("SUPERSEDED");
    play.machine.update(changed, Restart::GoOn, play.at);
    play
}

fn rule(name: &str, provider: &str, configuration: Value) -> Value {
    let kind = json!({"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"});
    json!({"name": name, "ruleTypeId": kind, "configuration": configuration})
}

fn alarm(name: &str, minutes: &str) -> Value {
    rule(name, "CloudWatchAlarm", json!({"AlarmName": name, "WaitTime": minutes}))
}

fn to_build(play: &mut Play, number: u8) {
    play.start(number);
    play.succeed(number, "Source");
}

fn run(play: &Play, number: u8, stage: &str) -> StageRun {
    play.machine.execution(&id(number)).unwrap().stage(stage).unwrap().clone()
}

/// The newest execution, which takes a stage back.
fn rollback(play: &Play) -> &Execution {
    let newest = play.machine.executions().last().unwrap();
    assert!(newest.is_rollback(), "{newest:?}");
    newest
}

#[test]
fn a_window_is_waited_for() {
    let window = rule("Window", "DeploymentWindow", json!({"Cron": "* * 9 ? * *", "TimeZone": "UTC"}));
    let mut play = with(1, &json!({"beforeEntry": {"conditions": [{"result": "FAIL", "rules": [window]}]}}));
    to_build(&mut play, 1);
    assert!(play.names().is_empty());
    assert_eq!(run(&play, 1, "Build").before_entry.unwrap().status, ConditionStatus::InProgress);
    let opens: Timestamp = "1970-01-01T09:00:00Z".parse().unwrap();
    assert_eq!(play.machine.next_deadline(), Some(opens));
    // A newer execution waits in front.
    to_build(&mut play, 2);
    assert_eq!(play.place(2), Place::Before("Build".into()));
    play.at = opens;
    let commands = play.machine.pass_time(play.at);
    play.take(commands);
    assert_eq!(play.names(), ["Build"]);
    // It closes again, and whoever waits can be stopped at once.
    play.at = opens + SignedDuration::from_hours(2);
    play.succeed(1, "Build");
    assert_eq!(play.place(2), Place::In("Build".into()));
    play.machine.stop(&id(2), StopMode::Wait, None, play.at).unwrap();
    assert_eq!(play.status(2), ExecutionStatus::Stopped);
    let build = run(&play, 2, "Build");
    assert_eq!(build.before_entry.unwrap().rules[0].status, RuleStatus::Abandoned);
}

#[test]
fn an_alarm_before_a_stage_keeps_it_from_beginning() {
    let rules = json!([alarm("first", "0"), alarm("second", "0")]);
    let mut play = with(1, &json!({"beforeEntry": {"conditions": [{"result": "FAIL", "rules": rules}]}}));
    to_build(&mut play, 1);
    assert_eq!(play.watched.iter().map(|order| order.alarm.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    let (first, second) = (play.watched[0].clone(), play.watched[1].clone());
    assert_eq!((first.until, first.states.join(",")), (play.at, "ALARM".to_owned()));
    let commands = play.machine.rule_finished(&second.id, RuleVerdict::Holds("OK".into()), play.at);
    play.take(commands);
    assert!(play.names().is_empty());
    let commands = play.machine.rule_finished(&first.id, RuleVerdict::Fails("ALARM".into()), play.at);
    play.take(commands);
    assert_eq!(play.status(1), ExecutionStatus::Failed);
    assert_eq!(run(&play, 1, "Build").before_entry.unwrap().summary.unwrap(), "rule first: ALARM");
    // A retry looks again.
    play.watched.clear();
    let commands = play.machine.retry(&id(1), "Build", RetryMode::AllActions, play.at).unwrap();
    play.take(commands);
    for order in play.watched.clone() {
        let commands = play.machine.rule_finished(&order.id, RuleVerdict::Holds("OK".into()), play.at);
        play.take(commands);
    }
    assert_eq!(play.names(), ["Build"]);
}

#[test]
fn a_failed_stage_is_tried_once_more_by_itself() {
    let retry =
        |mode: &str| with(2, &json!({"onFailure": {"result": "RETRY", "retryConfiguration": {"retryMode": mode}}}));
    for (mode, again) in [("FAILED_ACTIONS", vec!["One"]), ("ALL_ACTIONS", vec!["One", "Two"])] {
        let mut play = retry(mode);
        to_build(&mut play, 1);
        play.succeed(1, "Build");
        play.succeed(1, "Two");
        play.fail(1, "One");
        assert_eq!(play.names(), again);
        for action in &again {
            play.fail(1, action);
        }
        assert_eq!(play.status(1), ExecutionStatus::Failed);
        let deploy = run(&play, 1, "Deploy");
        assert_eq!((deploy.auto_retries, deploy.retries, deploy.status), (1, 0, StageStatus::Failed));
        // Somebody may try again, but the stage does not by itself.
        let commands = play.machine.retry(&id(1), "Deploy", RetryMode::FailedActions, play.at).unwrap();
        play.take(commands);
        for action in &again {
            play.fail(1, action);
        }
        assert_eq!(play.status(1), ExecutionStatus::Failed);
    }
}

#[test]
fn a_failed_stage_is_taken_back_to_the_last_success() {
    let mut play = with(1, &json!({"onFailure": {"result": "ROLLBACK"}}));
    to_build(&mut play, 1);
    play.fail(1, "Build");
    let failed = play.machine.execution(&id(1)).unwrap();
    assert!(failed.status_summary.as_ref().unwrap().contains("cannot be rolled back"), "{failed:?}");
    assert_eq!(play.machine.executions().len(), 1);

    to_build(&mut play, 2);
    let good = play.succeed(2, "Build");
    to_build(&mut play, 3);
    // A fourth waits in front of the stage while it is taken back.
    to_build(&mut play, 4);
    play.fail(3, "Build");
    assert_eq!(play.status(3), ExecutionStatus::Failed);
    let back = rollback(&play);
    assert_eq!(back.kind, ExecutionKind::Rollback { target: id(2) });
    let detail = format!("{{\"FailedPipelineExecutionId\":\"{}\"}}", id(3));
    assert_eq!((back.trigger.kind, back.trigger.detail.clone()), (TriggerKind::AutomatedRollback, detail));
    assert_eq!((back.place.clone(), play.place(4)), (Place::In("Build".into()), Place::Before("Build".into())));
    let (back, orders) = (back.id.clone(), play.orders_of(&rollback(&play).id.clone()));
    assert_eq!(orders[0].inputs, good.inputs, "with the artifacts of the earlier one");
    let commands = play.machine.finish(&orders[0].id, tests::success(&orders[0]), play.at);
    play.take(commands);
    let back = play.machine.execution(&back).unwrap();
    // It is over with its stage, and the next one comes.
    assert_eq!((back.status, back.stages.len()), (ExecutionStatus::Succeeded, 1));
    assert_eq!(play.place(4), Place::In("Build".into()));
    // A roll-back that fails is no reason for another one.
    play.fail(4, "Build");
    let orders = play.orders_of(&rollback(&play).id.clone());
    let commands = play.machine.finish(&orders[0].id, tests::failure(), play.at);
    play.take(commands);
    assert_eq!(rollback(&play).status, ExecutionStatus::Failed);
    assert_eq!(play.machine.executions().len(), 6);
}

#[test]
fn an_alarm_after_a_stage_takes_it_back() {
    let condition = json!({"result": "ROLLBACK", "rules": [alarm("errors", "30")]});
    let mut play = with(1, &json!({"onSuccess": {"conditions": [condition]}}));
    let end = |play: &mut Play, verdict: RuleVerdict| {
        let order = play.watched.pop().unwrap();
        assert_eq!(order.until, play.at + SignedDuration::from_mins(30));
        let commands = play.machine.rule_finished(&order.id, verdict, play.at);
        play.take(commands);
    };
    to_build(&mut play, 1);
    play.succeed(1, "Build");
    assert_eq!(play.place(1), Place::In("Build".into()), "the alarm is watched");
    end(&mut play, RuleVerdict::Holds("OK".into()));
    assert_eq!(play.place(1), Place::In("Deploy".into()));
    to_build(&mut play, 2);
    play.succeed(2, "Build");
    // The endpoint is restarted, and the alarm is watched on.
    play.watched.clear();
    let commands = play.machine.recover(play.at);
    play.take(commands);
    end(&mut play, RuleVerdict::Fails("ALARM".into()));
    assert_eq!(play.status(2), ExecutionStatus::Failed);
    assert_eq!(rollback(&play).kind, ExecutionKind::Rollback { target: id(1) });
    // What takes the stage back watches no alarm.
    let orders = play.orders_of(&rollback(&play).id.clone());
    let commands = play.machine.finish(&orders[0].id, tests::success(&orders[0]), play.at);
    play.take(commands);
    assert_eq!((rollback(&play).status, play.watched.len()), (ExecutionStatus::Succeeded, 0));
}

#[test]
fn somebody_may_roll_a_stage_back() {
    let mut play = Play::new("SUPERSEDED");
    to_build(&mut play, 1);
    play.succeed(1, "Build");
    to_build(&mut play, 2);
    let back = |play: &mut Play, target: u8, stage: &str, number: u8| {
        let answer = play.machine.roll_back_to(&id(target), stage, id(number), "somebody".into(), play.at);
        answer.map(|commands| play.take(commands)).map_err(|refusal| refusal.code())
    };
    assert_eq!(back(&mut play, 1, "Build", 9), Err("UnableToRollbackStageException"), "an execution is in it");
    play.succeed(2, "Build");
    assert_eq!(back(&mut play, 1, "Source", 9), Err("UnableToRollbackStageException"));
    assert_eq!(back(&mut play, 1, "Deploy", 9), Err("UnableToRollbackStageException"));
    assert_eq!(back(&mut play, 1, "Nowhere", 9), Err("StageNotFoundException"));
    assert_eq!(back(&mut play, 8, "Build", 9), Err("PipelineExecutionNotFoundException"));
    assert_eq!(back(&mut play, 1, "Build", 9), Ok(()));
    assert_eq!(play.orders_of(&id(9)).len(), 1);
    let order = play.orders_of(&id(9)).remove(0);
    let commands = play.machine.finish(&order.id, tests::success(&order), play.at);
    play.take(commands);
    assert_eq!(back(&mut play, 9, "Build", 10), Err("UnableToRollbackStageException"), "a roll-back is no target");
    play.machine.update(structure("SUPERSEDED"), Restart::GoOn, play.at);
    assert_eq!(back(&mut play, 1, "Build", 10), Err("PipelineExecutionOutdatedException"));
}
