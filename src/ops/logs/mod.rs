//! `pipectl logs`: the lines of builds and the events of stacks, once or as they come.

mod error;
mod reader;
mod select;
mod source;

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;

pub use error::LogsError;
pub use select::{Filter, NoSuchAction, Origin, has_log};

use reader::Reader;
use source::Source;

use super::follow::{AfterFailure, Follower, Step};
use super::status::{Cause, cause_of_rule, last_looks, rule_has_failed};
use super::subject::{Subject, SubjectError};
use super::tolerance::Tolerance;
use crate::aws::codepipeline::{
    ActionExecution, ActionStatus, Execution, ExecutionStatus, RuleExecution, StageStatus, Structure,
};
use crate::event::Events;
use crate::id::ExecutionId;

/// How many executions are looked through for the one that is followed.
const LOOK_BACK: usize = 20;

/// Which logs are wanted.
#[derive(Debug, Clone, Default)]
pub struct LogRequest {
    /// Which actions.
    pub filter: Filter,
    /// The execution; the newest when none is named.
    pub execution: Option<ExecutionId>,
    /// Only lines from then on.
    pub since: Option<Timestamp>,
}

/// How lines are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// How long to wait between looks.
    pub interval: Duration,
    /// How long to wait for the execution's end.
    pub timeout: Duration,
    /// How long to wait for the successor of an execution that was stopped.
    pub patience: Duration,
}

/// A line of a log. Its JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    /// The stage.
    pub stage: String,
    /// The action.
    pub action: String,
    /// When it was written.
    pub time: Option<Timestamp>,
    /// Its text.
    pub text: String,
}

/// Shows what has been written so far. `show` is told of each line whether it has to say where it comes from.
pub async fn logs(
    subject: &Subject,
    request: &LogRequest,
    events: &Events,
    mut show: impl FnMut(Line, Origin),
) -> Result<(), LogsError> {
    let (structure, origin) = check(subject, request).await?;
    let mut show = |line| show(line, origin);
    let execution = subject.execution(request.execution.as_ref()).await?;
    let runs = subject.aws.action_executions(&subject.name, &execution.id).await?;
    let rules = rules(subject, request, &structure, &execution.id, &runs).await?;
    let mut selected = select::select(&request.filter, &runs);
    if !rules.is_empty() && request.filter == Filter::default() {
        // What went well does not tell why a window or an alarm failed its stage.
        selected.retain(|run| run.status != ActionStatus::Succeeded);
    }
    let mut reader = Reader::new(subject, request.since);
    reader.sources = selected.into_iter().map(Source::of).collect();
    if reader.sources.is_empty() && rules.is_empty() {
        return Err(LogsError::NotRun(execution.id));
    }
    rules.into_iter().for_each(&mut show);
    for (stage, action) in reader.read(&mut show).await? {
        events.warning(format!("there is no log of {stage} / {action}, or not yet"), Vec::new());
    }
    Ok(())
}

/// Shows lines as they come until the execution is over, and those of its successor when the pipeline restarts. `show` is
/// told of each line whether it has to say where it comes from.
pub async fn follow(
    subject: &Subject,
    request: &LogRequest,
    following: Following,
    events: &Events,
    mut show: impl FnMut(Line, Origin),
) -> Result<Execution, LogsError> {
    let (structure, origin) = check(subject, request).await?;
    let mut show = |line| show(line, origin);
    let mut follower = match &request.execution {
        Some(execution) => Follower::of(subject.whole_id(execution).await?, following.patience),
        None => Follower::newest(following.patience),
    };
    let begin = Instant::now();
    let mut reader = Reader::new(subject, request.since);
    let (mut looks, mut reads) = (Tolerance::default(), Tolerance::default());
    loop {
        let Some((executions, after_failure)) = looks.judge(look(subject, follower.target()).await)? else {
            tokio::time::sleep(following.interval).await;
            continue;
        };
        let mut step = follower.look(&executions, after_failure, begin.elapsed());
        while let Step::Moved { from, to } = step {
            if let Some(from) = from {
                // What the execution wrote last is read before it is left.
                reader.catch_up(&request.filter, &from.id, &mut show).await?;
            }
            events.step(format!("following execution {}", to.id));
            reader.begin();
            let after_failure = self::after_failure(subject, &executions, follower.target()).await?;
            step = follower.look(&executions, after_failure, begin.elapsed());
        }
        // The execution's end is looked up before its lines: all that the service has are there when it is over.
        let target = follower.target().cloned();
        if let Some(target) = &target
            && reads.judge(reader.catch_up(&request.filter, target, &mut show).await)?.is_none()
        {
            tokio::time::sleep(following.interval).await;
            continue;
        }
        match (step, &target) {
            (Step::Wait | Step::Moved { .. }, _) => {}
            (Step::Over(execution), _) => {
                // The log service lags behind by some seconds.
                tokio::time::sleep(following.interval).await;
                reader.read(&mut show).await?;
                if execution.status == ExecutionStatus::Failed {
                    let runs = subject.aws.action_executions(&subject.name, &execution.id).await?;
                    let rules = rules(subject, request, &structure, &execution.id, &runs).await?;
                    rules.into_iter().for_each(&mut show);
                }
                return Ok(execution);
            }
            (Step::Nothing, target) => return Err(subject.nothing_to_follow(target.as_ref()).into()),
        }
        if begin.elapsed() + following.interval > following.timeout {
            return Err(LogsError::TimedOut { pipeline: subject.name.clone(), timeout: following.timeout });
        }
        tokio::time::sleep(following.interval).await;
    }
}

/// Looks at the newest executions, and at what may follow if the one that is followed has failed.
async fn look(subject: &Subject, target: Option<&ExecutionId>) -> Result<(Vec<Execution>, AfterFailure), SubjectError> {
    let executions = subject.executions(LOOK_BACK).await?;
    let after_failure = after_failure(subject, &executions, target).await?;
    Ok((executions, after_failure))
}

/// What the rules say that failed stages of an execution, such as windows and alarms.
async fn rules(
    subject: &Subject,
    request: &LogRequest,
    structure: &Structure,
    execution: &ExecutionId,
    runs: &[ActionExecution],
) -> Result<Vec<Line>, LogsError> {
    if request.filter.action.is_some() || !structure.stages.iter().any(|stage| stage.conditions.can_fail) {
        return Ok(Vec::new());
    }
    let looks = subject.aws.rule_executions(&subject.name, execution).await?;
    let is_wanted = |look: &&RuleExecution| {
        let is_in_stage = request.filter.stage.as_ref().is_none_or(|stage| *stage == look.stage);
        let is_in_time = request.since.is_none_or(|since| look.updated.is_none_or(|updated| updated >= since));
        rule_has_failed(look) && is_in_stage && is_in_time
    };
    let failed = last_looks(&looks, runs, execution).filter(is_wanted);
    let lines = failed.map(|look| Line {
        stage: look.stage.clone(),
        action: look.rule.clone(),
        time: look.updated,
        text: cause_of_rule(look).as_ref().and_then(Cause::told).unwrap_or("the rule failed").to_owned(),
    });
    Ok(lines.collect())
}

/// What may follow if the execution that is followed has failed.
async fn after_failure(
    subject: &Subject,
    executions: &[Execution],
    target: Option<&ExecutionId>,
) -> Result<AfterFailure, SubjectError> {
    let mut failed = executions.iter().filter(|execution| execution.status == ExecutionStatus::Failed);
    let Some(failed) = failed.find(|execution| Some(&execution.id) == target) else {
        return Ok(AfterFailure::Nothing);
    };
    let structure = subject.structure().await?;
    let state = subject.state().await?;
    let runs = state.stages.iter().filter_map(|stage| Some((stage.name.as_str(), stage.latest.as_ref()?)));
    let failed_in = runs.filter(|(_, run)| run.execution == failed.id && run.status == StageStatus::Failed);
    Ok(AfterFailure::of(&structure, failed_in.map(|(stage, _)| stage)))
}

/// Makes sure that what was asked for exists. Returns the pipeline's structure, and whether only one action is meant.
async fn check(subject: &Subject, request: &LogRequest) -> Result<(Structure, Origin), LogsError> {
    let structure = subject.structure().await?;
    let checked = request.filter.check(&structure);
    let origin = checked.map_err(|missing| LogsError::NoSuchAction { pipeline: subject.name.clone(), missing })?;
    Ok((structure, origin))
}
