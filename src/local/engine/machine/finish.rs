//! The events that tell how an action goes and how it ended, and the passing of time.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::execution::{ActionRun, ActionStatus, ErrorDetails, External, Location, Revision};
use super::{ActionId, Command, Machine, StageRun};

/// How an action ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It did what it had to.
    Succeeded(Box<Success>),
    /// It did not.
    Failed(Failure),
}

/// What an action made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Success {
    /// Where its artifacts are, by name.
    pub artifacts: BTreeMap<String, Location>,
    /// Its output variables.
    pub variables: BTreeMap<String, String>,
    /// What it caused elsewhere.
    pub external: External,
    /// The revision, for a source.
    pub revision: Option<Revision>,
}

/// Why an action failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// What went wrong.
    pub error: ErrorDetails,
    /// What it caused elsewhere.
    pub external: Box<External>,
}

impl Failure {
    /// A failure without traces elsewhere.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { error: ErrorDetails { code: code.into(), message: message.into() }, external: Box::default() }
    }
}

impl Machine {
    /// Notes what an action caused elsewhere so far. An action that is under way no more is left as it is.
    pub fn progress(&mut self, id: &ActionId, external: External, at: Timestamp) {
        if let Some((execution, stage, action)) = self.position(id) {
            let run = &mut self.executions[execution].stages[stage].actions[action];
            run.external = external;
            run.updated = at;
        }
    }

    /// Notes how an action ended, and goes on. An action that is under way no more is left as it is.
    pub fn finish(&mut self, id: &ActionId, outcome: Outcome, at: Timestamp) -> Vec<Command> {
        let Some((execution, stage, action)) = self.position(id) else { return Vec::new() };
        let execution = &mut self.executions[execution];
        let run = &mut execution.stages[stage].actions[action];
        execution.updated = at;
        match outcome {
            Outcome::Failed(failure) => {
                run.external.complete(*failure.external);
                fail(run, failure.error, at);
            }
            Outcome::Succeeded(success) => {
                run.status = ActionStatus::Succeeded;
                run.updated = at;
                run.external.complete(success.external);
                run.outputs = success.artifacts.clone();
                run.variables = success.variables.clone();
                run.revision = success.revision.clone();
                execution.artifacts.extend(success.artifacts);
                if let Some(revision) = success.revision {
                    execution.revisions.retain(|known| known.action != revision.action);
                    execution.revisions.push(revision);
                }
                if let Some(namespace) = &run.namespace {
                    execution.namespaces.insert(namespace.clone(), success.variables);
                }
            }
        }
        self.advance(at)
    }

    /// Fails the actions that have taken too long, and goes on.
    pub fn pass_time(&mut self, at: Timestamp) -> Vec<Command> {
        let mut commands = Vec::new();
        for execution in &mut self.executions {
            for run in execution.stages.iter_mut().flat_map(|stage| &mut stage.actions) {
                if run.status == ActionStatus::InProgress && run.deadline <= at {
                    let message = match run.token {
                        Some(_) => "nobody approved or rejected in time".to_owned(),
                        None => "the action took longer than it may".to_owned(),
                    };
                    fail(run, ErrorDetails { code: "JobFailed".to_owned(), message }, at);
                    commands.push(Command::Abandon(run.id.clone()));
                }
            }
        }
        commands.extend(self.pass_rule_time(at));
        commands.extend(self.advance(at));
        commands
    }

    /// When time has to pass next for something to happen.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        let stages = || self.executions.iter().flat_map(|execution| &execution.stages);
        let actions = stages().flat_map(StageRun::under_way).map(|run| run.deadline);
        let rules = stages().flat_map(StageRun::rules_under_way);
        actions.chain(rules.flat_map(|rule| rule.holds_at.into_iter().chain(rule.deadline))).min()
    }

    /// Where the action run of an id is, if it is under way.
    fn position(&self, id: &ActionId) -> Option<(usize, usize, usize)> {
        self.executions.iter().enumerate().rev().find_map(|(execution, record)| {
            record.stages.iter().enumerate().find_map(|(stage, run)| {
                let is_it = |run: &ActionRun| run.id == *id && run.status == ActionStatus::InProgress;
                run.actions.iter().position(is_it).map(|action| (execution, stage, action))
            })
        })
    }
}

/// Marks an action run as failed.
pub(super) fn fail(run: &mut ActionRun, error: ErrorDetails, at: Timestamp) {
    run.status = ActionStatus::Failed;
    run.updated = at;
    run.external.summary.get_or_insert_with(|| error.message.clone());
    run.error = Some(error);
}

impl External {
    /// Takes over what a later report knows, and keeps what it does not mention.
    fn complete(&mut self, later: Self) {
        let Self { id, url, summary, percent, log_stream } = later;
        self.id = id.or_else(|| self.id.take());
        self.url = url.or_else(|| self.url.take());
        self.summary = summary;
        self.percent = percent;
        self.log_stream = log_stream.or_else(|| self.log_stream.take());
    }
}
