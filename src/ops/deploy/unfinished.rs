//! Stacks of stages whose first creation failed.
//!
//! CloudFormation can make no change set for such a stack, so the push that repairs its template would fail. UpdatePipeline
//! deletes them in the pipeline's own account, before the stages run; nothing is lost, since nothing was ever created as a
//! whole. In other accounts a stage's guard does the same.
//!
//! Where executions run in parallel, change sets that ended ones left behind go in the same round.

use std::collections::BTreeMap;

use super::wish::toolkit_role;
use super::{DeployError, Request, access};
use crate::definition::ExecutionMode;
use crate::id::{Environment, Region, StackName};
use crate::ops::stack::{Company, Deployer, LeftOver, Removal, STACKS_OF_A_SESSION, Unfinished, check_owner};
use crate::pipeline::{Owner, RoleKind};

/// Deletes them. `own` is where the pipeline lives.
pub(super) async fn delete(request: &Request<'_>, own: &Environment) -> Result<(), DeployError> {
    let definition = &request.subject.definition;
    let owner = Owner::living_in(&definition.name, own);
    let company = match definition.execution_mode {
        ExecutionMode::Superseded | ExecutionMode::Queued => Company::Alone,
        ExecutionMode::Parallel => Company::Parallel(&definition.name),
    };
    let mut left_over = LeftOver::of(request.aws, company);
    for (region, stacks) in stacks_by_region(request, own) {
        let environment = Environment { account: own.account.clone(), region };
        for stacks in stacks.chunks(STACKS_OF_A_SESSION) {
            let deployer = Deployer {
                aws: access::assume_for_stacks(request, &environment, stacks).await?,
                bucket: None,
                pace: request.pace,
                events: request.events.clone(),
            };
            let role = toolkit_role(RoleKind::Execution, &definition.qualifier, &environment);
            for name in stacks {
                if let Some(stack) = deployer.aws.stack(name.as_str()).await? {
                    // Its stages' native actions would deploy over another pipeline's stack without a question.
                    check_owner(&stack, Some(&owner))?;
                    // A change set may still wait for the approval of another execution.
                    let unfinished = Unfinished::Failed;
                    let removal = deployer.delete_unfinished(&stack, unfinished, Some(&owner), Some(&role)).await?;
                    if removal == Removal::Kept {
                        left_over.discard(&deployer.aws, name, &deployer.events).await;
                    }
                }
            }
        }
    }
    Ok(())
}

/// The stacks of the stages in the pipeline's own account, by region.
fn stacks_by_region(request: &Request<'_>, own: &Environment) -> BTreeMap<Region, Vec<StackName>> {
    let mut stacks: BTreeMap<Region, Vec<StackName>> = BTreeMap::new();
    for stack in request.subject.definition.stages.iter().flat_map(|stage| &stage.stacks) {
        let is_here = stack.target.account.as_ref().is_none_or(|account| *account == own.account);
        if is_here {
            let region = stack.target.region.as_ref().unwrap_or(&own.region);
            stacks.entry(region.clone()).or_default().push(stack.stack_name.clone());
        }
    }
    stacks
}
