//! Looking at the stacks that are to be deleted.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{DestroyError, DestroyPlan, Destroyer, Doomed, Kept, KeptKind};
use crate::aws::cloudformation::Protection;
use crate::id::{Environment, StackName};
use crate::ops::stack::{Deployer, DesiredTemplate, Observed, check_owner};
use crate::pipeline::{Owner, output};
use crate::text;

/// How many roles are assumed, and how many stacks are looked at, at once.
const AT_ONCE: usize = 8;

/// A stack that is to be deleted, if it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Where it is.
    environment: Environment,
    /// The role that deletes it; the toolkit stack's if absent.
    role: Option<String>,
    /// Its name.
    name: StackName,
}

impl Wanted {
    pub fn new(environment: &Environment, role: Option<String>, name: StackName) -> Self {
        Self { environment: environment.clone(), role, name }
    }

    /// Whether it is the stack of this name there.
    pub fn is(&self, name: &StackName, environment: &Environment) -> bool {
        self.name == *name && self.environment == *environment
    }

    /// Tells that it stays, and why.
    pub fn kept(&self, why: &str) -> Kept {
        Kept::stack(&self.name, &self.environment, why)
    }

    fn access(&self) -> (Environment, Option<String>) {
        (self.environment.clone(), self.role.clone())
    }
}

impl Destroyer<'_> {
    /// Looks at stacks, and refuses those of another pipeline and protected ones.
    pub(super) async fn look(&self, own: &Environment, wanted: Vec<Wanted>) -> Result<DestroyPlan, DestroyError> {
        let accesses: HashSet<(Environment, Option<String>)> = wanted.iter().map(Wanted::access).collect();
        let deployers: HashMap<(Environment, Option<String>), Deployer> = stream::iter(accesses)
            .map(|access| async move {
                let deployer = self.deployer(own, &access.0, access.1.as_deref()).await?;
                Ok::<_, DestroyError>((access, deployer))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        self.events.step(format!("looking for {}", text::count(wanted.len(), "stack")));
        let deployers = &deployers;
        let found: Vec<DestroyPlan> = stream::iter(wanted)
            .map(|wanted| async move {
                match deployers.get(&wanted.access()) {
                    Some(deployer) => self.look_at(own, wanted, deployer).await,
                    None => Ok(DestroyPlan::default()),
                }
            })
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut plan = DestroyPlan::default();
        found.into_iter().for_each(|found| plan.append(found));
        Ok(plan)
    }

    async fn look_at(
        &self,
        own: &Environment,
        wanted: Wanted,
        deployer: &Deployer,
    ) -> Result<DestroyPlan, DestroyError> {
        let Wanted { environment, role, name } = wanted;
        let mut plan = DestroyPlan::default();
        let observed = deployer.observe_settled(&name, &DesiredTemplate::Deployed).await?;
        let Some(Observed { stack, .. }) = observed else { return Ok(plan) };
        check_owner(&stack, Some(&Owner::living_in(&self.definition.name, own)))?;
        if stack.protection == Protection::On {
            return Err(DestroyError::Protected { stack: name, environment });
        }
        let bucket = stack.outputs.get(output::ARTIFACT_BUCKET);
        plan.kept.extend(bucket.map(|bucket| Kept {
            kind: KeptKind::Bucket,
            name: bucket.clone(),
            environment: environment.to_string(),
            why: format!(
                "it holds the artifacts of past runs, and a bucket with content cannot be deleted by its stack; \
                 `aws s3 rb --region {} --force s3://{bucket}` deletes it",
                environment.region
            ),
        }));
        let retained = self.retained(deployer, &stack, &environment).await?;
        plan.kept.extend(retained.into_iter().filter(|kept| Some(&kept.name) != bucket));
        let emptied = self.support_bucket_of(&stack, &environment)?;
        plan.doomed.push(Doomed { environment, role, stack, emptied });
        Ok(plan)
    }
}
