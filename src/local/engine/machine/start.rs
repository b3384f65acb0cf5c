//! The event that starts an execution.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Command, Execution, ExecutionId, ExecutionKind, ExecutionStatus, Machine, Place, Refusal};
use crate::local::engine::structure::{Category, ExecutionMode};

/// How many executions of one pipeline may be under way in the modes QUEUED and PARALLEL.
const MOST_CONCURRENT: usize = 50;

/// How many executions are remembered. The service remembers a year's.
const MOST_KEPT: usize = 500;

/// A wish to start an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// The id that a new execution gets.
    pub id: ExecutionId,
    /// What starts it.
    pub trigger: StartTrigger,
    /// The client's token; a second start with the same token gives the execution of the first.
    pub client_token: Option<String>,
    /// Values for the pipeline's variables.
    pub variables: BTreeMap<String, String>,
    /// Revisions that the sources shall give instead of the newest.
    pub source_overrides: Vec<SourceOverride>,
}

/// What started an execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartTrigger {
    /// Its kind.
    pub kind: TriggerKind,
    /// Who or what it was: an ARN, mostly.
    pub detail: String,
}

/// The kind of what started an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the API and say it all")]
pub enum TriggerKind {
    CreatePipeline,
    StartPipelineExecution,
    PollForSourceChanges,
    Webhook,
    WebhookV2,
    ManualRollback,
    AutomatedRollback,
}

/// A revision that a source shall give instead of the newest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceOverride {
    /// The source action.
    pub action_name: String,
    /// What the value is.
    pub revision_type: RevisionKind,
    /// The commit, the version or the key.
    pub revision_value: String,
}

/// What an overriding revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RevisionKind {
    /// A commit.
    CommitId,
    /// An image's digest.
    ImageDigest,
    /// A version of the object.
    S3ObjectVersionId,
    /// Another object of the bucket.
    S3ObjectKey,
}

impl Machine {
    /// Starts an execution; gives its id, which is an earlier one's if the client repeats itself.
    pub fn start(&mut self, request: StartRequest, at: Timestamp) -> Result<(ExecutionId, Vec<Command>), Refusal> {
        if let Some(token) = &request.client_token {
            let same = self.executions.iter().find(|execution| execution.client_token.as_ref() == Some(token));
            if let Some(execution) = same {
                return Ok((execution.id.clone(), Vec::new()));
            }
        }
        let mode = self.structure().execution_mode;
        let active = self.executions.iter().filter(|execution| !execution.status.is_settled()).count();
        if mode != ExecutionMode::Superseded && active >= MOST_CONCURRENT {
            return Err(Refusal::TooMany { limit: MOST_CONCURRENT });
        }
        let variables = self.variables(&request)?;
        self.check_overrides(&request.source_overrides)?;
        let Some(first) = self.structure().stages.first().map(|stage| stage.name.clone()) else {
            return Err(Refusal::Invalid("the pipeline has no stage".to_owned()));
        };
        let number = self.begin_next();
        self.forget();
        self.executions.push(Execution {
            id: request.id.clone(),
            kind: ExecutionKind::Standard,
            number,
            started_in: self.structure().version,
            version: self.structure().version,
            mode,
            status: ExecutionStatus::InProgress,
            status_summary: None,
            place: Place::Before(first),
            trigger: request.trigger,
            client_token: request.client_token,
            started: at,
            updated: at,
            stop: None,
            variables,
            source_overrides: request.source_overrides,
            stages: Vec::new(),
            artifacts: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            revisions: Vec::new(),
        });
        Ok((request.id, self.advance(at)))
    }

    /// Drops the oldest ended executions beyond those that are kept.
    pub(super) fn forget(&mut self) {
        let mut surplus = self.executions.len().saturating_sub(MOST_KEPT - 1);
        self.executions.retain(|execution| {
            let is_dropped = surplus > 0 && execution.status.is_settled();
            surplus -= usize::from(is_dropped);
            !is_dropped
        });
    }

    /// The values of all variables: given ones, else the defaults; one without either is refused.
    fn variables(&self, request: &StartRequest) -> Result<BTreeMap<String, String>, Refusal> {
        let declared = &self.structure().variables;
        if let Some(unknown) =
            request.variables.keys().find(|name| !declared.iter().any(|variable| variable.name == **name))
        {
            return Err(Refusal::Invalid(format!("the pipeline has no variable `{unknown}`")));
        }
        declared
            .iter()
            .map(|variable| {
                let value = request.variables.get(&variable.name).or(variable.default_value.as_ref());
                match value {
                    Some(value) => Ok((variable.name.clone(), value.clone())),
                    None => Err(Refusal::Invalid(format!(
                        "variable `{}` has no default value and needs one for this execution",
                        variable.name
                    ))),
                }
            })
            .collect()
    }

    fn check_overrides(&self, overrides: &[SourceOverride]) -> Result<(), Refusal> {
        for wanted in overrides {
            let is_source = self.structure().actions().any(|(_, action)| {
                action.name == wanted.action_name && action.action_type_id.category == Category::Source
            });
            if !is_source {
                return Err(Refusal::Invalid(format!(
                    "the pipeline has no source action `{}`, for which a revision was given",
                    wanted.action_name
                )));
            }
        }
        Ok(())
    }
}
