//! `pipectl status --watch`: follows the newest execution to its end, across restarts.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::look;
use super::report::{Cause, Failure, Freshness, Report};
use crate::aws::codepipeline::{ActionStatus, Execution, StageStatus};
use crate::diagnostic::{Explain, FailureKind};
use crate::event::{Event, Events};
use crate::id::{ExecutionId, PipelineName};
use crate::ops::follow::{self, AfterFailure, Follower, Step};
use crate::ops::subject::{Subject, SubjectError};
use crate::ops::tolerance::Tolerance;
use crate::text;

/// How many executions are looked through for the one that is followed.
const LOOK_BACK: usize = 20;

/// How to watch.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The execution to follow; the newest when none is named.
    pub execution: Option<ExecutionId>,
    /// How long to wait between looks.
    pub interval: Duration,
    /// How long to wait for the end.
    pub timeout: Duration,
    /// How long to wait for the successor of an execution that was stopped.
    pub patience: Duration,
}

/// How what was watched ended.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The execution that decided.
    pub execution: Execution,
    /// How the pipeline stands at the end.
    pub report: Report,
}

impl Watched {
    /// Tells whether the execution went through all stages. A roll-back that follows from a failure is none that did.
    pub fn succeeded(&self) -> bool {
        self.execution.went_well()
    }
}

/// An approval that somebody has to answer before an execution goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// Its stage.
    stage: String,
    /// Its action.
    action: String,
    /// The command that approves.
    approve: String,
    /// The command that rejects.
    reject: String,
}

impl Awaited {
    /// The approvals that the newest execution waits for.
    fn of(report: &Report) -> Vec<Self> {
        let newest = report.stages.iter().filter(|stage| stage.freshness != Freshness::Earlier);
        let actions = newest.flat_map(|stage| stage.actions.iter().map(move |action| (stage, action)));
        let awaited = actions.filter_map(|(stage, action)| {
            let approval = action.approval.as_ref()?;
            Some(Self {
                stage: stage.name.clone(),
                action: action.name.clone(),
                approve: approval.approve.clone(),
                reject: approval.reject.clone(),
            })
        });
        awaited.collect()
    }

    fn told(awaited: &[Self]) -> String {
        let places: Vec<String> =
            awaited.iter().map(|Self { stage, action, .. }| format!("{stage} / {action}")).collect();
        if places.is_empty() { String::new() } else { format!(": it waits for an approval in {}", text::list(&places)) }
    }
}

/// Why a watch did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The time was over before the execution was.
    #[error("{} of pipeline `{pipeline}` did not end within {}{}", match .execution {
        Some(execution) => format!("execution `{execution}`"),
        None => "the newest execution".to_owned(),
    }, follow::written(*.timeout), Awaited::told(.awaited))]
    TimedOut {
        /// The pipeline.
        pipeline: PipelineName,
        /// The execution that was followed last.
        execution: Option<ExecutionId>,
        /// How long it was waited for.
        timeout: Duration,
        /// The approvals that it waits for.
        awaited: Vec<Awaited>,
    },
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

impl Explain for WatchError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::TimedOut { .. } => FailureKind::TimedOut,
            Self::Subject(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::TimedOut { awaited, .. } => {
                let answers = awaited.iter().map(|awaited| format!("`{}` or `{}`", awaited.approve, awaited.reject));
                let others = [
                    "it goes on without being watched: `pipectl status --watch --timeout 12h` follows it again"
                        .to_owned(),
                    "`pipectl stop` ends it, and with `--abandon` does not wait for what it has under way".to_owned(),
                ];
                answers.chain(others).collect()
            }
            Self::Subject(error) => error.hints(),
        }
    }
}

/// Follows an execution to its end. Every look is handed to `show`; what changed is told in events.
pub async fn watch(
    subject: &Subject,
    watch: &Watch,
    events: &Events,
    mut show: impl FnMut(&Report),
) -> Result<Watched, WatchError> {
    let mut follower = match &watch.execution {
        Some(execution) => Follower::of(subject.whole_id(execution).await?, watch.patience),
        None => Follower::newest(watch.patience),
    };
    let begin = Instant::now();
    let mut structure = subject.structure().await?;
    let mut told = Told::default();
    let mut tolerance = Tolerance::default();
    let mut awaited = Vec::new();
    loop {
        let looked = async {
            let executions = subject.executions(LOOK_BACK).await?;
            let report = look(subject, &structure, None).await?;
            let changed = if report.version == structure.version { None } else { Some(subject.structure().await?) };
            Ok::<_, SubjectError>((executions, report, changed))
        };
        if let Some((executions, report, changed)) = tolerance.judge(looked.await)? {
            awaited = Awaited::of(&report);
            for event in told.changes(&report) {
                events.emit(event);
            }
            show(&report);
            let mut look = || {
                let failed = follower.target().map(|target| failed_in(&report, target)).unwrap_or_default();
                follower.look(&executions, AfterFailure::of(&structure, failed), begin.elapsed())
            };
            let mut step = look();
            while let Step::Moved { from, to } = step {
                events.step(moved(from.as_ref(), &to));
                step = look();
            }
            match step {
                Step::Wait | Step::Moved { .. } => {}
                Step::Over(execution) => return Ok(Watched { execution, report }),
                Step::Nothing => return Err(subject.nothing_to_follow(follower.target()).into()),
            }
            structure = changed.unwrap_or(structure);
        }
        if begin.elapsed() + watch.interval > watch.timeout {
            return Err(WatchError::TimedOut {
                pipeline: subject.name.clone(),
                execution: follower.target().cloned(),
                timeout: watch.timeout,
                awaited,
            });
        }
        tokio::time::sleep(watch.interval).await;
    }
}

/// The stages that an execution has failed in.
fn failed_in<'a>(report: &'a Report, execution: &ExecutionId) -> Vec<&'a str> {
    let stages = report.stages.iter().filter(|stage| stage.execution.as_ref() == Some(execution));
    stages.filter(|stage| stage.status == Some(StageStatus::Failed)).map(|stage| stage.name.as_str()).collect()
}

fn moved(from: Option<&Execution>, to: &Execution) -> String {
    let target = to.rollback().and_then(|rollback| rollback.target.as_ref());
    match (from, target) {
        (None, _) => format!("following execution {}", to.id),
        (Some(from), Some(target)) => {
            format!(
                "execution {} failed; following {}, which rolls its stage back to execution {target}",
                from.id, to.id
            )
        }
        (Some(from), None) => {
            format!("execution {} was {}; following {}", from.id, from.status.as_str().to_lowercase(), to.id)
        }
    }
}

/// What has been told already: the status of every action and rule in every execution, and the stages that it passed by.
#[derive(Debug, Default)]
struct Told {
    actions: BTreeMap<(ExecutionId, String, String), ActionStatus>,
    skipped: BTreeSet<(ExecutionId, String)>,
}

impl Told {
    /// The changes since the last report, as events.
    fn changes(&mut self, report: &Report) -> Vec<Event> {
        let newest = report.newest.as_ref().map(|execution| &execution.id);
        let mut events = self.failures(report);
        for stage in report.stages.iter().filter(|stage| stage.execution.as_ref() == newest) {
            let Some(execution) = &stage.execution else { continue };
            let is_skipped = stage.status == Some(StageStatus::Skipped);
            if is_skipped && self.skipped.insert((execution.clone(), stage.name.clone())) {
                events.push(Event::Done { message: format!("{} is skipped", stage.name) });
            }
            for rule in &stage.rules {
                if !self.is_new(execution, &stage.name, &rule.name, &rule.status) {
                    continue;
                }
                let told = rule.cause.as_ref().and_then(Cause::told);
                events.push(match rule.status {
                    ActionStatus::InProgress => {
                        let why = told.map(|told| format!(": {told}")).unwrap_or_default();
                        Event::Step { message: format!("{} waits for {}{why}", stage.name, rule.name) }
                    }
                    _ => changed(&stage.name, &rule.name, &rule.status, told.map(str::to_owned)),
                });
            }
            for action in &stage.actions {
                let Some(status) = &action.status else { continue };
                if !self.is_new(execution, &stage.name, &action.name, status) {
                    continue;
                }
                let waits = action.approval.as_ref().map(|approval| format!("waits for `{}`", approval.approve));
                events.push(changed(&stage.name, &action.name, status, waits.or_else(|| action.summary.clone())));
            }
        }
        events
    }

    /// What failed in the execution that the newest one makes up for. A roll-back may begin before anybody has looked at the
    /// failure.
    fn failures(&mut self, report: &Report) -> Vec<Event> {
        let rollback = report.newest.as_ref().and_then(|newest| newest.rollback.as_ref());
        let Some((rollback, failed)) = rollback.and_then(|rollback| Some((rollback, rollback.failed.as_ref()?))) else {
            return Vec::new();
        };
        let mut events = Vec::new();
        for Failure { stage, name, cause, .. } in &rollback.failures {
            if self.is_new(failed, stage, name, &ActionStatus::Failed) {
                let told = cause.as_ref().and_then(Cause::told).map(str::to_owned);
                events.push(changed(stage, name, &ActionStatus::Failed, told));
            }
        }
        events
    }

    /// Whether a status has not been told yet; from now on it has.
    fn is_new(&mut self, execution: &ExecutionId, stage: &str, name: &str, status: &ActionStatus) -> bool {
        let key = (execution.clone(), stage.to_owned(), name.to_owned());
        self.actions.insert(key, status.clone()).as_ref() != Some(status)
    }
}

/// An action or a rule changed its status.
fn changed(stage: &str, name: &str, status: &ActionStatus, summary: Option<String>) -> Event {
    Event::Action {
        stage: stage.to_owned(),
        action: name.to_owned(),
        status: status.as_str().to_owned(),
        summary: summary.filter(|summary| !summary.is_empty()),
        sentiment: status.sentiment(),
    }
}
