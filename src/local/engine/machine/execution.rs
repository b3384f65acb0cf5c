//! What is remembered of an execution, its stages and its actions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActionId, ConditionRun, ExecutionId, SourceOverride, StartTrigger, StopMode};
use crate::local::engine::structure::ExecutionMode;

/// One execution of the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Its id.
    pub id: ExecutionId,
    /// Its number among all beginnings: older executions have lower ones.
    pub number: u64,
    /// Whether it goes through the pipeline, or takes a stage back.
    #[serde(default)]
    pub kind: ExecutionKind,
    /// The version of the structure that it was started in.
    #[serde(default)]
    pub started_in: u32,
    /// The version of the structure that it follows. An update that leaves it running moves it to the new version.
    pub version: u32,
    /// The mode that it was started in.
    pub mode: ExecutionMode,
    /// How it stands.
    pub status: ExecutionStatus,
    /// Why it stands so, where the status alone does not tell.
    pub status_summary: Option<String>,
    /// Where it is.
    pub place: Place,
    /// What started it.
    pub trigger: StartTrigger,
    /// The client's token, by which a repeated start is recognised.
    pub client_token: Option<String>,
    /// When it started.
    pub started: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// How it was asked to stop.
    pub stop: Option<StopRequest>,
    /// The values of the pipeline's variables.
    pub variables: BTreeMap<String, String>,
    /// Revisions that were asked for instead of the newest.
    pub source_overrides: Vec<SourceOverride>,
    /// The stages that it entered, in that order.
    pub stages: Vec<StageRun>,
    /// Where the artifacts are.
    pub artifacts: BTreeMap<String, Location>,
    /// Output variables by namespace.
    pub namespaces: BTreeMap<String, BTreeMap<String, String>>,
    /// What the sources gave.
    pub revisions: Vec<Revision>,
}

/// Whether an execution goes through the pipeline, or takes a stage back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionKind {
    /// It goes through the pipeline.
    #[default]
    Standard,
    /// It takes a stage back to an earlier execution.
    Rollback {
        /// The earlier execution.
        target: ExecutionId,
    },
}

/// How somebody asked an execution to stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRequest {
    /// What was to become of the actions under way.
    pub mode: StopMode,
    /// Why.
    pub reason: Option<String>,
}

/// How an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExecutionStatus {
    /// It goes on, or waits.
    InProgress,
    /// It waits for actions under way to end, and then stops.
    Stopping,
    /// It was stopped.
    Stopped,
    /// It passed all stages.
    Succeeded,
    /// An action failed; the stage can be retried.
    Failed,
    /// A newer one took its place.
    Superseded,
    /// The pipeline changed under it.
    Cancelled,
}

impl ExecutionStatus {
    /// Tells whether nothing more will happen by itself.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::InProgress | Self::Stopping)
    }
}

/// Where an execution is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In front of a stage.
    Before(String),
    /// In a stage.
    In(String),
    /// Nowhere any more.
    Over,
}

/// One execution of a stage, with all attempts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRun {
    /// The stage's name.
    pub stage: String,
    /// How it stands.
    pub status: StageStatus,
    /// Its number among all beginnings; a retry gives it a new one.
    pub beginning: u64,
    /// How often somebody retried it.
    pub retries: u32,
    /// How often it was retried by itself.
    #[serde(default)]
    pub auto_retries: u32,
    /// How the condition before it turned out, if it has one.
    #[serde(default)]
    pub before_entry: Option<ConditionRun>,
    /// How the condition after it turned out, if it has one.
    #[serde(default)]
    pub on_success: Option<ConditionRun>,
    /// The runs of its actions, the oldest first, with those of earlier attempts.
    pub actions: Vec<ActionRun>,
}

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum StageStatus {
    InProgress,
    Stopping,
    Stopped,
    Succeeded,
    Failed,
    Cancelled,
    Skipped,
}

/// One attempt of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionRun {
    /// Its id.
    pub id: ActionId,
    /// The action's name.
    pub action: String,
    /// The namespace that its variables go to.
    pub namespace: Option<String>,
    /// The version of the structure that holds the action as it was run.
    pub version: u32,
    /// Its number among all beginnings.
    pub beginning: u64,
    /// How it stands.
    pub status: ActionStatus,
    /// Whether it still counts.
    pub standing: Standing,
    /// When it began.
    pub started: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// Who answered, for an approval.
    pub updated_by: Option<String>,
    /// When it fails for taking too long.
    pub deadline: Timestamp,
    /// The configuration with all references replaced; secrets are masked.
    pub configuration: BTreeMap<String, String>,
    /// The artifacts taken, by name.
    pub inputs: BTreeMap<String, Location>,
    /// The artifacts made, by name.
    pub outputs: BTreeMap<String, Location>,
    /// The variables made.
    pub variables: BTreeMap<String, String>,
    /// What it caused elsewhere.
    pub external: External,
    /// Why it failed.
    pub error: Option<ErrorDetails>,
    /// The token that answers it, for an approval.
    pub token: Option<String>,
    /// The revision that it gave, for a source.
    pub revision: Option<Revision>,
}

/// How an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum ActionStatus {
    InProgress,
    Abandoned,
    Succeeded,
    Failed,
}

/// Whether a run of an action counts in its stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// It does.
    Counts,
    /// A retry of the stage set it aside.
    SetAside,
}

/// What an action caused elsewhere: a build, a stack, a function's job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct External {
    /// Its id there.
    pub id: Option<String>,
    /// Where to look at it.
    pub url: Option<String>,
    /// How it stands, in a sentence.
    pub summary: Option<String>,
    /// How much of it is done.
    pub percent: Option<u8>,
    /// The stream that it logs to.
    pub log_stream: Option<String>,
}

/// Why an action failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetails {
    /// The kind, such as `JobFailed` or `PermissionError`.
    pub code: String,
    /// What happened.
    pub message: String,
}

/// A place in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
}

/// What a source gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The source action.
    pub action: String,
    /// The artifact.
    pub artifact: String,
    /// The commit or the object's version.
    pub id: String,
    /// The commit's message, or what else says what it is.
    pub summary: Option<String>,
    /// Where to look at it.
    pub url: Option<String>,
    /// When it was made, as far as known.
    pub created: Option<Timestamp>,
}

impl Execution {
    /// The run of a stage, if the execution entered it.
    pub fn stage(&self, name: &str) -> Option<&StageRun> {
        self.stages.iter().find(|run| run.stage == name)
    }

    pub(super) fn stage_mut(&mut self, name: &str) -> Option<&mut StageRun> {
        self.stages.iter_mut().find(|run| run.stage == name)
    }

    /// Tells whether the execution takes part in the locks of stages.
    pub fn is_exclusive(&self) -> bool {
        self.mode != ExecutionMode::Parallel
    }

    /// Tells whether the execution takes a stage back.
    pub fn is_rollback(&self) -> bool {
        self.kind != ExecutionKind::Standard
    }

    /// Tells whether the execution waits in front of a stage.
    pub fn is_before(&self, stage: &str) -> bool {
        matches!(&self.place, Place::Before(name) if name == stage)
    }

    /// Tells whether the execution is in a stage.
    pub fn is_in(&self, stage: &str) -> bool {
        matches!(&self.place, Place::In(name) if name == stage)
    }
}

impl StageRun {
    /// The run of an action that counts.
    pub fn current(&self, action: &str) -> Option<&ActionRun> {
        self.actions.iter().rev().find(|run| run.action == action && run.standing == Standing::Counts)
    }

    /// The runs under way.
    pub fn under_way(&self) -> impl Iterator<Item = &ActionRun> {
        self.actions.iter().filter(|run| run.status == ActionStatus::InProgress)
    }
}
