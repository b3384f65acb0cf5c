//! The structure of a deployed pipeline (`GetPipeline`), read as far as it is needed.

use std::collections::BTreeMap;

use aws_sdk_codepipeline::types;
use jiff::Timestamp;

use crate::aws::time::timestamp;
use crate::aws::{Aws, Error, Result};
use crate::id::PipelineName;

/// The structure of a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Structure {
    /// The version, counted by the service.
    pub version: i32,
    /// When it was last changed.
    pub updated: Option<Timestamp>,
    /// What happens when executions meet, in the service's word; older pipelines have none.
    pub execution_mode: Option<String>,
    /// The stages, in order.
    pub stages: Vec<StageStructure>,
    /// The names of its variables, which whoever starts an execution may set.
    pub variables: Vec<String>,
}

/// A stage of a pipeline's structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageStructure {
    /// Its name.
    pub name: String,
    /// Its actions, in the order of the declaration.
    pub actions: Vec<ActionStructure>,
    /// Its conditions.
    pub conditions: Conditions,
}

/// What the conditions of a stage can lead to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Whether rules can make it fail.
    pub can_fail: bool,
    /// Whether it can be rolled back by itself.
    pub can_roll_back: bool,
}

/// An action of a pipeline's structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionStructure {
    /// Its name.
    pub name: String,
    /// Who does the work.
    pub provider: Provider,
    /// When it runs in its stage; equal numbers run side by side.
    pub run_order: i32,
    /// Its configuration.
    pub configuration: BTreeMap<String, String>,
    /// The role it works as, if not the pipeline's.
    pub role: Option<String>,
    /// The region it works in, if not the pipeline's.
    pub region: Option<String>,
}

/// Who does an action's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provider {
    /// A build.
    CodeBuild,
    /// A stack or a change set.
    CloudFormation,
    /// A person's approval.
    Manual,
    /// A source, named as the service names it (`GitHub`, `CodeStarSourceConnection`, `S3`).
    Source(String),
    /// Anything else, named as the service names it.
    Other(String),
}

impl Provider {
    pub(super) fn read(kind: Option<&types::ActionTypeId>) -> Self {
        let Some(kind) = kind else { return Self::Other(String::new()) };
        match (kind.category(), kind.provider()) {
            (types::ActionCategory::Source, provider) => Self::Source(provider.to_owned()),
            (_, "CodeBuild") => Self::CodeBuild,
            (_, "CloudFormation") => Self::CloudFormation,
            (_, "Manual") => Self::Manual,
            (_, provider) => Self::Other(provider.to_owned()),
        }
    }

    /// The service's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::CodeBuild => "CodeBuild",
            Self::CloudFormation => "CloudFormation",
            Self::Manual => "Manual",
            Self::Source(provider) | Self::Other(provider) => provider,
        }
    }
}

impl Structure {
    /// Finds an action.
    pub fn action(&self, stage: &str, action: &str) -> Option<&ActionStructure> {
        self.stages
            .iter()
            .find(|candidate| candidate.name == stage)?
            .actions
            .iter()
            .find(|candidate| candidate.name == action)
    }
}

impl Aws {
    /// Reads the structure of a deployed pipeline.
    pub async fn pipeline_structure(&self, pipeline: &PipelineName) -> Result<Structure> {
        const OPERATION: &str = "codepipeline:GetPipeline";
        let answer =
            self.codepipeline().get_pipeline().name(pipeline.as_str()).send().await.map_err(Error::of(OPERATION))?;
        let declaration = answer.pipeline().ok_or(Error::Incomplete { operation: OPERATION, what: "pipeline" })?;
        Ok(Structure {
            version: declaration.version().unwrap_or_default(),
            updated: timestamp(answer.metadata().and_then(types::PipelineMetadata::updated)),
            execution_mode: declaration.execution_mode().map(|mode| mode.as_str().to_owned()),
            stages: declaration.stages().iter().map(stage_structure).collect(),
            variables: declaration.variables().iter().map(|variable| variable.name().to_owned()).collect(),
        })
    }
}

fn stage_structure(stage: &types::StageDeclaration) -> StageStructure {
    StageStructure {
        name: stage.name().to_owned(),
        conditions: conditions(stage),
        actions: stage
            .actions()
            .iter()
            .map(|action| ActionStructure {
                name: action.name().to_owned(),
                provider: Provider::read(action.action_type_id()),
                run_order: action.run_order().unwrap_or(1),
                configuration: action
                    .configuration()
                    .into_iter()
                    .flatten()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect(),
                role: action.role_arn().map(str::to_owned),
                region: action.region().map(str::to_owned),
            })
            .collect(),
    }
}

fn conditions(stage: &types::StageDeclaration) -> Conditions {
    let before = stage.before_entry().into_iter().flat_map(|place| place.conditions());
    let after = stage.on_success().into_iter().flat_map(|place| place.conditions());
    let mut results = before.chain(after).map(|condition| condition.result());
    let after_success = stage.on_success().is_some_and(|place| place.conditions().iter().any(is_rolled_back));
    let on_failure = stage.on_failure();
    Conditions {
        can_fail: results.any(|result| result != Some(&types::Result::Skip)),
        can_roll_back: after_success
            || on_failure.is_some_and(|place| {
                place.result() == Some(&types::Result::Rollback) || place.conditions().iter().any(is_rolled_back)
            }),
    }
}

fn is_rolled_back(condition: &types::Condition) -> bool {
    condition.result() == Some(&types::Result::Rollback)
}
