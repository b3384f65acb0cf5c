//! Stacks of stages whose first creation failed.
//!
//! CloudFormation can make no change set for such a stack, so the push that repairs its template would fail. UpdatePipeline
//! deletes them in the pipeline's own account, before the stages run; nothing is lost, since nothing was ever created as a
//! whole. In other accounts a stage's guard does the same.

use std::collections::BTreeMap;

use super::wish::toolkit_role;
use super::{DeployError, Request, access};
use crate::aws::cloudformation::Standing;
use crate::id::{Environment, Region, StackName};
use crate::ops::stack::{Deployer, StackError, foreign_owner};
use crate::pipeline::RoleKind;

/// How many stacks one session is narrowed to; a session policy may have 2,048 characters.
const STACKS_OF_A_SESSION: usize = 8;

/// Deletes them. `own` is where the pipeline lives.
pub(super) async fn delete(request: &Request<'_>, own: &Environment) -> Result<(), DeployError> {
    for (region, stacks) in stacks_by_region(request, own) {
        let environment = Environment { account: own.account.clone(), region };
        for stacks in stacks.chunks(STACKS_OF_A_SESSION) {
            let deployer = Deployer {
                aws: access::assume_for_stacks(request, &environment, stacks).await?,
                bucket: None,
                pace: request.pace,
                events: request.events.clone(),
            };
            for name in stacks {
                delete_one(request, &deployer, name, &environment).await?;
            }
        }
    }
    Ok(())
}

async fn delete_one(
    request: &Request<'_>,
    deployer: &Deployer,
    name: &StackName,
    environment: &Environment,
) -> Result<(), DeployError> {
    let definition = &request.subject.definition;
    let Some(stack) = deployer.aws.stack(name.as_str()).await? else { return Ok(()) };
    if stack.status.standing() != Standing::NeverCreated {
        return Ok(());
    }
    if let Some(pipeline) = foreign_owner(&stack, Some(&definition.name)) {
        return Err(StackError::Foreign { stack: name.clone(), pipeline: pipeline.to_owned() }.into());
    }
    request
        .events
        .step(format!("deleting stack `{name}`, which is in {} and was never created as a whole", stack.status));
    let role = toolkit_role(RoleKind::Execution, &definition.qualifier, environment);
    Ok(deployer.delete(&stack, Some(&role)).await?)
}

/// The stacks of the stages in the pipeline's own account, by region.
fn stacks_by_region(request: &Request<'_>, own: &Environment) -> BTreeMap<Region, Vec<StackName>> {
    let mut stacks: BTreeMap<Region, Vec<StackName>> = BTreeMap::new();
    for stage in &request.subject.definition.stages {
        let is_here = stage.target.account.as_ref().is_none_or(|account| *account == own.account);
        if is_here {
            let region = stage.target.region.as_ref().unwrap_or(&own.region);
            let names = stage.stacks.iter().map(|stack| stack.stack_name.clone());
            stacks.entry(region.clone()).or_default().extend(names);
        }
    }
    stacks
}
