//! What is passed by and what is deployed, case by case.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::content::Content;
use super::decide::{Facts, decide};
use super::note::{Decision, Note, NotedStage};
use super::{Reason, Verdict};
use crate::aws::codepipeline::{
    Execution, ExecutionKind, ExecutionStatus, PipelineState, Retries, Rollback, RollbackCause, SourceRevision,
    StageRun, StageState, StageStatus, Transition,
};
use crate::graph::{Counts, Skip};
use crate::id::ExecutionId;
use crate::ops::naming::SOURCE_ACTION;
use crate::pipeline::{ListedStage, StageList};

fn id(name: &str) -> ExecutionId {
    name.parse().expect("an id")
}

fn rolled_back() -> ExecutionKind {
    ExecutionKind::Rollback(Rollback { target: None, cause: RollbackCause::Asked })
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a moment")
}

/// A pipeline with the stages `Build`, `Staging` and `Production`, and executions `e1`, `e2`, …, of which the last one is
/// decided for. Each begins at its number times 100 and changes last 50 later.
struct World {
    list: StageList,
    contents: BTreeMap<String, Content>,
    state: PipelineState,
    executions: Vec<Execution>,
    notes: BTreeMap<ExecutionId, Note>,
}

fn stage(name: &str, latest: Option<(&str, StageStatus)>) -> StageState {
    StageState {
        name: name.to_owned(),
        inbound: Vec::new(),
        transition: Transition::Enabled,
        latest: latest.map(|(execution, status)| StageRun { execution: id(execution), status }),
        retries: Retries::default(),
        actions: Vec::new(),
    }
}

impl World {
    /// Execution `e1` deployed what `e2` is to deploy again.
    fn new() -> Self {
        let listed = |name: &str| ListedStage {
            name: name.to_owned(),
            folders: Vec::new(),
            layout: String::new(),
            skip: Some(Skip { counts: Counts::Stacks, together_with: Vec::new() }),
        };
        let names = ["Staging", "Production"];
        let digest = |name: &str| Content::Digest(format!("{name} as it is"));
        let mut world = Self {
            list: StageList { format: StageList::FORMAT, stages: names.map(listed).into() },
            contents: names.iter().map(|name| ((*name).to_owned(), digest(name))).collect(),
            state: PipelineState {
                stages: vec![
                    stage("Build", Some(("e2", StageStatus::Succeeded))),
                    stage("Staging", Some(("e1", StageStatus::Succeeded))),
                    stage("Production", Some(("e1", StageStatus::Succeeded))),
                ],
                ..PipelineState::default()
            },
            executions: Vec::new(),
            notes: BTreeMap::new(),
        };
        world.execute(1, ExecutionStatus::Succeeded);
        world.execute(2, ExecutionStatus::InProgress);
        world.note("e1", Decision::Deploy);
        world
    }

    fn execute(&mut self, number: i64, status: ExecutionStatus) -> &mut Execution {
        let execution = Execution {
            id: id(&format!("e{number}")),
            kind: ExecutionKind::Standard,
            status,
            summary: None,
            started: Some(at(number * 100)),
            updated: Some(at(number * 100 + 50)),
            revisions: Vec::new(),
            trigger: None,
            stop_reason: None,
        };
        self.executions.insert(0, execution);
        &mut self.executions[0]
    }

    /// Notes that an execution had the stages as they are.
    fn note(&mut self, execution: &str, decision: Decision) -> &mut Note {
        let noted = |name: &str| NotedStage { digest: format!("{name} as it is"), decision };
        let number: i64 = execution[1..].parse().expect("a number");
        let note = Note {
            format: Note::FORMAT,
            decided: at(number * 100 + 20),
            under_way: Vec::new(),
            stages: ["Staging", "Production"].map(|name| (name.to_owned(), noted(name))).into(),
        };
        self.notes.insert(id(execution), note);
        self.notes.get_mut(&id(execution)).expect("it was put there")
    }

    fn latest(&mut self, stage: usize) -> &mut StageRun {
        self.state.stages[stage].latest.as_mut().expect("something was there")
    }

    /// What is decided for `Staging` and `Production`.
    fn decided(&self) -> [Verdict; 2] {
        let own = self.executions.iter().find(|execution| !execution.status.is_settled()).expect("one goes on");
        let facts = Facts {
            execution: &own.id,
            list: &self.list,
            contents: &self.contents,
            state: &self.state,
            executions: &self.executions,
            notes: &self.notes,
        };
        let mut choices = decide(&facts).into_iter().map(|choice| choice.verdict);
        [choices.next().expect("Staging"), choices.next().expect("Production")]
    }
}

fn skip(since: &str) -> Verdict {
    Verdict::Skip { since: id(since) }
}

#[test]
fn what_is_deployed_already_is_passed_by() {
    let mut world = World::new();
    assert_eq!(world.decided(), [skip("e1"), skip("e1")]);
    world.contents.insert("Staging".into(), Content::Digest("another".into()));
    assert_eq!(world.decided(), [Verdict::Deploy(Reason::Changed), skip("e1")]);
    world.contents.insert("Staging".into(), Content::NoSource);
    assert_eq!(world.decided()[0], Verdict::Deploy(Reason::NoSource));
    world.contents.remove("Staging");
    assert_eq!(world.decided()[0], Verdict::Deploy(Reason::NoSource));
    world.list.stages[1].skip = None;
    assert_eq!(world.decided()[1], Verdict::Deploy(Reason::Always));
}

#[test]
fn what_only_the_source_changed_of_is_told_so() {
    let mut world = World::new();
    for stage in &mut world.list.stages {
        stage.skip.as_mut().expect("it may be").counts = Counts::Source;
    }
    world.contents.insert("Staging".into(), Content::Digest("another".into()));
    let revision = |text: &str| SourceRevision {
        action: SOURCE_ACTION.to_owned(),
        revision: Some(text.to_owned()),
        summary: None,
        url: None,
    };
    for (former, reason) in [("1a", Reason::OtherSource), ("2b", Reason::Changed)] {
        world.executions[0].revisions = vec![revision("2b")];
        world.executions[1].revisions = vec![revision(former)];
        assert_eq!(world.decided(), [Verdict::Deploy(reason), skip("e1")]);
    }
    // A stage that does not read it has changed by itself.
    world.executions[1].revisions = vec![revision("1a")];
    world.list.stages[0].skip.as_mut().expect("it may be").counts = Counts::Stacks;
    assert_eq!(world.decided()[0], Verdict::Deploy(Reason::Changed));
}

#[test]
fn what_did_not_succeed_or_is_unknown_is_deployed() {
    let mut world = World::new();
    for status in [StageStatus::Failed, StageStatus::Stopped, StageStatus::Cancelled, StageStatus::InProgress] {
        world.latest(1).status = status.clone();
        assert_eq!(world.decided()[0], Verdict::Deploy(Reason::Unfinished { status }));
    }
    world.state.stages[1].latest = None;
    world.notes.get_mut(&id("e1")).expect("a note").stages.remove("Production");
    let unknown = Verdict::Deploy(Reason::Unknown { execution: id("e1") });
    assert_eq!(world.decided(), [Verdict::Deploy(Reason::First), unknown.clone()]);
    world.notes.clear();
    assert_eq!(world.decided()[1], unknown);
    world.state.stages.pop();
    assert_eq!(world.decided()[1], Verdict::Deploy(Reason::First));
}

#[test]
fn an_execution_under_way_holds_the_stages_before_it_open() {
    let mut world = World::new();
    world.executions[1].status = ExecutionStatus::InProgress;
    let waits = Verdict::Deploy(Reason::UnderWay { execution: id("e1") });
    // It is on its way from one stage to another.
    assert_eq!(world.decided(), [waits.clone(), waits.clone()]);
    // It waits for `Production`: `Staging` is behind it.
    world.state.stages[2].inbound = vec![StageRun { execution: id("e1"), status: StageStatus::InProgress }];
    world.latest(2).execution = id("e0");
    assert_eq!(world.decided(), [skip("e1"), waits.clone()]);
    // One that began later cannot overtake, unless it is a roll-back.
    let mut world = World::new();
    let own = world.executions[0].clone();
    world.execute(3, ExecutionStatus::InProgress);
    let decided = |world: &World| {
        let facts = Facts {
            execution: &own.id,
            list: &world.list,
            contents: &world.contents,
            state: &world.state,
            executions: &world.executions,
            notes: &world.notes,
        };
        decide(&facts).into_iter().map(|choice| choice.is_skipped()).collect::<Vec<_>>()
    };
    assert_eq!(decided(&world), [true, true]);
    world.executions[0].kind = rolled_back();
    assert_eq!(decided(&world), [false, false]);
}

/// `e2` passed both stages by, and `e3` is to be decided for.
fn passed() -> World {
    let mut world = World::new();
    world.executions[0].status = ExecutionStatus::Succeeded;
    world.execute(3, ExecutionStatus::InProgress);
    for stage in [1, 2] {
        *world.latest(stage) = StageRun { execution: id("e2"), status: StageStatus::Skipped };
    }
    world.note("e2", Decision::Skip);
    world
}

#[test]
fn what_was_passed_by_rightly_is_passed_by_again() {
    assert_eq!(passed().decided(), [skip("e2"), skip("e2")]);
    // Another condition let the execution pass.
    let mut world = passed();
    world.note("e2", Decision::Deploy);
    let unknown = Verdict::Deploy(Reason::Unknown { execution: id("e2") });
    assert_eq!(world.decided(), [unknown.clone(), unknown]);
}

#[test]
fn what_came_in_between_is_not_trusted() {
    let disturbed = |by: &str| Verdict::Deploy(Reason::Disturbed { execution: id(by) });
    // `e1` was retried after the decision for `e2`.
    let mut world = passed();
    world.executions[2].updated = Some(at(221));
    assert_eq!(world.decided(), [disturbed("e1"), disturbed("e1")]);
    // It went on then, and so was known.
    world.notes.get_mut(&id("e2")).expect("a note").under_way = vec!["e1".to_owned()];
    assert_eq!(world.decided(), [skip("e2"), skip("e2")]);
    // A roll-back began after `e2`.
    let mut world = passed();
    let mut rolled = world.executions[0].clone();
    rolled.id = id("e9");
    (rolled.kind, rolled.status) = (rolled_back(), ExecutionStatus::Succeeded);
    world.executions.insert(1, rolled);
    assert_eq!(world.decided(), [disturbed("e9"), disturbed("e9")]);
    // `e2` is too long ago to be listed.
    let mut world = passed();
    world.executions.truncate(1);
    assert_eq!(world.decided(), [disturbed("e2"), disturbed("e2")]);
}

#[test]
fn stages_that_outputs_connect_are_passed_by_together() {
    let mut world = World::new();
    for (stage, other) in [(0, "Production"), (1, "Staging")] {
        world.list.stages[stage].skip.as_mut().expect("it may be").together_with = vec![other.to_owned()];
    }
    assert_eq!(world.decided(), [skip("e1"), skip("e1")]);
    world.contents.insert("Production".into(), Content::Digest("another".into()));
    let together = Verdict::Deploy(Reason::Together { with: "Production".into() });
    assert_eq!(world.decided(), [together, Verdict::Deploy(Reason::Changed)]);
}
