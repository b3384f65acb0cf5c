//! What `pipectl status` tells, as data.
//!
//! The JSON form is stable: keys are added, never renamed or removed. Keys are in kebab-case; what has no value is
//! `null`; points in time are in UTC as RFC 3339 writes them; statuses are the service's own words.

use jiff::Timestamp;
use serde::Serialize;

use crate::aws::codepipeline::{ActionStatus, ExecutionStatus, StageStatus};
use crate::event::Sentiment;
use crate::id::{ExecutionId, PipelineName, StackName};
use crate::ops::stack::StuckResource;

/// A pipeline as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The pipeline.
    pub pipeline: PipelineName,
    /// The version of its structure, counted by the service.
    pub version: i32,
    /// The newest execution, if there ever was one, or the one that was asked for.
    pub newest: Option<ExecutionReport>,
    /// Those before it, the newest first.
    pub earlier: Vec<ExecutionReport>,
    /// The stages, in order.
    pub stages: Vec<StageReport>,
    /// What else is worth knowing.
    pub notes: Vec<Note>,
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExecutionReport {
    /// Its id.
    pub id: ExecutionId,
    /// The status, such as `InProgress` or `Superseded`.
    pub status: ExecutionStatus,
    /// How the status is to be felt: `good`, `neutral` or `bad`.
    pub sentiment: Sentiment,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it changed last.
    pub updated: Option<Timestamp>,
    /// What began it, such as `Webhook`.
    pub trigger: Option<String>,
    /// Why it was stopped, as whoever stopped it says.
    pub stop_reason: Option<String>,
    /// What it takes back, if it is a roll-back.
    pub rollback: Option<RollbackReport>,
    /// What it works on.
    pub revisions: Vec<Revision>,
}

/// What a roll-back takes back, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RollbackReport {
    /// The execution whose artifacts and variables the stage runs with.
    pub target: Option<ExecutionId>,
    /// Whether it follows from a failure; somebody asked for it otherwise.
    pub automatic: bool,
    /// The execution that failed.
    pub failed: Option<ExecutionId>,
    /// Why that one failed; told of the newest execution only.
    pub failures: Vec<Failure>,
}

/// Something that failed in an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    /// The stage.
    pub stage: String,
    /// The action, or the rule of a condition.
    pub name: String,
    /// Why.
    pub cause: Option<Cause>,
    /// The commands that help.
    pub next: Next,
}

/// A revision of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Revision {
    /// The source action.
    pub action: String,
    /// The commit's or the object version's id.
    pub id: Option<String>,
    /// The first line of the commit's message.
    pub message: Option<String>,
    /// Where it can be looked at.
    pub url: Option<String>,
}

/// A stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StageReport {
    /// Its name.
    pub name: String,
    /// The execution that was last in it.
    pub execution: Option<ExecutionId>,
    /// How that execution did in this stage.
    pub status: Option<StageStatus>,
    /// Whether that execution is the newest.
    pub freshness: Freshness,
    /// How often it was tried again in this stage, as far as the service tells.
    pub retries: RetryReport,
    /// The executions that wait before the stage.
    pub waiting: Vec<ExecutionId>,
    /// The shut door before the stage, if it is shut.
    pub disabled: Option<Disabled>,
    /// The rules of its conditions that do not hold, or not yet.
    pub rules: Vec<RuleReport>,
    /// Its actions, in order.
    pub actions: Vec<ActionReport>,
}

/// How often a stage was tried again in one execution.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RetryReport {
    /// By itself, as its `on-failure` says.
    pub automatic: i32,
    /// Because somebody asked for it.
    pub by_hand: i32,
}

/// A rule of a stage's conditions, such as a window or an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RuleReport {
    /// Its name.
    pub name: String,
    /// How the last look at it ended, or that it goes on.
    pub status: ActionStatus,
    /// When the look began.
    pub since: Option<Timestamp>,
    /// When it ends by itself, where that is known: a window opens, an alarm is watched no longer.
    pub until: Option<Timestamp>,
    /// When its status changed last.
    pub changed: Option<Timestamp>,
    /// What the service says, or what follows from the rule.
    pub cause: Option<Cause>,
    /// What helps when it failed.
    pub next: Next,
}

/// Whether a stage shows the newest execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// It does.
    Newest,
    /// It shows an earlier one: the newest has not come here.
    Earlier,
    /// Nothing was ever here.
    Empty,
}

/// A transition that somebody disabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Disabled {
    /// Why.
    pub reason: Option<String>,
    /// Who did it, as an ARN.
    pub by: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ActionReport {
    /// Its name.
    pub name: String,
    /// Who does the work, such as `CodeBuild`, `CloudFormation` or `Manual`.
    pub provider: String,
    /// How it did in the stage's execution; none when it has not run in it.
    pub status: Option<ActionStatus>,
    /// When that changed last.
    pub changed: Option<Timestamp>,
    /// What the provider or the approver says.
    pub summary: Option<String>,
    /// The build, for a build.
    pub build: Option<BuildReport>,
    /// The approval that it waits for.
    pub approval: Option<ApprovalReport>,
    /// Why it failed.
    pub cause: Option<Cause>,
    /// The stack that it works on, where no deployment can change that before somebody has seen to it.
    pub stuck: Option<StuckReport>,
    /// What helps when it failed.
    pub next: Next,
}

/// A stack that no deployment can change before somebody has seen to it: its roll-back or its deletion failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StuckReport {
    /// The stack.
    pub stack: StackName,
    /// Its status, such as `UPDATE_ROLLBACK_FAILED`.
    pub status: String,
    /// What is the matter, as a sentence.
    pub message: String,
    /// The resources that keep it there.
    pub resources: Vec<StuckResource>,
    /// What to do, the best first.
    pub hints: Vec<String>,
}

/// The commands that help when an action failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Next {
    /// Shows its log, if it leaves one.
    pub logs: Option<String>,
    /// Tries it again, once nothing else goes on in its stage: before, the service refuses.
    pub retry: Option<String>,
    /// Starts anew, where nothing can be tried again.
    pub run: Option<String>,
    /// What has to be done before, where that is known.
    pub first: Option<String>,
}

/// A build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct BuildReport {
    /// Its id, `<project>:<uuid>`.
    pub id: String,
    /// The status, such as `IN_PROGRESS`.
    pub status: String,
    /// The phase it is in, such as `BUILD`.
    pub current_phase: Option<String>,
    /// Its phases so far.
    pub phases: Vec<PhaseReport>,
}

/// A phase of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PhaseReport {
    /// Its name, such as `PRE_BUILD`.
    pub name: String,
    /// Its status; none while it runs.
    pub status: Option<String>,
    /// How long it took.
    pub seconds: Option<i64>,
}

/// An approval that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ApprovalReport {
    /// What is asked.
    pub message: Option<String>,
    /// The command that approves.
    pub approve: String,
    /// The command that rejects.
    pub reject: String,
    /// The command that shows all that is approved, where a review lists it.
    pub review: Option<String>,
}

/// Why an action failed: the first thing that went wrong, not what followed from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Cause {
    /// A resource of a stack could not be created, changed or deleted.
    Resource {
        /// The stack.
        stack: String,
        /// The resource's type.
        resource_type: String,
        /// The resource's logical id.
        logical_id: String,
        /// Its status, such as `CREATE_FAILED`.
        status: String,
        /// Why.
        reason: Option<String>,
    },
    /// A phase of a build failed.
    Build {
        /// The phase, such as `BUILD`.
        phase: String,
        /// The command, when one failed.
        command: Option<String>,
        /// What the service says, such as "exit status 1".
        message: Option<String>,
        /// The last lines of the log.
        log: Vec<String>,
    },
    /// The provider says no more than this.
    Told {
        /// A code, such as `InvalidChangeSetStatus`.
        code: Option<String>,
        /// The message.
        message: String,
    },
}

impl Cause {
    /// What the provider says.
    pub fn told(&self) -> Option<&str> {
        match self {
            Self::Told { message, .. } => Some(message),
            Self::Resource { reason, .. } => reason.as_deref(),
            Self::Build { message, .. } => message.as_deref(),
        }
    }
}

/// Something worth knowing about a pipeline, and what can be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Note {
    /// A stable name of the rule, such as `tool-version`.
    pub code: &'static str,
    /// What is to be known.
    pub message: String,
    /// What to do, the best first.
    pub hints: Vec<String>,
}
