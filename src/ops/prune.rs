//! `prune`: the stacks that a pipeline deployed once and does not deploy any more.
//!
//! A stage, or a stack of one, may vanish with a push. The pipeline never deletes what it deployed: somebody has to ask.

use std::collections::BTreeSet;

use super::destroy::{DestroyError, DestroyPlan, Destroyer, Doomed, Kept};
use super::outputs::stage_stacks;
use super::preflight::environments;
use super::vanished::Deployed;
use crate::aws::cloudformation::Protection;
use crate::aws::codepipeline::Structure;
use crate::id::{AccountId, Environment};

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What can be deleted, and what stays.
    pub plan: DestroyPlan,
    /// Why some environments could not be looked into.
    pub unread: Vec<DestroyError>,
}

impl Destroyer<'_> {
    /// Finds the stacks that are tagged as the pipeline's, but that its deployed structure does not name. They are looked
    /// for in the environments of the definition, and in `further` ones.
    ///
    /// The newest come first, since an older one may be used by a newer one.
    pub async fn plan_prune(&self, structure: &Structure, further: &[Environment]) -> Result<Found, DestroyError> {
        let own = self.own_environment().await?;
        let deployed = Deployed::of(&self.definition.name, structure, &own)?;
        let mut found = Found::default();
        let places: BTreeSet<Environment> =
            environments(self.definition, &own).into_iter().chain(further.iter().cloned()).collect();
        for environment in places {
            let role = role_in(structure, &own, &environment);
            let deployer = match self.deployer(&own, &environment, role.as_deref()).await {
                Err(error @ DestroyError::NoRole(_)) => {
                    found.unread.push(error);
                    continue;
                }
                deployer => deployer?,
            };
            for stack in deployed.vanished_from(&deployer.aws, &environment).await? {
                match stack.protection {
                    Protection::On => {
                        found.plan.kept.push(Kept::stack(&stack.name, &environment, "it is protected from deletion"));
                    }
                    Protection::Off => {
                        found.plan.kept.extend(self.retained(&deployer, &stack, &environment).await?);
                        let emptied = self.support_bucket_of(&stack, &environment)?;
                        let (environment, role) = (environment.clone(), role.clone());
                        found.plan.doomed.push(Doomed { environment, role, stack, emptied });
                    }
                }
            }
        }
        found.plan.doomed.sort_by_key(|doomed| std::cmp::Reverse(doomed.stack.created));
        Ok(found)
    }
}

/// Where an action with this role and region works; without them, where its pipeline lives.
pub(super) fn place_of(own: &Environment, role: Option<&str>, region: Option<&str>) -> Environment {
    let account = role.and_then(AccountId::of_role);
    let region = region.and_then(|region| region.parse().ok());
    Environment {
        account: account.unwrap_or_else(|| own.account.clone()),
        region: region.unwrap_or_else(|| own.region.clone()),
    }
}

/// The role with which the pipeline deploys into an environment, if it does.
fn role_in(structure: &Structure, own: &Environment, environment: &Environment) -> Option<String> {
    let mut stacks = stage_stacks(structure).into_iter();
    let there = stacks.find(|stack| place_of(own, stack.role.as_deref(), stack.region.as_deref()) == *environment);
    there.and_then(|stack| stack.role)
}
