//! Finding what is to be deleted, and what stays.

use super::look::Wanted;
use super::{DestroyError, DestroyPlan, Destroyer, Doomed, Kept, KeptKind, Stages};
use crate::assembly::resolve;
use crate::aws::codepipeline::Structure;
use crate::diagnostic::{Explain, chain};
use crate::id::Environment;
use crate::ops::outputs::stage_stacks;
use crate::ops::preflight::environments;
use crate::ops::prune::{Found, place_of};
use crate::pipeline::{pipeline_stack_name, support_stack_name};

/// Why a stack of a stage stays.
const DEPLOYED: &str = "it is what the pipeline deploys; `--stages` deletes it too";

/// Why a stack stays that the pipeline deployed once.
const LEFT: &str = "it is no part of the pipeline any more; `--stages`, or `pipectl prune --delete`, deletes it too";

impl Destroyer<'_> {
    /// Finds what is to be deleted. Refuses stacks of another pipeline and protected ones before anything is deleted.
    pub async fn plan(&self, stages: Stages) -> Result<DestroyPlan, DestroyError> {
        let own = self.own_environment().await?;
        let name = &self.definition.name;
        let mut wanted = vec![Wanted::new(&own, None, pipeline_stack_name(name)?)];
        for environment in environments(self.definition, &own) {
            if environment.account == own.account && environment.region != own.region {
                let support = support_stack_name(name, &environment.region)?;
                wanted.push(Wanted::new(&environment, None, support));
            }
        }
        let mut plan = self.look(&own, wanted).await?;
        let named = self.named(&own);
        match (stages, self.unnamed(&own, &named).await) {
            (Stages::Delete, unnamed) => {
                let (deployed, left) = unnamed?;
                plan.append(left);
                plan.append(self.look(&own, deployed.into_iter().chain(named).collect()).await?);
            }
            (Stages::Keep, Ok((deployed, left))) => {
                let kept = deployed.iter().chain(&named).map(|wanted| wanted.kept(DEPLOYED));
                plan.kept.extend(kept);
                let left = left.doomed.iter();
                plan.kept
                    .extend(left.map(|Doomed { stack, environment, .. }| Kept::stack(&stack.name, environment, LEFT)));
            }
            (Stages::Keep, Err(error)) => {
                plan.kept.extend(named.iter().map(|wanted| wanted.kept(DEPLOYED)));
                let message = format!("whether the pipeline left stacks behind is not known: {}", chain(&error));
                let mut hints = error.hints();
                hints.push("`pipectl prune` looks for them".to_owned());
                self.events.warning(message, hints);
            }
        }
        plan.kept.extend(environments(self.definition, &own).into_iter().map(|environment| Kept {
            kind: KeptKind::Toolkit,
            name: self.definition.qualifier.to_string(),
            environment: environment.to_string(),
            why: "other pipelines and the CDK may use it".to_owned(),
        }));
        Ok(plan)
    }

    /// The stacks of the definition's stages, the last first.
    fn named(&self, own: &Environment) -> Vec<Wanted> {
        let stacks = self.definition.stages.iter().rev().flat_map(|stage| stage.stacks.iter().rev());
        let wanted = stacks.map(|stack| {
            let environment = stack.target.within(own);
            let role = stack.origin.assembly().and_then(|origin| origin.deploy_role.as_deref());
            let role = role.map(|role| resolve(role, &environment));
            Wanted::new(&environment, role, stack.stack_name.clone())
        });
        wanted.collect()
    }

    /// The stacks of the pipeline that the definition does not name: those that are deployed all the same, the last first,
    /// and those that were deployed once.
    async fn unnamed(&self, own: &Environment, named: &[Wanted]) -> Result<(Vec<Wanted>, DestroyPlan), DestroyError> {
        let structure = match self.aws.in_region(&own.region).pipeline_structure(&self.definition.name).await {
            Err(error) if error.code() == Some("PipelineNotFoundException") => Structure::default(),
            structure => structure?,
        };
        let deployed = stage_stacks(&structure).into_iter().rev().filter_map(|stack| {
            let environment = place_of(own, stack.role.as_deref(), stack.region.as_deref());
            let name = stack.name.parse().ok()?;
            let is_named = named.iter().any(|wanted| wanted.is(&name, &environment));
            (!is_named).then(|| Wanted::new(&environment, stack.role, name))
        });
        let Found { plan: mut left, unread } = self.plan_prune(&structure, &[]).await?;
        if let Some(error) = unread.into_iter().next() {
            return Err(error);
        }
        left.doomed.retain(|doomed| !named.iter().any(|wanted| wanted.is(&doomed.stack.name, &doomed.environment)));
        Ok((deployed.collect(), left))
    }
}
