//! Stacks that a pipeline deployed once and does not deploy any more: `prune` deletes them, `diff` and `status` tell them.
//!
//! They are found by their tag, so they are found whatever has become of the pipeline.

use std::collections::BTreeSet;

use serde::Serialize;

use super::outputs::stage_stacks;
use super::prune::place_of;
use super::stack::check_owner;
use crate::aws::cloudformation::Stack;
use crate::aws::codepipeline::Structure;
use crate::aws::{self, Aws};
use crate::id::{Environment, IdentifierError, PipelineName};
use crate::pipeline::{Owner, PIPELINE_TAG, pipeline_stack_name, support_stack_name};

/// A stack that is deployed no more. Its JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Vanished {
    /// Where it is.
    pub environment: String,
    /// Its name.
    pub stack: String,
}

/// What a pipeline deploys.
pub(super) struct Deployed<'a> {
    name: &'a PipelineName,
    owner: Owner,
    stacks: BTreeSet<(Environment, String)>,
}

impl<'a> Deployed<'a> {
    /// The stacks of a deployed structure, and the pipeline's own.
    pub fn of(name: &'a PipelineName, structure: &Structure, own: &Environment) -> Result<Self, IdentifierError> {
        let mut stacks: BTreeSet<(Environment, String)> = stage_stacks(structure)
            .into_iter()
            .map(|stack| (place_of(own, stack.role.as_deref(), stack.region.as_deref()), stack.name))
            .collect();
        stacks.insert((own.clone(), pipeline_stack_name(name)?.to_string()));
        Ok(Self { name, owner: Owner::living_in(name, own), stacks })
    }

    /// Takes a stack for one that is deployed.
    pub fn insert(&mut self, environment: &Environment, stack: &str) {
        self.stacks.insert((environment.clone(), stack.to_owned()));
    }

    /// Finds the stacks in an environment, to which there is a connection, that are deployed no more.
    pub async fn vanished_from(&self, aws: &Aws, environment: &Environment) -> aws::Result<Vec<Stack>> {
        let support = support_stack_name(self.name, &environment.region).ok();
        let mut stacks = aws.stacks_with_tag(PIPELINE_TAG).await?;
        stacks.retain(|stack| {
            let is_deployed = self.stacks.contains(&(environment.clone(), stack.name.to_string()));
            check_owner(stack, Some(&self.owner)).is_ok() && !is_deployed && support.as_ref() != Some(&stack.name)
        });
        Ok(stacks)
    }

    /// The same as names. Whoever may not look is told of none: how all else stands is known without them.
    pub async fn told_from(&self, aws: &Aws, environment: &Environment) -> Vec<Vanished> {
        match self.vanished_from(aws, environment).await {
            Ok(stacks) => {
                let environment = environment.to_string();
                let told = |stack: Stack| Vanished { environment: environment.clone(), stack: stack.name.to_string() };
                stacks.into_iter().map(told).collect()
            }
            Err(error) => {
                tracing::debug!(%error, %environment, "the stacks of an environment cannot be listed");
                Vec::new()
            }
        }
    }
}
