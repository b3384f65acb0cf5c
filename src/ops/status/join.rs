//! Joins what CodePipeline and CodeBuild tell into one report. Pure.

use super::report::{
    ActionReport, ApprovalReport, BuildReport, Disabled, ExecutionReport, Freshness, Next, PhaseReport, Report,
    RetryReport, Revision, RollbackReport, RuleReport, StageReport,
};
use super::rule;
use crate::aws::cloudformation::says_nothing_changes;
use crate::aws::codebuild::Build;
use crate::aws::codepipeline::{
    ActionExecution, ActionState, ActionStatus, ActionStructure, Execution, PipelineState, Provider, Rollback,
    RollbackCause, RuleExecution, SourceRevision, StageState, StageStatus, Structure, Transition,
};
use crate::id::{ExecutionId, PipelineName};
use crate::ops::logs::has_log;
use crate::ops::naming;
use crate::ops::subject::Invocation;

/// How many executions before the newest are told.
const EARLIER: usize = 4;

/// Whether the execution that is told is the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// It is.
    Newest,
    /// Others came after it.
    Past,
}

/// The provider of sources that are read through a connection.
const CONNECTION: &str = "CodeStarSourceConnection";

/// What may keep such a source from being read, and what to do about it.
const FINISH_CONNECTION: &str = "the connection has to be `Available`: one that is new waits for its handshake at \
                                 https://console.aws.amazon.com/codesuite/settings/connections";

/// All that was read.
#[derive(Debug, Clone)]
pub struct Observation<'a> {
    /// The pipeline.
    pub pipeline: &'a PipelineName,
    /// Whether the first of the executions is the newest.
    pub age: Age,
    /// How to call pipectl for this pipeline, such as `pipectl` or `pipectl --pipeline shop`.
    pub invocation: &'a Invocation,
    /// The state of stages and actions.
    pub state: &'a PipelineState,
    /// The deployed structure.
    pub structure: &'a Structure,
    /// The newest executions, the newest first.
    pub executions: &'a [Execution],
    /// The runs of actions in the newest execution, and in those that are at work in a stage; of each, the oldest first.
    pub actions: &'a [ActionExecution],
    /// The looks at rules in the same executions, the oldest first.
    pub rules: &'a [RuleExecution],
    /// The builds of actions that run or failed.
    pub builds: &'a [Build],
}

impl Observation<'_> {
    /// Makes the report, as yet without causes and notes.
    pub fn report(&self) -> Report {
        Report {
            pipeline: self.pipeline.clone(),
            version: self.state.version,
            newest: self.executions.first().map(execution),
            earlier: self.executions.iter().skip(1).take(EARLIER).map(execution).collect(),
            stages: self.state.stages.iter().map(|stage| self.stage(stage)).collect(),
            notes: Vec::new(),
        }
    }

    fn stage(&self, stage: &StageState) -> StageReport {
        let newest = self.executions.first().map(|execution| &execution.id);
        let freshness = match &stage.latest {
            None => Freshness::Empty,
            Some(run) if Some(&run.execution) == newest => Freshness::Newest,
            Some(_) => Freshness::Earlier,
        };
        StageReport {
            name: stage.name.clone(),
            execution: stage.latest.as_ref().map(|run| run.execution.clone()),
            status: stage.latest.as_ref().map(|run| run.status.clone()),
            freshness,
            retries: RetryReport { automatic: stage.retries.automatic, by_hand: stage.retries.by_hand },
            waiting: stage.inbound.iter().map(|run| run.execution.clone()).collect(),
            disabled: match &stage.transition {
                Transition::Enabled => None,
                Transition::Disabled { reason, by, since } => {
                    Some(Disabled { reason: reason.clone(), by: by.clone(), since: *since })
                }
            },
            rules: self.open_rules(stage),
            actions: stage.actions.iter().map(|action| self.action(stage, action, freshness)).collect(),
        }
    }

    /// The rules of a stage that do not hold, or not yet, in the execution that was last in it.
    fn open_rules(&self, stage: &StageState) -> Vec<RuleReport> {
        let Some(latest) = stage.latest.as_ref().filter(|latest| latest.status != StageStatus::Skipped) else {
            return Vec::new();
        };
        last_looks(self.rules, self.actions, &latest.execution)
            .filter(|rule| rule.stage == stage.name && rule.status != ActionStatus::Succeeded)
            .map(|looked| {
                let has_failed = looked.status == ActionStatus::Failed && latest.status == StageStatus::Failed;
                RuleReport {
                    name: looked.rule.clone(),
                    status: looked.status.clone(),
                    since: looked.started,
                    until: rule::until(looked),
                    changed: looked.updated,
                    cause: rule::cause(looked),
                    next: Next {
                        retry: Some(self.invocation.command(&format!("retry {}", stage.name)))
                            .filter(|_| has_failed && self.age == Age::Newest),
                        ..Next::default()
                    },
                }
            })
            .collect()
    }

    fn action(&self, stage: &StageState, action: &ActionState, freshness: Freshness) -> ActionReport {
        let declared = self.structure.action(&stage.name, &action.name);
        let execution = stage.latest.as_ref().map(|latest| &latest.execution);
        let is_known = self.actions.iter().any(|run| Some(&run.execution) == execution);
        let run = execution.and_then(|execution| last_run(self.actions, execution, &stage.name, &action.name));
        let shown = action.latest.as_ref();
        // The state goes on showing how an action did in an earlier execution until it runs again.
        let (status, changed, summary) = match (is_known, run, shown) {
            (true, Some(run), _) => (
                Some(run.status.clone()),
                run.updated,
                run.summary.clone().or_else(|| shown.and_then(|shown| shown.summary.clone())),
            ),
            (true, None, _) | (_, _, None) => (None, None, None),
            (_, _, Some(shown)) => (Some(shown.status.clone()), shown.changed, shown.summary.clone()),
        };
        // It succeeded, and CloudFormation's words sound as if it had not.
        let is_empty = status == Some(ActionStatus::Succeeded) && summary.as_deref().is_some_and(says_nothing_changes);
        let summary = if is_empty { Some("nothing to change".to_owned()) } else { summary };
        let build_id = match is_known {
            true => run.and_then(|run| run.external_id.as_ref()),
            false => shown.and_then(|shown| shown.external_id.as_ref()),
        };
        let waits = status == Some(ActionStatus::InProgress) && shown.is_some_and(|shown| shown.token.is_some());
        let next = match &status {
            Some(ActionStatus::Failed) => self.next(stage, action, declared, freshness),
            _ => Next::default(),
        };
        ActionReport {
            name: action.name.clone(),
            provider: declared.map_or_else(String::new, |declared| declared.provider.as_str().to_owned()),
            status,
            changed,
            summary,
            build: build_id.and_then(|id| self.builds.iter().find(|build| build.id == *id)).map(build_report),
            approval: declared.filter(|declared| waits && declared.provider == Provider::Manual).map(|declared| {
                let resolved = run.and_then(|run| run.configuration.get("CustomData"));
                let name = naming::defined_stage(&stage.name, &action.name, &Provider::Manual);
                ApprovalReport {
                    message: resolved.or_else(|| declared.configuration.get("CustomData")).cloned(),
                    approve: self.invocation.command(&format!("approve {name}")),
                    reject: self.invocation.command(&format!("reject {name}")),
                    review: self.has_review(stage, action).then(|| {
                        let earlier = stage.latest.as_ref().filter(|_| freshness == Freshness::Earlier);
                        let execution =
                            earlier.map(|run| format!(" --execution {}", run.execution)).unwrap_or_default();
                        self.invocation.command(&format!("logs Review --stage {name}{execution}"))
                    }),
                }
            }),
            cause: None,
            stuck: None,
            next,
        }
    }

    /// Whether a review lists what an approval is about. In a wave, both carry the name of their stage.
    fn has_review(&self, stage: &StageState, approval: &ActionState) -> bool {
        let prefix = approval.name.rsplit_once('.').map(|(prefix, _)| format!("{prefix}.")).unwrap_or_default();
        self.structure.action(&stage.name, &format!("{prefix}Review")).is_some()
    }

    /// What helps when an action failed.
    fn next(
        &self,
        stage: &StageState,
        action: &ActionState,
        declared: Option<&ActionStructure>,
        freshness: Freshness,
    ) -> Next {
        // The logs are the newest execution's unless another is named.
        let is_newest = freshness != Freshness::Earlier && self.age == Age::Newest;
        let earlier = stage.latest.as_ref().filter(|_| !is_newest);
        let execution = earlier.map(|run| format!(" --execution {}", run.execution)).unwrap_or_default();
        let is_over = stage.latest.as_ref().is_some_and(|run| run.status == StageStatus::Failed);
        let is_over = is_over && self.age == Age::Newest;
        let source = declared.and_then(|declared| match &declared.provider {
            Provider::Source(provider) => Some(provider.as_str()),
            _ => None,
        });
        Next {
            logs: declared
                .is_none_or(|declared| has_log(&declared.provider))
                .then(|| self.invocation.command(&format!("logs {}{execution}", action.name))),
            retry: (is_over && source.is_none()).then(|| self.invocation.command(&format!("retry {}", stage.name))),
            run: (is_over && source.is_some()).then(|| self.invocation.command("run")),
            first: source.filter(|provider| *provider == CONNECTION).map(|_| FINISH_CONNECTION.to_owned()),
        }
    }
}

/// The last run of an action in an execution; a retried one has several.
pub fn last_run<'a>(
    actions: &'a [ActionExecution],
    execution: &ExecutionId,
    stage: &str,
    action: &str,
) -> Option<&'a ActionExecution> {
    actions.iter().rev().find(|run| run.execution == *execution && run.stage == stage && run.action == action)
}

/// The last look at each rule in an execution; a stage that was retried may have several.
///
/// A look from before the stage's newest run of an action began is that of an earlier attempt, and counts no more.
pub fn last_looks<'a>(
    rules: &'a [RuleExecution],
    actions: &[ActionExecution],
    execution: &ExecutionId,
) -> impl Iterator<Item = &'a RuleExecution> + use<'a> {
    let newest = |stage: &str| {
        let in_stage = actions.iter().filter(|run| run.execution == *execution && run.stage == stage);
        in_stage.filter_map(|run| run.started).max()
    };
    let is_stale =
        |rule: &RuleExecution| rule.updated.zip(newest(&rule.stage)).is_some_and(|(updated, newest)| updated < newest);
    let of_execution: Vec<&RuleExecution> = rules.iter().filter(|rule| rule.execution == *execution).collect();
    let is_last = |position: usize, rule: &RuleExecution| {
        !of_execution[position + 1..].iter().any(|later| (&later.stage, &later.rule) == (&rule.stage, &rule.rule))
    };
    let last: Vec<&RuleExecution> = of_execution
        .iter()
        .enumerate()
        .filter(|(position, rule)| is_last(*position, rule) && !is_stale(rule))
        .map(|(_, rule)| *rule)
        .collect();
    last.into_iter()
}

fn rollback(rollback: &Rollback) -> RollbackReport {
    let failed = match &rollback.cause {
        RollbackCause::Asked => None,
        RollbackCause::Failure(failed) => failed.clone(),
    };
    RollbackReport {
        target: rollback.target.clone(),
        automatic: rollback.cause != RollbackCause::Asked,
        failed,
        failures: Vec::new(),
    }
}

fn execution(execution: &Execution) -> ExecutionReport {
    ExecutionReport {
        id: execution.id.clone(),
        status: execution.status.clone(),
        sentiment: execution.status.sentiment(),
        started: execution.started,
        updated: execution.updated,
        trigger: execution.trigger.as_ref().map(|trigger| trigger.kind.clone()),
        stop_reason: execution.stop_reason.clone(),
        rollback: execution.rollback().map(rollback),
        revisions: execution.revisions.iter().map(revision).collect(),
    }
}

fn revision(revision: &SourceRevision) -> Revision {
    Revision {
        action: revision.action.clone(),
        id: revision.revision.clone(),
        message: revision.message(),
        url: revision.url.clone(),
    }
}

fn build_report(build: &Build) -> BuildReport {
    BuildReport {
        id: build.id.clone(),
        status: build.status.clone(),
        current_phase: build.current_phase.clone(),
        phases: build
            .phases
            .iter()
            .map(|phase| PhaseReport { name: phase.name.clone(), status: phase.status.clone(), seconds: phase.seconds })
            .collect(),
    }
}
