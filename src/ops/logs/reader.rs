//! Reads the logs of several runs side by side.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::select::{self, Filter};
use super::source::{Presence, Source};
use super::{Line, LogsError};
use crate::aws::codepipeline::ActionExecution;
use crate::id::ExecutionId;
use crate::ops::action_access::ActionAccess;
use crate::ops::subject::Subject;

/// Reads the logs of several runs.
pub struct Reader<'a> {
    subject: &'a Subject,
    access: ActionAccess<'a>,
    since: Option<Timestamp>,
    /// The logs that are read.
    pub sources: Vec<Source>,
    /// Runs that are of no interest: those that had succeeded before the following began.
    passed: BTreeSet<String>,
    first: Look,
}

/// Whether an execution is looked at for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    First,
    Later,
}

impl<'a> Reader<'a> {
    /// Reads the lines that were written since a moment, or all.
    pub fn new(subject: &'a Subject, since: Option<Timestamp>) -> Self {
        Self {
            subject,
            access: ActionAccess::new(&subject.aws),
            since,
            sources: Vec::new(),
            passed: BTreeSet::new(),
            first: Look::First,
        }
    }

    /// Begins with another execution.
    pub fn begin(&mut self) {
        self.sources.clear();
        self.passed.clear();
        self.first = Look::First;
    }

    /// Finds the runs of an execution that have appeared since, and how the known ones do.
    async fn discover(&mut self, filter: &Filter, execution: &ExecutionId) -> Result<(), LogsError> {
        let runs = self.subject.aws.action_executions(&self.subject.name, execution).await?;
        let chosen: Vec<&ActionExecution> = match self.first {
            Look::First => select::select(filter, &runs),
            Look::Later => runs
                .iter()
                .filter(|run| select::has_log(&run.provider) && filter.admits(&run.stage, &run.action, &run.provider))
                .collect(),
        };
        for run in chosen {
            match self.sources.iter_mut().find(|source| source.id() == run.id) {
                Some(source) => source.update(run),
                None if self.passed.contains(&run.id) => {}
                None => self.sources.push(Source::of(run)),
            }
        }
        if self.first == Look::First {
            let known: BTreeSet<&str> = self.sources.iter().map(Source::id).collect();
            let passed = runs.iter().filter(|run| !known.contains(run.id.as_str()));
            self.passed = passed.map(|run| run.id.clone()).collect();
            self.first = Look::Later;
        }
        Ok(())
    }

    /// Shows what an execution has written since the last call. What fails may be repeated: no line is shown twice.
    pub async fn catch_up(
        &mut self,
        filter: &Filter,
        execution: &ExecutionId,
        show: &mut impl FnMut(Line),
    ) -> Result<(), LogsError> {
        self.discover(filter, execution).await?;
        self.read(show).await?;
        Ok(())
    }

    /// Shows what has come since the last call; returns the stages and actions whose logs are not there.
    pub async fn read(&mut self, show: &mut impl FnMut(Line)) -> Result<Vec<(String, String)>, LogsError> {
        self.locate().await?;
        let mut missing = Vec::new();
        let mut silent = BTreeSet::new();
        for source in &mut self.sources {
            let (presence, lines) = source.read(&self.subject.aws, &self.access, self.since).await?;
            let run = source.run();
            if presence == Presence::Missing {
                missing.push((run.stage.clone(), run.action.clone()));
            }
            if lines.is_empty() {
                silent.insert(run.id.clone());
            }
            for line in lines {
                show(Line { stage: run.stage.clone(), action: run.action.clone(), time: line.at, text: line.text });
            }
        }
        // What is over is read until nothing comes any more.
        self.sources.retain(|source| !source.run().status.is_settled() || !silent.contains(source.id()));
        self.passed.extend(silent.into_iter().filter(|id| !self.sources.iter().any(|source| source.id() == id)));
        Ok(missing)
    }

    /// Finds out where the logs of builds are.
    async fn locate(&mut self) -> Result<(), LogsError> {
        let ids: Vec<String> =
            self.sources.iter().filter_map(|source| source.build_to_locate().map(str::to_owned)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let builds = self.subject.aws.builds(&ids).await?;
        for source in &mut self.sources {
            let id = source.build_to_locate().map(str::to_owned);
            let build = id.and_then(|id| builds.iter().find(|build| build.id == id));
            if let Some(stream) = build.and_then(|build| build.log.clone()) {
                source.locate(stream);
            }
        }
        Ok(())
    }
}
