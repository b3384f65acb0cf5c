//! The deployed pipeline that a verb is about, and where to look for it.

use super::tolerance::Passing;
use crate::aws::codepipeline::{Execution, PipelineState, Structure};
use crate::aws::{self, Aws};
use crate::diagnostic::{Explain, FailureKind};
use crate::id::{AccountId, ExecutionId, PipelineName};
use crate::text;

/// The length of an execution's id, which is a UUID.
const WHOLE_ID: usize = 36;

/// A deployed pipeline.
#[derive(Debug, Clone)]
pub struct Subject {
    /// A connection to its account and region.
    pub aws: Aws,
    /// Its name.
    pub name: PipelineName,
    /// The account it is said to be in, if any is named.
    pub account: Option<AccountId>,
    /// How to call pipectl for it, as messages show it.
    pub invocation: Invocation,
}

/// How pipectl is called for a pipeline.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The program and its global flags, such as `pipectl --local`.
    pub program: String,
    /// The pipeline, where it has to be named: the definition does not tell it.
    pub pipeline: Option<PipelineName>,
}

impl Invocation {
    /// The command line of a verb with its arguments. `--pipeline` is a flag of the verbs, so it follows them.
    pub fn command(&self, verb: &str) -> String {
        match &self.pipeline {
            Some(pipeline) => format!("{} {verb} --pipeline {pipeline}", self.program),
            None => format!("{} {verb}", self.program),
        }
    }
}

/// Why a pipeline cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum SubjectError {
    /// There is none of this name.
    #[error("there is no pipeline `{pipeline}` in {place}")]
    Missing {
        /// The name.
        pipeline: PipelineName,
        /// Where it was looked for.
        place: String,
    },
    /// The credentials belong to another account.
    #[error("pipeline `{pipeline}` is in account {account}, and the credentials are those of account {actual}")]
    Elsewhere {
        /// The name.
        pipeline: PipelineName,
        /// Its account.
        account: AccountId,
        /// The account of the credentials.
        actual: AccountId,
    },
    /// It has never run.
    #[error("pipeline `{0}` has never run")]
    NeverRan(PipelineName),
    /// It has no such execution.
    #[error("pipeline `{pipeline}` has no execution `{execution}`")]
    NoExecution {
        /// The pipeline.
        pipeline: PipelineName,
        /// What was asked for.
        execution: ExecutionId,
    },
    /// It has several executions whose ids begin so.
    #[error("pipeline `{pipeline}` has several executions that begin with `{execution}`")]
    Ambiguous {
        /// The pipeline.
        pipeline: PipelineName,
        /// What was asked for.
        execution: ExecutionId,
        /// What begins so.
        found: Vec<String>,
    },
    /// A call failed.
    #[error(transparent)]
    Aws(#[from] aws::Error),
}

impl Passing for SubjectError {
    fn may_pass(&self) -> bool {
        matches!(self, Self::Aws(error) if error.may_pass())
    }
}

impl Explain for SubjectError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Missing { .. } | Self::Elsewhere { .. } | Self::NeverRan(_) => FailureKind::NotReady,
            Self::NoExecution { .. } | Self::Ambiguous { .. } => FailureKind::Usage,
            Self::Aws(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Missing { .. } => {
                vec!["`pipectl deploy` creates it; `--region` and `--profile` choose where to look".to_owned()]
            }
            Self::Elsewhere { .. } => vec!["`--profile NAME` chooses credentials of the other account".to_owned()],
            Self::NeverRan(_) => {
                vec!["push a commit, or start an execution with `pipectl run`".to_owned()]
            }
            Self::NoExecution { pipeline, .. } => {
                vec![format!("`pipectl status --pipeline {pipeline}` shows the newest ones")]
            }
            Self::Ambiguous { found, .. } => vec![format!("there are {}", text::list(found))],
            Self::Aws(error) => error.hints(),
        }
    }
}

impl Subject {
    /// Reads what its stages and actions do.
    pub async fn state(&self) -> Result<PipelineState, SubjectError> {
        match self.aws.pipeline_state(&self.name).await {
            Ok(state) => Ok(state),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Reads its deployed structure.
    pub async fn structure(&self) -> Result<Structure, SubjectError> {
        match self.aws.pipeline_structure(&self.name).await {
            Ok(structure) => Ok(structure),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Lists its newest executions, the newest first.
    pub async fn executions(&self, limit: usize) -> Result<Vec<Execution>, SubjectError> {
        match self.aws.executions(&self.name, limit).await {
            Ok(executions) => Ok(executions),
            Err(error) => Err(self.explain(error).await),
        }
    }

    /// Finds one execution, or the newest. The beginning of an id will do, where only one execution's begins so.
    pub async fn execution(&self, wanted: Option<&ExecutionId>) -> Result<Execution, SubjectError> {
        // As many as one page holds; older ones are hardly asked for by their id.
        const LIMIT: usize = 100;
        match wanted {
            None => {
                let newest = self.executions(1).await?.into_iter().next();
                newest.ok_or_else(|| SubjectError::NeverRan(self.name.clone()))
            }
            Some(wanted) => {
                let mut found = self.executions(LIMIT).await?;
                found.retain(|execution| execution.id.as_str().starts_with(wanted.as_str()));
                let missing = || SubjectError::NoExecution { pipeline: self.name.clone(), execution: wanted.clone() };
                match found.as_slice() {
                    [_] => found.pop().ok_or_else(missing),
                    [] => Err(missing()),
                    [_, ..] => Err(SubjectError::Ambiguous {
                        pipeline: self.name.clone(),
                        execution: wanted.clone(),
                        found: found.into_iter().map(|execution| execution.id.to_string()).collect(),
                    }),
                }
            }
        }
    }

    /// Why there is no execution to follow: not the one that was named, or none at all.
    pub(super) fn nothing_to_follow(&self, named: Option<&ExecutionId>) -> SubjectError {
        match named {
            None => SubjectError::NeverRan(self.name.clone()),
            Some(named) => SubjectError::NoExecution { pipeline: self.name.clone(), execution: named.clone() },
        }
    }

    /// The whole id of an execution of which at least the beginning is named.
    pub async fn whole_id(&self, named: &ExecutionId) -> Result<ExecutionId, SubjectError> {
        if named.as_str().len() >= WHOLE_ID {
            return Ok(named.clone());
        }
        Ok(self.execution(Some(named)).await?.id)
    }

    /// The whole id of an execution, if any is named.
    pub async fn whole_id_if_named(&self, named: Option<&ExecutionId>) -> Result<Option<ExecutionId>, SubjectError> {
        match named {
            Some(named) => self.whole_id(named).await.map(Some),
            None => Ok(None),
        }
    }

    /// Turns "there is no such pipeline" into what the reader can act on.
    async fn explain(&self, error: aws::Error) -> SubjectError {
        if error.code() != Some("PipelineNotFoundException") {
            return error.into();
        }
        let actual = self.aws.identity().await.ok().map(|identity| identity.account);
        match (&self.account, actual) {
            (Some(account), Some(actual)) if *account != actual => {
                SubjectError::Elsewhere { pipeline: self.name.clone(), account: account.clone(), actual }
            }
            (_, actual) => {
                let account = actual.map_or_else(|| "this account".to_owned(), |account| format!("account {account}"));
                let place = match self.aws.region() {
                    Some(region) => format!("{account}, region {region}"),
                    None => account,
                };
                SubjectError::Missing { pipeline: self.name.clone(), place }
            }
        }
    }
}
