//! `pipectl outputs`: the outputs of the pipeline's own stack and of those that it deploys.

use indexmap::IndexMap;
use serde::Serialize;

use super::action_access::{ActionAccess, Preference};
use super::naming;
use super::subject::{Subject, SubjectError};
use crate::aws;
use crate::aws::codepipeline::{Provider, Structure};
use crate::diagnostic::{Explain, FailureKind};
use crate::id::PipelineName;
use crate::pipeline::pipeline_stack_name;
use crate::text;

/// The outputs of a stack. Their JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackOutputs {
    /// The stack.
    pub stack: String,
    /// The stage of the definition that it belongs to; none for the pipeline's own stack.
    pub stage: Option<String>,
    /// Its region, where it is not the pipeline's.
    pub region: Option<String>,
    /// Whether it has been deployed.
    pub presence: Presence,
    /// The outputs, in the order in which CloudFormation gives them.
    pub outputs: IndexMap<String, String>,
}

/// Whether a stack has been deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It has.
    Deployed,
    /// It has not, or not yet.
    Missing,
}

/// Why there are no outputs.
#[derive(Debug, thiserror::Error)]
pub enum OutputsError {
    /// No stage of this name deploys a stack.
    #[error("pipeline `{pipeline}` deploys no stack in a stage `{wanted}`")]
    NoSuchStage {
        /// The pipeline.
        pipeline: PipelineName,
        /// What was asked for.
        wanted: String,
        /// The stages that deploy stacks.
        known: Vec<String>,
    },
    /// A stack cannot be read.
    #[error("the outputs of stack `{stack}` cannot be read")]
    Unreadable {
        /// The stack.
        stack: String,
        /// Why.
        #[source]
        cause: aws::Error,
    },
    /// The pipeline cannot be looked at.
    #[error(transparent)]
    Subject(#[from] SubjectError),
}

impl Explain for OutputsError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoSuchStage { .. } => FailureKind::Usage,
            Self::Unreadable { cause, .. } => cause.kind(),
            Self::Subject(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoSuchStage { wanted, known, .. } => match text::nearest(wanted, known.iter().map(String::as_str)) {
                Some(nearest) => vec![format!("a stage with a similar name exists: `{nearest}`")],
                None => vec![format!("there are {}", text::list(known))],
            },
            Self::Unreadable { cause, .. } => cause.hints(),
            Self::Subject(error) => error.hints(),
        }
    }
}

/// Reads the outputs of all stacks of a pipeline, or of those of one stage. What is deployed counts, not what the
/// definition says.
pub async fn outputs(subject: &Subject, stage: Option<&str>) -> Result<Vec<StackOutputs>, OutputsError> {
    let structure = subject.structure().await?;
    let stage_stacks = stage_stacks(&structure);
    let wanted: Vec<&StageStack> = stage_stacks
        .iter()
        .filter(|stack| stage.is_none_or(|wanted| stack.stage == wanted || stack.deployed_stage == wanted))
        .collect();
    if let Some(wanted_stage) = stage.filter(|_| wanted.is_empty()) {
        let mut known: Vec<String> = stage_stacks.into_iter().map(|stack| stack.stage).collect();
        known.dedup();
        return Err(OutputsError::NoSuchStage {
            pipeline: subject.name.clone(),
            wanted: wanted_stage.to_owned(),
            known,
        });
    }
    let access = ActionAccess::new(&subject.aws);
    let mut all = Vec::new();
    if let (None, Ok(name)) = (stage, pipeline_stack_name(&subject.name)) {
        let own = read(&subject.aws, name.as_str(), None, None).await?;
        // A pipeline that another tool made has no stack of this name.
        all.extend(Some(own).filter(|own| own.presence == Presence::Deployed));
    }
    for stack in wanted {
        let connection = access.connect(stack.role.as_deref(), stack.region.as_deref(), Preference::Caller).await;
        let there = connection.map_err(|cause| OutputsError::Unreadable { stack: stack.name.clone(), cause })?;
        all.push(read(&there, &stack.name, Some(stack.stage.clone()), stack.region.clone()).await?);
    }
    Ok(all)
}

async fn read(
    aws: &aws::Aws,
    name: &str,
    stage: Option<String>,
    region: Option<String>,
) -> Result<StackOutputs, OutputsError> {
    let stack = aws.stack(name).await.map_err(|cause| OutputsError::Unreadable { stack: name.to_owned(), cause })?;
    Ok(StackOutputs {
        stack: name.to_owned(),
        stage,
        region,
        presence: if stack.is_some() { Presence::Deployed } else { Presence::Missing },
        outputs: stack.map(|stack| stack.outputs).unwrap_or_default(),
    })
}

/// A stack that a stage deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StageStack {
    /// The stage of the definition.
    stage: String,
    /// The stage of the deployed pipeline.
    deployed_stage: String,
    /// The stack's name.
    pub(super) name: String,
    role: Option<String>,
    /// Its region, where it is not the pipeline's.
    pub(super) region: Option<String>,
}

/// Lists the stacks that a pipeline deploys, in its order, each once.
pub(super) fn stage_stacks(structure: &Structure) -> Vec<StageStack> {
    let mut stacks: Vec<StageStack> = Vec::new();
    for stage in &structure.stages {
        for action in stage.actions.iter().filter(|action| action.provider == Provider::CloudFormation) {
            let Some(name) = action.configuration.get("StackName") else { continue };
            let stack = StageStack {
                stage: naming::defined_stage(&stage.name, &action.name, &action.provider).to_owned(),
                deployed_stage: stage.name.clone(),
                name: name.clone(),
                role: action.role.clone(),
                region: action.region.clone(),
            };
            if !stacks.contains(&stack) {
                stacks.push(stack);
            }
        }
    }
    stacks
}

/// The outputs in the shape of `cdk deploy --outputs-file`: `{"<stack>":{"<key>":"<value>"}}`. Stacks without outputs
/// are left out, as the CDK leaves them out.
pub fn as_cdk(stacks: &[StackOutputs]) -> IndexMap<&str, &IndexMap<String, String>> {
    stacks
        .iter()
        .filter(|stack| !stack.outputs.is_empty())
        .map(|stack| (stack.stack.as_str(), &stack.outputs))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::codepipeline::{ActionStructure, StageStructure};

    #[test]
    fn each_stack_is_listed_once_with_its_stage() {
        let action = |name: &str, stack: &str| ActionStructure {
            name: name.to_owned(),
            provider: Provider::CloudFormation,
            run_order: 1,
            configuration: [("StackName".to_owned(), stack.to_owned())].into(),
            role: None,
            region: Some("eu-west-1".to_owned()),
        };
        let actions = vec![
            action("Europe.app.Prepare", "shop-Europe-app"),
            action("Europe.app.Deploy", "shop-Europe-app"),
            action("Asia.app.Deploy", "shop-Asia-app"),
        ];
        let structure =
            Structure { stages: vec![StageStructure { name: "world".to_owned(), actions }], ..Structure::default() };
        let found: Vec<String> =
            stage_stacks(&structure).into_iter().map(|stack| format!("{} {}", stack.stage, stack.name)).collect();
        assert_eq!(found, ["Europe shop-Europe-app", "Asia shop-Asia-app"]);
    }
}
