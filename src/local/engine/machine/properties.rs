//! Whatever happens in whatever order, the machine keeps its laws.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use super::tests::{id, machine, request, structure, success};
use super::*;
use crate::local::engine::structure::ExecutionMode;

#[derive(Debug, Clone)]
enum Happening {
    Start,
    Succeed(usize),
    Fail(usize),
    Answer(usize, Verdict),
    Alarm(usize, bool),
    RollBack(usize, usize),
    Stop(usize, StopMode),
    Retry(usize, usize, RetryMode),
    Close(usize),
    Open(usize),
    Update(usize, Restart),
    PassTime(i64),
    WriteAndRead,
    Crash,
}

fn happening() -> impl Strategy<Value = Happening> {
    let verdict = prop_oneof![Just(Verdict::Approved), Just(Verdict::Rejected)];
    let stop = prop_oneof![Just(StopMode::Wait), Just(StopMode::Abandon)];
    let retry = prop_oneof![Just(RetryMode::FailedActions), Just(RetryMode::AllActions)];
    let restart = prop_oneof![Just(Restart::Cancel), Just(Restart::GoOn)];
    prop_oneof![
        4 => Just(Happening::Start),
        10 => (0..9usize).prop_map(Happening::Succeed),
        3 => (0..9usize).prop_map(Happening::Fail),
        3 => (0..9usize, verdict).prop_map(|(which, verdict)| Happening::Answer(which, verdict)),
        3 => (0..9usize, any::<bool>()).prop_map(|(which, holds)| Happening::Alarm(which, holds)),
        1 => (0..9usize, 0..3usize).prop_map(|(which, stage)| Happening::RollBack(which, stage)),
        1 => (0..9usize, stop).prop_map(|(which, mode)| Happening::Stop(which, mode)),
        3 => (0..9usize, 0..3usize, retry).prop_map(|(which, stage, mode)| Happening::Retry(which, stage, mode)),
        1 => (0..3usize).prop_map(Happening::Close),
        2 => (0..3usize).prop_map(Happening::Open),
        1 => (0..4usize, restart).prop_map(|(variant, restart)| Happening::Update(variant, restart)),
        1 => (0..200i64).prop_map(Happening::PassTime),
        1 => Just(Happening::WriteAndRead),
        1 => Just(Happening::Crash),
    ]
}

/// The structures between which updates choose.
fn variant(number: usize) -> Structure {
    let mut changed = structure(["SUPERSEDED", "QUEUED", "PARALLEL", "SUPERSEDED"][number % 4]);
    if number % 4 == 3 {
        changed.stages.remove(1);
        changed.stages[1].actions.truncate(2);
    }
    let rule = |provider: &str, configuration: serde_json::Value| {
        let kind = json!({"category": "Rule", "provider": provider});
        json!([{"name": "Rule", "ruleTypeId": kind, "configuration": configuration}])
    };
    let conditions = |result: &str, rules: serde_json::Value| {
        serde_json::from_value(json!({"conditions": [{"result": result, "rules": rules}]})).unwrap()
    };
    let alarm = || rule("CloudWatchAlarm", json!({"AlarmName": "a", "WaitTime": "5"}));
    match number % 4 {
        0 => changed.stages[1].on_success = conditions("ROLLBACK", alarm()),
        1 => {
            changed.stages[1].before_entry = conditions("FAIL", alarm());
            changed.stages[1].on_failure = serde_json::from_value(json!({"result": "RETRY"})).unwrap();
            changed.stages[2].on_failure = serde_json::from_value(json!({"result": "ROLLBACK"})).unwrap();
        }
        2 => {
            let never = rule("VariableCheck", json!({"Variable": "a", "Operator": "EQ", "Value": "b"}));
            changed.stages[1].before_entry = conditions("SKIP", never);
        }
        _ => {
            let window = rule("DeploymentWindow", json!({"Cron": "* 0/7 * * * ?"}));
            changed.stages[1].before_entry = conditions("FAIL", window);
            changed.stages[1].on_failure = serde_json::from_value(json!({"result": "ROLLBACK"})).unwrap();
        }
    }
    changed
}

struct World {
    machine: Machine,
    orders: Vec<Order>,
    watched: Vec<ActionId>,
    at: Timestamp,
    started: u8,
}

impl World {
    fn take(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Execute(order) => self.orders.push(*order),
                Command::Watch(order) => self.watched.push(order.id),
                Command::Abandon(id) => {
                    self.orders.retain(|order| order.id != id);
                    self.watched.retain(|watched| *watched != id);
                }
            }
        }
    }

    fn happen(&mut self, happening: Happening) {
        let stages: Vec<String> = self.machine.structure().stages.iter().map(|stage| stage.name.clone()).collect();
        let stage_at = |position: usize| stages[position % stages.len()].clone();
        let nth = |position: usize, executions: &[Execution]| {
            (!executions.is_empty()).then(|| executions[executions.len() - 1 - position % executions.len()].id.clone())
        };
        let commands = match happening {
            Happening::Start if self.started < u8::MAX => {
                self.started += 1;
                self.machine.start(request(self.started), self.at).map_or_else(|_| Vec::new(), |(_, commands)| commands)
            }
            Happening::Start => Vec::new(),
            Happening::Succeed(which) if !self.orders.is_empty() => {
                let order = self.orders.remove(which % self.orders.len());
                self.machine.finish(&order.id, success(&order), self.at)
            }
            Happening::Fail(which) if !self.orders.is_empty() => {
                let order = self.orders.remove(which % self.orders.len());
                let failure = Failure::new("JobFailed", "it broke");
                self.machine.finish(&order.id, Outcome::Failed(failure), self.at)
            }
            Happening::Succeed(_) | Happening::Fail(_) => Vec::new(),
            Happening::Answer(which, verdict) => self.answer(which, verdict),
            Happening::Stop(which, mode) => nth(which, self.machine.executions())
                .and_then(|id| self.machine.stop(&id, mode, None, self.at).ok())
                .unwrap_or_default(),
            Happening::Retry(which, stage, mode) => nth(which, self.machine.executions())
                .and_then(|id| self.machine.retry(&id, &stage_at(stage), mode, self.at).ok())
                .unwrap_or_default(),
            Happening::Alarm(which, holds) if !self.watched.is_empty() => {
                let id = self.watched.remove(which % self.watched.len());
                let verdict = match holds {
                    true => RuleVerdict::Holds("OK".into()),
                    false => RuleVerdict::Fails("ALARM".into()),
                };
                self.machine.rule_finished(&id, verdict, self.at)
            }
            Happening::RollBack(which, stage) if self.started < u8::MAX => {
                self.started += 1;
                let id = id(self.started);
                nth(which, self.machine.executions())
                    .and_then(|target| {
                        self.machine.roll_back_to(&target, &stage_at(stage), id, String::new(), self.at).ok()
                    })
                    .unwrap_or_default()
            }
            Happening::Alarm(..) | Happening::RollBack(..) => Vec::new(),
            Happening::Close(stage) => {
                let closed = Closed { reason: "freeze".into(), by: "somebody".into(), at: self.at };
                self.machine.close(&stage_at(stage), closed).unwrap();
                Vec::new()
            }
            Happening::Open(stage) => self.machine.open(&stage_at(stage), self.at).unwrap(),
            Happening::Update(number, restart) => self.machine.update(variant(number), restart, self.at),
            Happening::PassTime(minutes) => {
                self.at += SignedDuration::from_mins(minutes);
                self.machine.pass_time(self.at)
            }
            Happening::WriteAndRead => {
                let text = serde_json::to_string(&self.machine).unwrap();
                let executions = serde_json::to_string(self.machine.executions()).unwrap();
                let read = serde_json::from_str::<Machine>(&text)
                    .unwrap()
                    .with_executions(serde_json::from_str(&executions).unwrap());
                assert_eq!(read, self.machine);
                self.machine = read;
                Vec::new()
            }
            Happening::Crash => {
                self.orders.clear();
                self.watched.clear();
                self.machine.recover(self.at)
            }
        };
        self.take(commands);
    }

    fn answer(&mut self, which: usize, verdict: Verdict) -> Vec<Command> {
        let waiting: Vec<Answer> = self
            .machine
            .executions()
            .iter()
            .flat_map(|execution| &execution.stages)
            .flat_map(|run| run.under_way().map(move |action| (run, action)))
            .filter_map(|(run, action)| {
                Some(Answer {
                    stage: run.stage.clone(),
                    action: action.action.clone(),
                    token: action.token.clone()?,
                    verdict,
                    summary: String::new(),
                    by: "somebody".into(),
                })
            })
            .collect();
        match waiting.get(which % waiting.len().max(1)) {
            None => Vec::new(),
            // A parallel execution may wait in a stage that the current structure has no more.
            Some(answer) => self.machine.answer(answer.clone(), self.at).unwrap_or_default(),
        }
    }

    fn check(&self) {
        let mut under_way = BTreeSet::new();
        for execution in self.machine.executions() {
            self.check_execution(execution, &mut under_way);
        }
        let ordered: BTreeSet<ActionId> = self.orders.iter().map(|order| order.id.clone()).collect();
        assert_eq!(under_way, ordered, "what is under way is what was ordered");
        let stages = self.machine.executions().iter().flat_map(|execution| &execution.stages);
        let rules = stages.flat_map(StageRun::rules_under_way).filter(|rule| rule.holds_at.is_none());
        let looked: BTreeSet<ActionId> = rules.map(|rule| rule.id.clone()).collect();
        assert_eq!(looked, self.watched.iter().cloned().collect(), "what is watched is what was ordered");
        for stage in &self.machine.structure().stages {
            let exclusive = || self.machine.executions().iter().filter(|execution| execution.is_exclusive());
            assert!(exclusive().filter(|execution| execution.is_in(&stage.name)).count() <= 1, "one in a stage");
            if self.machine.structure().execution_mode == ExecutionMode::Superseded {
                let before =
                    exclusive().filter(|execution| !execution.is_rollback() && execution.is_before(&stage.name));
                assert!(before.count() <= 1, "one before");
            }
        }
    }

    fn check_execution(&self, execution: &Execution, under_way: &mut BTreeSet<ActionId>) {
        let running: Vec<&ActionRun> = execution.stages.iter().flat_map(StageRun::under_way).collect();
        under_way.extend(running.iter().filter(|run| run.token.is_none()).map(|run| run.id.clone()));
        assert_eq!(execution.status.is_settled(), execution.place == Place::Over);
        match &execution.place {
            Place::Over => {
                assert!(running.is_empty(), "an ended execution does nothing");
                let rules = execution.stages.iter().flat_map(StageRun::rules_under_way);
                assert_eq!(rules.count(), 0, "an ended execution looks at nothing");
            }
            Place::Before(stage) => {
                assert!(running.is_empty(), "a waiting execution does nothing");
                assert!(self.machine.obstacle(&execution.id, stage).is_some(), "a waiting execution has a reason");
            }
            Place::In(stage) if running.is_empty() => {
                let run = execution.stage(stage).unwrap();
                assert!(run.rules_under_way().next().is_some(), "an execution in a stage does something");
            }
            Place::In(stage) => {
                let structure = self.machine.structure_of(execution.version).unwrap();
                let stage = structure.stage(stage).unwrap();
                let run = execution.stage(&stage.name).unwrap();
                let order = |name: &str| stage.action(name).unwrap().run_order;
                let current = order(&running[0].action);
                assert!(running.iter().all(|run| order(&run.action) == current), "one run order at a time");
                for action in stage.actions.iter().filter(|action| action.run_order < current) {
                    let status = run.current(&action.name).unwrap().status;
                    assert_eq!(status, ActionStatus::Succeeded, "earlier run orders have succeeded");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold(mode in 0..3usize, happenings in prop::collection::vec(happening(), 1..120)) {
        let machine = machine(["SUPERSEDED", "QUEUED", "PARALLEL"][mode]);
        let mut world = World { machine, orders: Vec::new(), watched: Vec::new(), at: Timestamp::UNIX_EPOCH, started: 0 };
        for happening in happenings {
            world.happen(happening);
            world.check();
        }
    }

    #[test]
    fn the_same_events_give_the_same_state(happenings in prop::collection::vec(happening(), 1..60)) {
        let play = || {
            let mut world =
                World { machine: machine("SUPERSEDED"), orders: Vec::new(), watched: Vec::new(), at: Timestamp::UNIX_EPOCH, started: 0 };
            for happening in happenings.clone() {
                world.happen(happening);
            }
            world.machine
        };
        prop_assert_eq!(play(), play());
    }

    #[test]
    fn everything_ends_when_nothing_fails(mode in 0..3usize, count in 1..6u8) {
        let machine = machine(["SUPERSEDED", "QUEUED", "PARALLEL"][mode]);
        let mut world = World { machine, orders: Vec::new(), watched: Vec::new(), at: Timestamp::UNIX_EPOCH, started: 0 };
        for _ in 0..count {
            world.happen(Happening::Start);
        }
        for _ in 0..200 {
            world.happen(Happening::Succeed(0));
            world.happen(Happening::Answer(0, Verdict::Approved));
        }
        for number in 1..=count {
            let status = world.machine.execution(&id(number)).unwrap().status;
            let expected = [ExecutionStatus::Succeeded, ExecutionStatus::Superseded];
            prop_assert!(expected.contains(&status), "execution {} is {:?}", number, status);
        }
        prop_assert_eq!(world.machine.execution(&id(count)).unwrap().status, ExecutionStatus::Succeeded);
    }
}
