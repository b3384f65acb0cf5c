//! `prune`: the stacks that a pipeline deployed once and does not deploy any more.
//!
//! A stage, or a stack of one, may vanish with a push. The pipeline never deletes what it deployed: somebody has to ask.

use std::collections::BTreeSet;

use super::destroy::{DestroyError, DestroyPlan, Destroyer, Doomed, Kept};
use super::outputs::stage_stacks;
use super::preflight::environments;
use crate::aws::cloudformation::Protection;
use crate::aws::codepipeline::Structure;
use crate::id::Environment;
use crate::pipeline::{PIPELINE_TAG, pipeline_stack_name, support_stack_name};

impl Destroyer<'_> {
    /// Finds the stacks that are tagged as the pipeline's, but that its deployed structure does not name. They are looked
    /// for in the environments of the definition, and in `further` ones.
    ///
    /// The newest come first, since an older one may be used by a newer one.
    pub async fn plan_prune(
        &self,
        structure: &Structure,
        further: &[Environment],
    ) -> Result<DestroyPlan, DestroyError> {
        let own = self.own_environment().await?;
        let name = &self.definition.name;
        let mut deployed: BTreeSet<(String, String)> = stage_stacks(structure)
            .into_iter()
            .map(|stack| (stack.region.unwrap_or_else(|| own.region.to_string()), stack.name))
            .collect();
        deployed.insert((own.region.to_string(), pipeline_stack_name(name)?.to_string()));
        let mut plan = DestroyPlan { doomed: Vec::new(), kept: Vec::new() };
        let places: BTreeSet<Environment> =
            environments(self.definition, &own).into_iter().chain(further.iter().cloned()).collect();
        for environment in places {
            let region = environment.region.to_string();
            deployed.insert((region.clone(), support_stack_name(name, &environment.region)?.to_string()));
            let deployer = self.deployer(&own, &environment).await?;
            for stack in deployer.aws.stacks_with_tag(PIPELINE_TAG, name.as_str()).await? {
                if deployed.contains(&(region.clone(), stack.name.to_string())) {
                    continue;
                }
                match stack.protection {
                    Protection::On => plan.kept.push(Kept {
                        what: format!("stack `{}` in {environment}", stack.name),
                        why: "it is protected from deletion",
                    }),
                    Protection::Off => plan.doomed.push(Doomed { environment: environment.clone(), stack }),
                }
            }
        }
        plan.doomed.sort_by_key(|doomed| std::cmp::Reverse(doomed.stack.created));
        Ok(plan)
    }
}
