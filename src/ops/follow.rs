//! Which execution to follow, and when it is over: a state machine without input or output.
//!
//! An execution that ends because the pipeline updated itself is followed by the next one, and so is one that a newer
//! execution superseded; the result is that of the last.
//!
//! ```text
//!   A ──InProgress──▶ Stopped | Cancelled | Superseded          A ──▶ Succeeded: over
//!                        │ a newer execution is there: follow it  └─▶ Failed
//!                        └ none yet: wait PATIENCE for one,            │ a roll-back of it is there: follow it
//!                          then it is over                             │ its stage can be rolled back: wait PATIENCE
//!                                                                      └ else it is over
//! ```
//!
//! A roll-back is never the successor of an execution that was stopped: it takes one stage back, and carries nothing on.

use std::time::Duration;

use crate::aws::codepipeline::{Execution, ExecutionStatus, Structure};
use crate::id::ExecutionId;

/// How long a successor of an execution that was stopped, cancelled or superseded is waited for. The pipeline's own
/// update starts the next execution before it stops its own, so this only covers a list that lags behind.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A span of time as messages write it, such as `6h` or `1m 30s`.
pub fn written(span: Duration) -> String {
    jiff::SignedDuration::try_from(span).map_or_else(|_| format!("{span:?}"), |span| format!("{span:#}"))
}

/// Follows executions of one pipeline.
#[derive(Debug, Clone)]
pub struct Follower {
    target: Option<ExecutionId>,
    patience: Duration,
    /// Since when there has been nothing to follow.
    idle_since: Option<Duration>,
}

/// What a look at the list of executions showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The execution followed is under way, or its successor is waited for.
    Wait,
    /// Another execution is followed from now on.
    Moved {
        /// The execution that ended; none at the first look.
        from: Option<Execution>,
        /// The one that is followed now.
        to: Box<Execution>,
    },
    /// It is over.
    Over(Execution),
    /// There is no execution to follow.
    Nothing,
}

/// What follows when the execution that is followed fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Nothing.
    Nothing,
    /// Another execution may take its stage back.
    Rollback,
}

impl AfterFailure {
    /// What may follow when an execution fails in stages of a pipeline.
    pub fn of<'a>(structure: &Structure, failed_in: impl IntoIterator<Item = &'a str>) -> Self {
        let can_roll_back =
            |name: &str| structure.stages.iter().any(|stage| stage.name == name && stage.conditions.can_roll_back);
        match failed_in.into_iter().any(can_roll_back) {
            true => Self::Rollback,
            false => Self::Nothing,
        }
    }
}

impl Follower {
    /// Follows the newest execution, whichever that is at the first look.
    pub fn newest(patience: Duration) -> Self {
        Self { target: None, patience, idle_since: None }
    }

    /// Follows one execution.
    pub fn of(execution: ExecutionId, patience: Duration) -> Self {
        Self { target: Some(execution), patience, idle_since: None }
    }

    /// The execution that is followed, once it is known.
    pub fn target(&self) -> Option<&ExecutionId> {
        self.target.as_ref()
    }

    /// Takes in the list of executions, the newest first, as it is `now` (counted from any fixed moment).
    pub fn look(&mut self, executions: &[Execution], after_failure: AfterFailure, now: Duration) -> Step {
        let Some(target) = &self.target else {
            return match executions.first() {
                Some(newest) => self.move_to(None, newest),
                None => self.wait_or(Step::Nothing, now),
            };
        };
        let Some(position) = executions.iter().position(|execution| execution.id == *target) else {
            // One that was just started may not be listed yet.
            return self.wait_or(Step::Nothing, now);
        };
        let current = &executions[position];
        if !current.status.is_settled() {
            self.idle_since = None;
            return Step::Wait;
        }
        let newer = &executions[..position];
        let (successor, is_hoped_for) = match has_successor(&current.status) {
            Successor::None => return Step::Over(current.clone()),
            Successor::Newer => (newer.iter().find(|execution| execution.rollback().is_none()), true),
            // The one next to it, for a later one may follow from another failure.
            Successor::Rollback => {
                let rollback = newer.iter().rev().find(|execution| execution.takes_back(&current.id));
                (rollback, after_failure == AfterFailure::Rollback)
            }
        };
        match successor {
            Some(successor) => self.move_to(Some(current.clone()), successor),
            None if is_hoped_for => self.wait_or(Step::Over(current.clone()), now),
            None => Step::Over(current.clone()),
        }
    }

    fn move_to(&mut self, from: Option<Execution>, to: &Execution) -> Step {
        self.target = Some(to.id.clone());
        self.idle_since = None;
        Step::Moved { from, to: Box::new(to.clone()) }
    }

    fn wait_or(&mut self, end: Step, now: Duration) -> Step {
        let since = *self.idle_since.get_or_insert(now);
        if now.saturating_sub(since) >= self.patience { end } else { Step::Wait }
    }
}

/// Which execution may carry on where one ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Successor {
    None,
    /// A newer one.
    Newer,
    /// One that takes back what it did.
    Rollback,
}

fn has_successor(status: &ExecutionStatus) -> Successor {
    match status {
        ExecutionStatus::Stopped | ExecutionStatus::Cancelled | ExecutionStatus::Superseded => Successor::Newer,
        ExecutionStatus::Failed => Successor::Rollback,
        ExecutionStatus::Succeeded
        | ExecutionStatus::InProgress
        | ExecutionStatus::Stopping
        | ExecutionStatus::Other(_) => Successor::None,
    }
}

#[cfg(test)]
mod tests {
    use ExecutionStatus::{Cancelled, Failed, InProgress, Stopped, Stopping, Succeeded, Superseded};

    use super::*;
    use crate::aws::codepipeline::{Conditions, ExecutionKind, Rollback, RollbackCause, StageStructure};

    const PATIENCE: Duration = Duration::from_secs(10);

    fn executions(list: &[(&str, ExecutionStatus)]) -> Vec<Execution> {
        list.iter()
            .map(|(id, status)| Execution {
                id: id.parse().unwrap(),
                kind: kind_of(id),
                status: status.clone(),
                summary: None,
                started: None,
                updated: None,
                revisions: Vec::new(),
                trigger: None,
                stop_reason: None,
            })
            .collect()
    }

    /// Executions with such names as `a-undone` take back what `a` did; that of the name `manual` does, for somebody asked.
    fn kind_of(id: &str) -> ExecutionKind {
        let cause = match id.strip_suffix("-undone") {
            Some(failed) => RollbackCause::Failure(Some(failed.parse().unwrap())),
            None if id == "manual" => RollbackCause::Asked,
            None => return ExecutionKind::Standard,
        };
        ExecutionKind::Rollback(Rollback { target: None, cause })
    }

    /// Plays looks ten seconds apart and writes down what came of each, up to the end.
    fn play(follower: Follower, looks: &[&[(&str, ExecutionStatus)]]) -> Vec<String> {
        play_where(AfterFailure::Nothing, follower, looks)
    }

    fn play_where(
        after_failure: AfterFailure,
        mut follower: Follower,
        looks: &[&[(&str, ExecutionStatus)]],
    ) -> Vec<String> {
        looks
            .iter()
            .zip(0..)
            .map(|(look, number)| {
                match follower.look(&executions(look), after_failure, Duration::from_secs(10 * number)) {
                    Step::Wait => "wait".to_owned(),
                    Step::Moved { from: None, to } => format!("-> {}", to.id),
                    Step::Moved { from: Some(from), to } => format!("{} {} -> {}", from.id, from.status, to.id),
                    Step::Over(execution) => format!("{} {}", execution.id, execution.status),
                    Step::Nothing => "nothing".to_owned(),
                }
            })
            .collect()
    }

    #[test]
    fn the_newest_is_followed_to_its_end() {
        let steps = play(
            Follower::newest(PATIENCE),
            &[
                &[("b", InProgress), ("a", Failed)],
                &[("b", InProgress), ("a", Failed)],
                &[("b", Succeeded), ("a", Failed)],
            ],
        );
        assert_eq!(steps, ["-> b", "wait", "b Succeeded"]);
    }

    #[test]
    fn a_restart_is_followed() {
        for end in [Stopped, Cancelled, Superseded] {
            let steps = play(
                Follower::newest(PATIENCE),
                &[
                    &[("a", InProgress)],
                    &[("b", InProgress), ("a", Stopping)],
                    &[("b", InProgress), ("a", end.clone())],
                    &[("b", InProgress), ("a", end.clone())],
                    &[("b", Failed), ("a", end.clone())],
                ],
            );
            assert_eq!(steps, ["-> a", "wait", &format!("a {end} -> b"), "wait", "b Failed"]);
        }
    }

    #[test]
    fn a_successor_that_shows_late_is_waited_for() {
        let steps = play(
            Follower::newest(Duration::from_secs(15)),
            &[&[("a", InProgress)], &[("a", Stopped)], &[("a", Stopped)], &[("b", InProgress), ("a", Stopped)]],
        );
        assert_eq!(steps, ["-> a", "wait", "wait", "a Stopped -> b"]);
    }

    #[test]
    fn an_execution_stopped_for_good_ends_after_a_while() {
        let steps = play(Follower::newest(PATIENCE), &[&[("a", InProgress)], &[("a", Stopped)], &[("a", Stopped)]]);
        assert_eq!(steps, ["-> a", "wait", "a Stopped"]);
    }

    #[test]
    fn several_superseded_executions_are_skipped_at_once() {
        let steps = play(
            Follower::newest(PATIENCE),
            &[&[("a", InProgress)], &[("c", InProgress), ("b", Superseded), ("a", Superseded)]],
        );
        assert_eq!(steps, ["-> a", "a Superseded -> c"]);
    }

    #[test]
    fn a_newer_execution_does_not_change_the_result_of_one_that_came_to_its_end() {
        let steps = play(Follower::newest(PATIENCE), &[&[("a", InProgress)], &[("b", InProgress), ("a", Succeeded)]]);
        assert_eq!(steps, ["-> a", "a Succeeded"]);
    }

    #[test]
    fn a_roll_back_is_followed_after_the_failure_that_it_follows_from() {
        let begin = &[("a", InProgress)][..];
        let undone = &[("a-undone", Succeeded), ("a", Failed)][..];
        let together = play(Follower::newest(PATIENCE), &[begin, undone, undone]);
        assert_eq!(together, ["-> a", "a Failed -> a-undone", "a-undone Succeeded"]);
        // It may show late, and need not come.
        let failed = &[("b", InProgress), ("a", Failed)][..];
        let late = [begin, failed, &[("b", InProgress), ("a-undone", InProgress), ("a", Failed)]];
        assert_eq!(
            play_where(AfterFailure::Rollback, Follower::newest(PATIENCE), &late),
            ["-> a", "wait", "a Failed -> a-undone"]
        );
        let never = [begin, failed, failed];
        assert_eq!(
            play_where(AfterFailure::Rollback, Follower::newest(PATIENCE), &never),
            ["-> a", "wait", "a Failed"]
        );
        // That of another one is none.
        let other = &[("b-undone", InProgress), ("b", Failed), ("a", Failed)][..];
        assert_eq!(play(Follower::newest(PATIENCE), &[begin, other]), ["-> a", "a Failed"]);
    }

    #[test]
    fn only_stages_that_are_rolled_back_let_hope_for_it() {
        let stage = |name: &str, can_roll_back| StageStructure {
            name: name.to_owned(),
            actions: Vec::new(),
            conditions: Conditions { can_fail: false, can_roll_back },
        };
        let stages = vec![stage("Staging", false), stage("Production", true)];
        let structure = Structure { stages, ..Structure::default() };
        assert_eq!(AfterFailure::of(&structure, ["Staging"]), AfterFailure::Nothing);
        assert_eq!(AfterFailure::of(&structure, ["Staging", "Production"]), AfterFailure::Rollback);
        assert_eq!(AfterFailure::of(&structure, []), AfterFailure::Nothing);
    }

    #[test]
    fn a_roll_back_carries_nothing_on() {
        let steps = play(
            Follower::newest(PATIENCE),
            &[
                &[("a", InProgress)],
                &[("manual", InProgress), ("a", Superseded)],
                &[("manual", InProgress), ("b", InProgress), ("a", Superseded)],
            ],
        );
        assert_eq!(steps, ["-> a", "wait", "a Superseded -> b"]);
    }

    #[test]
    fn a_pipeline_that_never_ran_is_waited_for_and_then_given_up() {
        assert_eq!(play(Follower::newest(PATIENCE), &[&[], &[]]), ["wait", "nothing"]);
        let started = Follower::of("a".parse().unwrap(), PATIENCE);
        assert_eq!(play(started, &[&[], &[("a", Succeeded)]]), ["wait", "a Succeeded"]);
    }
}
