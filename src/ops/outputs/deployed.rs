//! The outputs of deployed stacks.

use indexmap::IndexMap;

use super::{Found, OutputsError, Presence, StackOutputs};
use crate::aws::cloudformation::Stack;
use crate::aws::codepipeline::{Provider, Structure};
use crate::aws::{self, Aws};
use crate::id::{AccountId, Environment};
use crate::ops::action_access::{ActionAccess, Preference};
use crate::ops::naming;
use crate::ops::prune::place_of;
use crate::ops::role::NoRole;
use crate::ops::subject::Subject;
use crate::pipeline::pipeline_stack_name;

/// A deployed stack, and a connection to where it is.
#[derive(Debug)]
pub struct DeployedStack {
    /// The connection.
    pub aws: Aws,
    /// The stack.
    pub stack: Stack,
}

/// Reads the outputs of all stacks of a pipeline, or of those of one stage. What is deployed counts, not what the
/// definition says.
pub async fn of_pipeline(subject: &Subject, stage: Option<&str>) -> Result<Vec<Found>, OutputsError> {
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
        let own = read(subject.aws.clone(), name.as_str()).await?;
        // A pipeline that another tool made has no stack of this name.
        all.extend(own.deployed.is_some().then_some(own));
    }
    for stack in wanted {
        let connection = access.connect(stack.role.as_deref(), stack.region.as_deref(), Preference::Caller).await;
        let there = match connection {
            Ok(there) => there,
            Err(cause) => return Err(out_of_reach(subject, stack, cause).await),
        };
        let mut found = read(there, &stack.name).await?;
        found.outputs.stage = Some(stack.stage.clone());
        if found.deployed.is_none() {
            found.outputs.account = stack.role.as_deref().and_then(AccountId::of_role);
            found.outputs.region =
                stack.region.as_ref().and_then(|region| region.parse().ok()).or(subject.aws.region());
        }
        all.push(found);
    }
    Ok(all)
}

/// Tells why a stack cannot be read, and what lets the pipeline's account read it.
async fn out_of_reach(subject: &Subject, stack: &StageStack, cause: aws::Error) -> OutputsError {
    let name = stack.name.clone();
    let own = match (subject.aws.identity().await, subject.aws.region()) {
        (Ok(identity), Some(region)) => Environment { account: identity.account, region },
        _ => return OutputsError::Unreadable { stack: name, cause },
    };
    let role = stack.role.clone().unwrap_or_default();
    let environment = place_of(&own, Some(&role), stack.region.as_deref());
    OutputsError::OutOfReach { stack: name, cause: NoRole::new(role, &environment, &own.account, cause) }
}

/// Reads the outputs of a stack that need not belong to any pipeline, by its name or its ARN.
pub async fn of_stack(aws: Aws, name: &str) -> Result<Found, OutputsError> {
    let found = read(aws, name).await?;
    match found.deployed {
        Some(_) => Ok(found),
        None => Err(OutputsError::NoSuchStack { wanted: name.to_owned(), known: Vec::new() }),
    }
}

/// Reads the outputs of all stacks nested in some stacks, one level deep, after those of each stack itself.
pub async fn nested(stacks: Vec<Found>) -> Result<Vec<Found>, OutputsError> {
    let mut all = Vec::new();
    for found in stacks {
        let below = match &found.deployed {
            Some(deployed) => deployed.nested().await?,
            None => Vec::new(),
        };
        let stage = found.outputs.stage.clone();
        all.push(found);
        all.extend(below.into_iter().map(|mut nested| {
            nested.outputs.stage.clone_from(&stage);
            nested
        }));
    }
    Ok(all)
}

impl DeployedStack {
    /// The stacks nested in it, one level deep.
    pub async fn nested(&self) -> Result<Vec<Found>, OutputsError> {
        let stacks = self.aws.stacks_in(&self.stack.id).await;
        let stacks = stacks.map_err(|cause| OutputsError::Unreadable { stack: self.stack.name.to_string(), cause })?;
        Ok(stacks.into_iter().map(|stack| Found::of(self.aws.clone(), stack)).collect())
    }
}

async fn read(aws: Aws, name: &str) -> Result<Found, OutputsError> {
    let stack = aws.stack(name).await.map_err(|cause| OutputsError::Unreadable { stack: name.to_owned(), cause })?;
    Ok(match stack {
        Some(stack) => Found::of(aws, stack),
        None => Found { outputs: StackOutputs::new(name, Presence::Missing, IndexMap::new()), deployed: None },
    })
}

impl Found {
    fn of(aws: Aws, stack: Stack) -> Self {
        let mut outputs = StackOutputs::new(stack.name.as_str(), Presence::Deployed, stack.outputs.clone());
        if let Some(Environment { account, region }) = stack.environment() {
            (outputs.account, outputs.region) = (Some(account), Some(region));
        }
        Self { outputs, deployed: Some(DeployedStack { aws, stack }) }
    }
}

/// A stack that a stage deploys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops) struct StageStack {
    /// The stage of the definition.
    pub(in crate::ops) stage: String,
    /// The stage of the deployed pipeline.
    deployed_stage: String,
    /// The stack's name.
    pub(in crate::ops) name: String,
    /// The role of its actions.
    pub(in crate::ops) role: Option<String>,
    /// Its region, where it is not the pipeline's.
    pub(in crate::ops) region: Option<String>,
}

/// Lists the stacks that a pipeline deploys, in its order, each once.
pub(in crate::ops) fn stage_stacks(structure: &Structure) -> Vec<StageStack> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::codepipeline::{ActionStructure, Conditions, StageStructure};

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
        let structure = Structure {
            stages: vec![StageStructure { name: "world".to_owned(), actions, conditions: Conditions::default() }],
            ..Structure::default()
        };
        let found: Vec<String> =
            stage_stacks(&structure).into_iter().map(|stack| format!("{} {}", stack.stage, stack.name)).collect();
        assert_eq!(found, ["Europe shop-Europe-app", "Asia shop-Asia-app"]);
    }
}
