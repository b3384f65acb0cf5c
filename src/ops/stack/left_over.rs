//! Change sets that nobody is going to execute any more, where executions of a pipeline run in parallel.
//!
//! Each of them has change sets of its own. CloudFormation deletes a stack's others when it executes one, but those that
//! change nothing, and those of executions that were stopped or not approved, would add up until no more can be made.
//!
//! Used where unfinished stacks are deleted: by UpdatePipeline in the pipeline's own account, by a stage's guard elsewhere.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Unfinished;
use crate::aws::cloudformation::{ExecutionStatus as Progress, ListedChangeSet};
use crate::aws::codepipeline::ExecutionStatus;
use crate::aws::{self, Aws};
use crate::diagnostic::Explain;
use crate::event::Events;
use crate::id::{ExecutionId, PipelineName, StackName};
use crate::pipeline::execution_of_change_set;
use crate::text;

/// How many change sets of failed executions a stack keeps, the newest: those can be retried.
const KEPT: usize = 10;

/// Who else may be in a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company<'a> {
    /// Nobody: one execution at a time is in it.
    Alone,
    /// Other executions of this pipeline.
    Parallel(&'a PipelineName),
}

/// What executions that have ended left behind.
#[derive(Debug)]
pub struct LeftOver<'a> {
    /// The connection to the pipeline.
    aws: &'a Aws,
    company: Company<'a>,
    /// How the executions do that were asked about; nothing of those that the pipeline does not know.
    statuses: BTreeMap<ExecutionId, Option<ExecutionStatus>>,
}

impl<'a> LeftOver<'a> {
    /// That of executions in some company. `aws` is where the pipeline lives.
    pub fn of(aws: &'a Aws, company: Company<'a>) -> Self {
        Self { aws, company, statuses: BTreeMap::new() }
    }

    /// Which stacks are unfinished: one that another execution has reserved is not.
    pub fn unfinished(&self) -> Unfinished {
        match self.company {
            Company::Alone => Unfinished::FailedOrReserved,
            Company::Parallel(_) => Unfinished::Failed,
        }
    }

    /// Deletes the change sets of a stack that are left over. What cannot be tidied up stays, and keeps nothing else from
    /// its course.
    pub async fn discard(&mut self, there: &Aws, stack: &StackName, events: &Events) {
        let Company::Parallel(pipeline) = self.company else { return };
        match self.try_discard(pipeline, there, stack).await {
            Ok(0) => {}
            Ok(count) => {
                let discarded = text::count(count, "change set");
                events.step(format!("deleted {discarded} of stack `{stack}` whose executions have ended"));
            }
            Err(error) => {
                events.warning(
                    format!("change sets of ended executions of stack `{stack}` stay: {error}"),
                    error.hints(),
                );
            }
        }
    }

    async fn try_discard(&mut self, pipeline: &PipelineName, there: &Aws, stack: &StackName) -> aws::Result<usize> {
        let mut owned = Vec::new();
        for change_set in there.change_sets(stack.as_str()).await? {
            let Some(execution) = execution_of_change_set(&change_set.name) else { continue };
            let status = match self.statuses.get(&execution) {
                Some(status) => status.clone(),
                None => {
                    let status = self.aws.execution_status(pipeline, &execution).await?;
                    self.statuses.insert(execution, status.clone());
                    status
                }
            };
            owned.push((change_set, status));
        }
        let discarded = left_over(owned);
        for change_set in &discarded {
            there.discard_change_set(stack.as_str(), &change_set.id).await?;
        }
        Ok(discarded.len())
    }
}

/// Those of the change sets that are left over. Each comes with how its execution does.
fn left_over(mut change_sets: Vec<(ListedChangeSet, Option<ExecutionStatus>)>) -> Vec<ListedChangeSet> {
    change_sets.sort_by_key(|(change_set, _)| Reverse(change_set.created));
    let mut failed = 0;
    change_sets.retain(|(change_set, status)| match (change_set.execution, status) {
        (Progress::InProgress | Progress::Complete, _) => false,
        (_, Some(ExecutionStatus::Failed)) => {
            failed += 1;
            failed > KEPT
        }
        (_, Some(status)) => status.is_settled(),
        (_, None) => true,
    });
    change_sets.into_iter().map(|(change_set, _)| change_set).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn change_set(minute: i64, execution: Progress) -> ListedChangeSet {
        ListedChangeSet {
            id: minute.to_string(),
            name: String::new(),
            execution,
            created: Some(Timestamp::from_second(minute * 60).unwrap()),
        }
    }

    fn left(change_sets: Vec<(ListedChangeSet, Option<ExecutionStatus>)>) -> Vec<String> {
        left_over(change_sets).into_iter().map(|change_set| change_set.id).collect()
    }

    #[test]
    fn what_may_still_be_executed_stays() {
        let of = |minute, status| (change_set(minute, Progress::Available), status);
        assert_eq!(
            left(vec![
                of(1, Some(ExecutionStatus::InProgress)),
                of(2, Some(ExecutionStatus::Stopping)),
                of(3, Some(ExecutionStatus::Failed)),
                of(4, Some(ExecutionStatus::Stopped)),
                of(5, Some(ExecutionStatus::Succeeded)),
                of(6, Some(ExecutionStatus::from("Invented"))),
                of(7, None),
                (change_set(8, Progress::InProgress), Some(ExecutionStatus::Stopped)),
                (change_set(9, Progress::Unavailable), Some(ExecutionStatus::Succeeded)),
            ]),
            ["9", "7", "5", "4"]
        );
    }

    #[test]
    fn of_failed_executions_the_newest_stay() {
        let failed = |minute| (change_set(minute, Progress::Available), Some(ExecutionStatus::Failed));
        assert_eq!(left((1..=12).map(failed).collect()), ["2", "1"]);
    }
}
