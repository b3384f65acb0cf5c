//! Deleting what a plan says.

use super::{DestroyError, DestroyPlan, Destroyer, Doomed};
use crate::diagnostic::{Explain, chain};
use crate::id::Environment;
use crate::ops::stack::{DesiredTemplate, Observed};
use crate::pipeline::{RoleKind, pipeline_stack_name};
use crate::text;

impl Destroyer<'_> {
    /// Deletes what a plan says. A stack that cannot be deleted keeps no other from it but the pipeline's own: while that is
    /// there, a run brings back what is deleted. Stacks that others used are tried again once something is gone.
    pub async fn execute(&self, plan: &DestroyPlan) -> Result<(), DestroyError> {
        let own = self.own_environment().await?;
        let pipeline = pipeline_stack_name(&self.definition.name)?;
        let mut open: Vec<Doomed> = plan.doomed.clone();
        let mut kept = Vec::new();
        loop {
            let (before, mut used) = (open.len(), Vec::new());
            for doomed in open {
                match self.delete(&own, &doomed).await {
                    Ok(()) => {}
                    Err(error) if doomed.stack.name == pipeline || !error.is_of_one_stack() => return Err(error),
                    Err(error) if error.is_refusal() => used.push((doomed, error)),
                    Err(error) => kept.push(error),
                }
            }
            if used.is_empty() || used.len() == before {
                kept.extend(used.into_iter().map(|(_, error)| error));
                break;
            }
            open = Vec::new();
            for (doomed, _) in used {
                open.extend(self.again(&own, doomed).await?);
            }
        }
        match kept.pop() {
            None => Ok(()),
            Some(only) if kept.is_empty() => Err(only),
            Some(last) => {
                kept.push(last);
                kept.iter().for_each(|error| self.events.warning(chain(error), error.hints()));
                Err(DestroyError::Left(kept.len()))
            }
        }
    }

    async fn delete(&self, own: &Environment, doomed: &Doomed) -> Result<(), DestroyError> {
        let Doomed { environment, role, stack, emptied } = doomed;
        self.events.step(format!("deleting stack `{}` in {environment}", stack.name));
        if let Some(bucket) = emptied {
            self.empty(bucket, environment).await?;
        }
        // What was allowed to create the stack is allowed to delete it.
        let execution_role = stack.role.clone().unwrap_or_else(|| self.role(RoleKind::Execution, environment));
        Ok(self.deployer(own, environment, role.as_deref()).await?.delete(stack, Some(&execution_role)).await?)
    }

    /// Looks at a stack again: the token of its deletion follows from how it stands.
    async fn again(&self, own: &Environment, doomed: Doomed) -> Result<Option<Doomed>, DestroyError> {
        let deployer = self.deployer(own, &doomed.environment, doomed.role.as_deref()).await?;
        let observed = deployer.observe_settled(&doomed.stack.name, &DesiredTemplate::Deployed).await?;
        Ok(observed.map(|Observed { stack, .. }| Doomed { stack, ..doomed }))
    }

    /// Empties a bucket. The caller does it: the deploy role may not touch objects of its own account.
    async fn empty(&self, bucket: &str, environment: &Environment) -> Result<(), DestroyError> {
        let storage = self.aws.in_region(&environment.region).storage().owned_by(environment.account.clone());
        if storage.bucket_location(bucket).await?.is_some() {
            let tell = |count| self.events.step(format!("deleted {} of `{bucket}`", text::count(count, "object")));
            storage.empty(bucket, tell).await?;
        }
        Ok(())
    }
}
