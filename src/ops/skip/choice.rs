//! What was decided, and why.

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::aws::codepipeline::StageStatus;
use crate::id::ExecutionId;

/// What was decided for the stages, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The stages.
    pub stages: Vec<StageChoice>,
}

/// What was decided for a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageChoice {
    /// The stage of CodePipeline.
    pub stage: String,
    /// What was decided.
    pub verdict: Verdict,
}

/// What was decided for a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is deployed.
    Deploy(Reason),
    /// It is passed by.
    Skip {
        /// The execution that was last there.
        since: ExecutionId,
    },
}

/// Why a stage is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It always is.
    #[error("it is never skipped")]
    Always,
    /// The execution was started for all stages.
    #[error("the execution was started for all stages")]
    Asked,
    /// Nothing went through it yet.
    #[error("nothing was deployed by it yet")]
    First,
    /// The last execution did not succeed in it.
    #[error("the last execution in it is {status}")]
    Unfinished {
        /// How it did.
        status: StageStatus,
    },
    /// It deploys something else than is deployed.
    #[error("it has changed")]
    Changed,
    /// It is not known what is deployed.
    #[error("nothing is noted of what execution {execution} deployed")]
    Unknown {
        /// The last execution in it.
        execution: ExecutionId,
    },
    /// Another execution may still deploy something.
    #[error("execution {execution} is still under way")]
    UnderWay {
        /// The other execution.
        execution: ExecutionId,
    },
    /// Another execution came in between.
    #[error("execution {execution} may have deployed something since")]
    Disturbed {
        /// The other execution.
        execution: ExecutionId,
    },
    /// A template reads something when it is deployed.
    #[error("`{template}` reads {what} whenever it is deployed")]
    Outside {
        /// The template.
        template: Utf8PathBuf,
        /// What it reads.
        what: String,
    },
    /// Its steps read the source, which is another than it was then.
    #[error("its steps read the source, which has changed")]
    OtherSource,
    /// Its steps read the source, and the revision is not known.
    #[error("its steps read the source, whose revision is not known")]
    NoSource,
    /// A stage is deployed that uses its outputs, or whose outputs it uses.
    #[error("outputs connect it with stage `{with}`, which is deployed")]
    Together {
        /// The other stage.
        with: String,
    },
    /// The deployed pipeline is not that of the assembly.
    #[error("the deployed pipeline is another than the assembly's")]
    OtherPipeline,
    /// What is deployed could not be found out.
    #[error("what is deployed could not be found out")]
    Undecided,
}

impl StageChoice {
    /// Whether the stage is passed by.
    pub fn is_skipped(&self) -> bool {
        matches!(self.verdict, Verdict::Skip { .. })
    }
}

impl Choice {
    /// The stages that are deployed, each between slashes, as the conditions of stages look for them.
    pub fn listed(&self) -> String {
        let deployed = self.stages.iter().filter(|choice| !choice.is_skipped());
        deployed.fold("/".to_owned(), |list, choice| format!("{list}{}/", choice.stage))
    }
}
