//! The machine's behaviour, event by event.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::*;

/// Builds `Source` → `Build` → `Deploy`; `Deploy` has two actions of run order 1, an approval of 2 and one of 3.
pub(super) fn structure(mode: &str) -> Structure {
    let build = |name: &str, order: u32, outputs: Value| {
        json!({
            "name": name, "runOrder": order,
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": {"ProjectName": name},
            "inputArtifacts": [{"name": "Source"}],
            "outputArtifacts": outputs,
        })
    };
    let mut first = build("Build", 1, json!([{"name": "Assembly"}]));
    first["namespace"] = json!("Made");
    first["configuration"]["EnvironmentVariables"] = json!(
        "[{\"name\":\"M\",\"value\":\"#{Src.Message} of #{codepipeline.PipelineExecutionId} at #{variables.Level}\"}]"
    );
    let mut last = build("Last", 3, json!([]));
    last["configuration"]["ProjectName"] = json!("#{Made.Project}");
    serde_json::from_value(json!({
        "name": "a-rather-long-pipeline-name",
        "roleArn": "arn:aws:iam::111111111111:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "pipelineType": "V2",
        "executionMode": mode,
        "variables": [{"name": "Level", "defaultValue": "low"}],
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Source",
                "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"},
                "configuration": {"S3Bucket": "b", "S3ObjectKey": "k"},
                "outputArtifacts": [{"name": "Source"}],
                "namespace": "Src"
            }]},
            {"name": "Build", "actions": [first]},
            {"name": "Deploy", "actions": [
                build("One", 1, json!([])), build("Two", 1, json!([])),
                {"name": "Approve", "runOrder": 2,
                 "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"}},
                last
            ]}
        ]
    }))
    .unwrap()
}

pub(super) fn machine(mode: &str) -> Machine {
    let structure = structure(mode);
    crate::local::engine::structure::check(&structure, "us-east-1").unwrap();
    let environment = Environment { account: "111111111111".parse().unwrap(), region: "us-east-1".parse().unwrap() };
    Machine::new(environment, structure, Timestamp::UNIX_EPOCH)
}

pub(super) fn id(number: u8) -> ExecutionId {
    ExecutionId::of_bytes([number; 16])
}

pub(super) fn request(number: u8) -> StartRequest {
    StartRequest {
        id: id(number),
        trigger: StartTrigger { kind: TriggerKind::StartPipelineExecution, detail: "somebody".into() },
        client_token: None,
        variables: BTreeMap::new(),
        source_overrides: Vec::new(),
    }
}

pub(super) fn success(order: &Order) -> Outcome {
    Outcome::Succeeded(Box::new(Success {
        artifacts: order.outputs.iter().map(|output| (output.name.clone(), output.location.clone())).collect(),
        variables: BTreeMap::from([
            ("Message".to_owned(), "say \"hi\"".to_owned()),
            ("Project".to_owned(), "made-up".to_owned()),
        ]),
        external: External { summary: Some("done".into()), ..External::default() },
        revision: None,
    }))
}

pub(super) fn failure() -> Outcome {
    Outcome::Failed(Failure::new("JobFailed", "it broke"))
}

/// A machine with the orders that are open, and a clock that the test moves.
pub(super) struct Play {
    pub machine: Machine,
    open: Vec<Order>,
    pub watched: Vec<AlarmOrder>,
    abandoned: Vec<ActionId>,
    pub at: Timestamp,
}

impl Play {
    pub(super) fn new(mode: &str) -> Self {
        Self {
            machine: machine(mode),
            open: Vec::new(),
            watched: Vec::new(),
            abandoned: Vec::new(),
            at: Timestamp::UNIX_EPOCH,
        }
    }

    pub(super) fn take(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Execute(order) => self.open.push(*order),
                Command::Watch(order) => self.watched.push(*order),
                Command::Abandon(id) => {
                    self.open.retain(|order| order.id != id);
                    self.watched.retain(|order| order.id != id);
                    self.abandoned.push(id);
                }
            }
        }
    }

    pub(super) fn start(&mut self, number: u8) {
        let (_, commands) = self.machine.start(request(number), self.at).unwrap();
        self.take(commands);
    }

    pub(super) fn order(&mut self, number: u8, action: &str) -> Order {
        let position = self.open.iter().position(|order| order.execution == id(number) && order.action.name == action);
        self.open
            .remove(position.unwrap_or_else(|| panic!("{action} of {number} is not under way: {:?}", self.names())))
    }

    pub(super) fn succeed(&mut self, number: u8, action: &str) -> Order {
        let order = self.order(number, action);
        let commands = self.machine.finish(&order.id, success(&order), self.at);
        self.take(commands);
        order
    }

    pub(super) fn fail(&mut self, number: u8, action: &str) {
        let order = self.order(number, action);
        let commands = self.machine.finish(&order.id, failure(), self.at);
        self.take(commands);
    }

    pub(super) fn approve(&mut self, number: u8, verdict: Verdict) -> Result<(), Refusal> {
        let run = self.machine.execution(&id(number)).unwrap().stage("Deploy").unwrap().current("Approve").unwrap();
        let answer = Answer {
            stage: "Deploy".into(),
            action: "Approve".into(),
            token: run.token.clone().unwrap(),
            verdict,
            summary: "seen".into(),
            by: "somebody".into(),
        };
        let commands = self.machine.answer(answer, self.at)?;
        self.take(commands);
        Ok(())
    }

    /// The open orders of an execution.
    pub(super) fn orders_of(&self, execution: &ExecutionId) -> Vec<Order> {
        self.open.iter().filter(|order| order.execution == *execution).cloned().collect()
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.open.iter().map(|order| order.action.name.clone()).collect()
    }

    pub(super) fn status(&self, number: u8) -> ExecutionStatus {
        self.machine.execution(&id(number)).unwrap().status
    }

    pub(super) fn place(&self, number: u8) -> Place {
        self.machine.execution(&id(number)).unwrap().place.clone()
    }
}

#[test]
fn a_run_goes_through_all_stages_and_run_orders() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    let source = play.succeed(1, "Source");
    assert!(source.outputs[0].location.key.starts_with("a-rather-long-pipeli/Source/"));
    let build = play.succeed(1, "Build");
    assert_eq!(build.inputs[0].made, source.outputs[0].location);
    assert_eq!(
        build.configuration["EnvironmentVariables"],
        format!("[{{\"name\":\"M\",\"value\":\"say \\\"hi\\\" of {} at low\"}}]", id(1))
    );
    assert_eq!(play.names(), ["One", "Two"]);
    play.succeed(1, "One");
    assert_eq!(play.names(), ["Two"]);
    play.succeed(1, "Two");
    assert!(play.names().is_empty());
    play.approve(1, Verdict::Approved).unwrap();
    assert_eq!(play.approve(1, Verdict::Approved), Err(Refusal::AlreadyAnswered));
    let last = play.succeed(1, "Last");
    assert_eq!(last.configuration["ProjectName"], "made-up");
    assert_eq!(play.status(1), ExecutionStatus::Succeeded);
}

#[test]
fn a_failed_stage_waits_for_its_other_actions_and_can_be_retried() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    play.succeed(1, "Source");
    play.succeed(1, "Build");
    play.fail(1, "One");
    assert_eq!(play.status(1), ExecutionStatus::InProgress);
    play.succeed(1, "Two");
    assert_eq!(play.status(1), ExecutionStatus::Failed);
    let commands = play.machine.retry(&id(1), "Deploy", RetryMode::FailedActions, play.at).unwrap();
    play.take(commands);
    assert_eq!(play.names(), ["One"]);
    assert_eq!(
        play.machine.retry(&id(1), "Deploy", RetryMode::FailedActions, play.at),
        Err(Refusal::NotRetryable { stage: "Deploy".into() })
    );
    play.succeed(1, "One");
    play.approve(1, Verdict::Rejected).unwrap();
    assert_eq!(play.status(1), ExecutionStatus::Failed);
    let commands = play.machine.retry(&id(1), "Deploy", RetryMode::AllActions, play.at).unwrap();
    play.take(commands);
    assert_eq!(play.names(), ["One", "Two"]);
    assert_eq!(play.machine.execution(&id(1)).unwrap().stage("Deploy").unwrap().retries, 2);
}

#[test]
fn a_waiting_execution_gives_way_to_a_newer_one() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    play.succeed(1, "Source");
    play.start(2);
    play.succeed(2, "Source");
    assert_eq!(play.place(2), Place::Before("Build".into()));
    play.start(3);
    play.succeed(3, "Source");
    assert_eq!(play.status(2), ExecutionStatus::Superseded);
    assert_eq!(play.place(3), Place::Before("Build".into()));
    play.succeed(1, "Build");
    assert_eq!(play.place(3), Place::In("Build".into()));
}

#[test]
fn queued_executions_keep_their_order() {
    let mut play = Play::new("QUEUED");
    for number in 1..=3 {
        play.start(number);
    }
    assert_eq!(play.names(), ["Source"]);
    play.succeed(1, "Source");
    play.succeed(2, "Source");
    play.succeed(3, "Source");
    assert_eq!(play.place(2), Place::Before("Build".into()));
    play.succeed(1, "Build");
    assert_eq!(play.place(2), Place::In("Build".into()));
    assert_eq!(play.place(3), Place::Before("Build".into()));
}

#[test]
fn queued_executions_are_limited() {
    let mut play = Play::new("QUEUED");
    for number in 1..=50 {
        play.start(number);
    }
    assert_eq!(play.machine.start(request(51), play.at), Err(Refusal::TooMany { limit: 50 }));
}

#[test]
fn parallel_executions_know_nothing_of_each_other() {
    let mut play = Play::new("PARALLEL");
    play.start(1);
    play.start(2);
    play.succeed(1, "Source");
    play.succeed(2, "Source");
    assert_eq!(play.names(), ["Build", "Build"]);
    let commands = play.machine.update(structure("PARALLEL"), Restart::Cancel, play.at);
    play.take(commands);
    assert_eq!(play.status(1), ExecutionStatus::InProgress);
    assert_eq!(play.machine.execution(&id(1)).unwrap().version, 1);
}

#[test]
fn a_closed_stage_is_not_entered() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    let closed = Closed { reason: "freeze".into(), by: "somebody".into(), at: play.at };
    play.machine.close("Build", closed.clone()).unwrap();
    assert!(play.machine.close("Nowhere", closed).is_err());
    play.succeed(1, "Source");
    assert_eq!(play.place(1), Place::Before("Build".into()));
    assert!(play.machine.obstacle(&id(1), "Build").unwrap().contains("disabled"));
    let commands = play.machine.open("Build", play.at).unwrap();
    play.take(commands);
    assert_eq!(play.names(), ["Build"]);
}

#[test]
fn a_stop_waits_or_abandons() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    play.machine.stop(&id(1), StopMode::Wait, None, play.at).unwrap();
    assert_eq!(play.status(1), ExecutionStatus::Stopping);
    assert_eq!(
        play.machine.stop(&id(1), StopMode::Wait, None, play.at),
        Err(Refusal::AlreadyStopping { execution: id(1) })
    );
    play.succeed(1, "Source");
    assert_eq!(play.status(1), ExecutionStatus::Stopped);
    play.start(2);
    let commands = play.machine.stop(&id(2), StopMode::Abandon, Some("enough".into()), play.at).unwrap();
    play.take(commands);
    assert_eq!(play.abandoned.len(), 1);
    assert_eq!(play.status(2), ExecutionStatus::Stopped);
    assert!(play.open.is_empty());
    let late = play.abandoned[0].clone();
    assert!(play.machine.finish(&late, failure(), play.at).is_empty());
    assert_eq!(play.status(2), ExecutionStatus::Stopped);
    assert!(matches!(play.machine.stop(&id(2), StopMode::Abandon, None, play.at), Err(Refusal::NotStoppable { .. })));
}

#[test]
fn only_the_latest_execution_of_a_stage_can_be_retried() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    play.succeed(1, "Source");
    play.fail(1, "Build");
    play.start(2);
    play.succeed(2, "Source");
    assert!(matches!(
        play.machine.retry(&id(1), "Build", RetryMode::FailedActions, play.at),
        Err(Refusal::NotLatest { .. })
    ));
}

#[test]
fn a_change_cancels_or_moves_executions() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    let mut changed = structure("SUPERSEDED");
    changed.stages[1].actions[0].configuration.insert("ProjectName".into(), "other".into());
    let commands = play.machine.update(changed.clone(), Restart::GoOn, play.at);
    play.take(commands);
    assert_eq!(play.machine.structure().version, 2);
    assert_eq!(play.machine.structure_of(1).unwrap().version, 1);
    play.succeed(1, "Source");
    assert_eq!(play.open[0].configuration["ProjectName"], "other");
    let commands = play.machine.update(structure("SUPERSEDED"), Restart::GoOn, play.at);
    play.take(commands);
    assert_eq!(play.status(1), ExecutionStatus::Cancelled);
    assert_eq!(play.abandoned.len(), 1);
    play.start(2);
    let commands = play.machine.update(changed, Restart::Cancel, play.at);
    play.take(commands);
    assert_eq!(play.status(2), ExecutionStatus::Cancelled);
}

#[test]
fn a_change_cancels_what_is_queued() {
    let mut play = Play::new("QUEUED");
    play.start(1);
    play.start(2);
    let mut changed = structure("QUEUED");
    changed.stages[2].actions.truncate(1);
    play.machine.update(changed, Restart::GoOn, play.at);
    assert_eq!(play.status(1), ExecutionStatus::InProgress);
    assert_eq!(play.status(2), ExecutionStatus::Cancelled);
}

#[test]
fn a_changed_stage_cannot_be_retried() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    play.succeed(1, "Source");
    play.fail(1, "Build");
    let mut changed = structure("SUPERSEDED");
    changed.stages[1].actions[0].configuration.insert("ProjectName".into(), "other".into());
    play.machine.update(changed, Restart::GoOn, play.at);
    assert_eq!(
        play.machine.retry(&id(1), "Build", RetryMode::FailedActions, play.at),
        Err(Refusal::NotRetryable { stage: "Build".into() })
    );
}

#[test]
fn a_late_action_fails() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    assert!(play.machine.pass_time(play.at).is_empty());
    play.at = play.machine.next_deadline().unwrap();
    let commands = play.machine.pass_time(play.at);
    play.take(commands);
    assert_eq!(play.status(1), ExecutionStatus::Failed);
    assert_eq!(play.abandoned.len(), 1);
    assert_eq!(play.machine.next_deadline(), None);
    assert_eq!(play.at.duration_since(Timestamp::UNIX_EPOCH), SignedDuration::from_hours(1));
}

#[test]
fn a_missing_variable_fails_the_action() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    let order = play.order(1, "Source");
    let outcome = Outcome::Succeeded(Box::new(Success {
        artifacts: order.outputs.iter().map(|output| (output.name.clone(), output.location.clone())).collect(),
        ..Success::default()
    }));
    let commands = play.machine.finish(&order.id, outcome, play.at);
    assert!(commands.is_empty());
    assert_eq!(play.status(1), ExecutionStatus::Failed);
    let run = play.machine.execution(&id(1)).unwrap().stage("Build").unwrap().current("Build").unwrap();
    assert!(run.error.as_ref().unwrap().message.contains("#{Src.Message}"));
}

#[test]
fn variables_can_be_given() {
    let mut play = Play::new("SUPERSEDED");
    let mut unknown = request(1);
    unknown.variables.insert("Height".into(), "1".into());
    assert!(matches!(play.machine.start(unknown, play.at), Err(Refusal::Invalid(_))));
    let mut given = request(1);
    given.variables.insert("Level".into(), "high".into());
    let (_, commands) = play.machine.start(given, play.at).unwrap();
    play.take(commands);
    play.succeed(1, "Source");
    assert!(play.open[0].configuration["EnvironmentVariables"].contains("at high"));
}

#[test]
fn a_repeated_start_gives_the_same_execution() {
    let mut play = Play::new("PARALLEL");
    let mut first = request(1);
    first.client_token = Some("once".into());
    let mut second = request(2);
    second.client_token = Some("once".into());
    play.machine.start(first, play.at).unwrap();
    assert_eq!(play.machine.start(second, play.at), Ok((id(1), Vec::new())));
}

#[test]
fn actions_under_way_at_a_crash_fail_and_approvals_wait_on() {
    let mut play = Play::new("SUPERSEDED");
    play.start(1);
    play.succeed(1, "Source");
    play.succeed(1, "Build");
    play.succeed(1, "One");
    play.succeed(1, "Two");
    play.start(2);
    play.machine.recover(play.at);
    assert_eq!(play.status(2), ExecutionStatus::Failed);
    assert_eq!(play.status(1), ExecutionStatus::InProgress);
    play.approve(1, Verdict::Approved).unwrap();
    assert_eq!(play.names().last().map(String::as_str), Some("Last"));
}
