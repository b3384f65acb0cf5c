//! Which stages are passed by. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::content::Content;
use super::note::{Decision, Note};
use super::{Reason, StageChoice, Verdict};
use crate::aws::codepipeline::{Execution, PipelineState, StageState, StageStatus};
use crate::graph::Counts;
use crate::id::ExecutionId;
use crate::ops::naming::SOURCE_ACTION;
use crate::pipeline::{ListedStage, StageList};

/// All that is known.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    /// The execution that is to be decided for.
    pub execution: &'a ExecutionId,
    /// The pipeline's stages.
    pub list: &'a StageList,
    /// What they deploy, by name.
    pub contents: &'a BTreeMap<String, Content>,
    /// What went through them.
    pub state: &'a PipelineState,
    /// The newest executions, the newest first.
    pub executions: &'a [Execution],
    /// What was noted of executions.
    pub notes: &'a BTreeMap<ExecutionId, Note>,
}

/// The revision of the source that an execution runs with.
pub(super) fn revision_of(execution: &Execution) -> Option<&str> {
    let mut revisions = execution.revisions.iter().filter(|revision| revision.action == SOURCE_ACTION);
    revisions.find_map(|revision| revision.revision.as_deref())
}

/// Decides for every stage, in order.
pub(super) fn decide(facts: &Facts<'_>) -> Vec<StageChoice> {
    let open = facts.open_from();
    let choose = |stage: &ListedStage| {
        let verdict = facts.alone(stage, open.as_ref()).map_or_else(Verdict::Deploy, |since| Verdict::Skip { since });
        StageChoice { stage: stage.name.clone(), verdict }
    };
    let mut choices: Vec<StageChoice> = facts.list.stages.iter().map(choose).collect();
    let deployed: BTreeSet<String> =
        choices.iter().filter(|choice| !choice.is_skipped()).map(|choice| choice.stage.clone()).collect();
    for (choice, stage) in choices.iter_mut().zip(&facts.list.stages) {
        let together = stage.skip.iter().flat_map(|skip| &skip.together_with);
        if let Some(with) = together.into_iter().find(|other| deployed.contains(*other))
            && choice.is_skipped()
        {
            choice.verdict = Verdict::Deploy(Reason::Together { with: with.clone() });
        }
    }
    choices
}

impl Facts<'_> {
    /// The other executions that may still deploy something before this one comes by: older ones, and roll-backs.
    pub fn under_way(&self) -> Vec<&Execution> {
        let position = self.executions.iter().position(|execution| execution.id == *self.execution);
        let others = self.executions.iter().enumerate().filter(|(_, execution)| execution.id != *self.execution);
        others
            .filter(|(place, execution)| {
                let is_older = position.is_none_or(|position| *place > position);
                !execution.status.is_settled() && (is_older || execution.rollback().is_some())
            })
            .map(|(_, execution)| execution)
            .collect()
    }

    /// The first stage that one of these is in or waits for, with that execution. It has left those before.
    fn open_from(&self) -> Option<(usize, ExecutionId)> {
        let place = |execution: &Execution| {
            let is_there = |stage: &StageState| {
                let runs = stage.latest.iter().filter(|run| !run.status.is_settled()).chain(&stage.inbound);
                runs.into_iter().any(|run| run.execution == execution.id)
            };
            // One that is on its way from one stage to the next is nowhere.
            self.state.stages.iter().position(is_there).unwrap_or(0)
        };
        self.under_way().into_iter().map(|execution| (place(execution), execution.id.clone())).min()
    }

    /// Decides for a stage by itself: the execution since which it is unchanged, or why it is to be deployed.
    fn alone(&self, stage: &ListedStage, open: Option<&(usize, ExecutionId)>) -> Result<ExecutionId, Reason> {
        if stage.skip.is_none() {
            return Err(Reason::Always);
        }
        let digest = match self.contents.get(&stage.name) {
            Some(Content::Digest(digest)) => digest,
            Some(Content::Outside { template, what }) => {
                return Err(Reason::Outside { template: template.clone(), what: what.clone() });
            }
            Some(Content::NoSource) | None => return Err(Reason::NoSource),
        };
        let place = self.state.stages.iter().position(|known| known.name == stage.name).ok_or(Reason::First)?;
        let latest = self.state.stages[place].latest.as_ref().ok_or(Reason::First)?;
        if !matches!(latest.status, StageStatus::Succeeded | StageStatus::Skipped) {
            return Err(Reason::Unfinished { status: latest.status.clone() });
        }
        if let Some((_, execution)) = open.filter(|(open, _)| *open <= place) {
            return Err(Reason::UnderWay { execution: execution.clone() });
        }
        let unknown = || Reason::Unknown { execution: latest.execution.clone() };
        let note = self.notes.get(&latest.execution).ok_or_else(unknown)?;
        let noted = note.stages.get(&stage.name).ok_or_else(unknown)?;
        if noted.digest != *digest {
            return Err(if self.reads_another_source(stage, &latest.execution) {
                Reason::OtherSource
            } else {
                Reason::Changed
            });
        }
        if latest.status == StageStatus::Skipped {
            // Only what it would have found deployed itself is known to be deployed.
            if noted.decision != Decision::Skip {
                return Err(unknown());
            }
            if let Some(other) = self.disturber(&latest.execution, note) {
                return Err(Reason::Disturbed { execution: other });
            }
        }
        Ok(latest.execution.clone())
    }

    /// Whether a stage reads the source, and an execution that went through it had another.
    fn reads_another_source(&self, stage: &ListedStage, former: &ExecutionId) -> bool {
        let revision =
            |wanted: &ExecutionId| self.executions.iter().find(|one| one.id == *wanted).and_then(revision_of);
        let reads = stage.skip.as_ref().is_some_and(|skip| skip.counts == Counts::Source);
        reads && matches!((revision(self.execution), revision(former)), (Some(now), Some(then)) if now != then)
    }

    /// An execution that may have deployed something to a stage between the decision for the execution that passed it by
    /// and the moment when that one came there: a roll-back, or the retry of an older one.
    fn disturber(&self, passed: &ExecutionId, note: &Note) -> Option<ExecutionId> {
        let Some(position) = self.executions.iter().position(|execution| execution.id == *passed) else {
            return Some(passed.clone());
        };
        let (newer, older) = (&self.executions[..position], &self.executions[position + 1..]);
        let rolled_back = newer.iter().find(|execution| execution.rollback().is_some());
        let was_settled = |execution: &&Execution| !note.under_way.iter().any(|id| *id == execution.id.as_str());
        let changed = |execution: &&Execution| execution.updated.is_none_or(|updated| updated > note.decided);
        let retried = older.iter().filter(was_settled).find(changed);
        rolled_back.or(retried).map(|execution| execution.id.clone())
    }
}
