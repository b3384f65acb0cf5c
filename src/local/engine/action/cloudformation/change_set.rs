//! The modes CHANGE_SET_REPLACE and CHANGE_SET_EXECUTE.

use super::follow::{mark, to_end};
use super::outputs::success;
use super::{capabilities, external, failed, input, template};
use crate::aws::cloudformation::{
    ChangeSet, ChangeSetKind, ChangeSetRequest, ChangeSetStatus, ExecutionStatus, ExistingResources, StackStatus,
};
use crate::local::engine::action::PAUSE;
use crate::local::engine::action::bench::Bench;
use crate::local::engine::action::failure::failed as missing;
use crate::local::engine::machine::{Failure, Success};

/// Creates a change set in place of one of the same name. One without changes is a success.
pub(super) async fn replace(bench: &Bench<'_>) -> Result<Success, Failure> {
    let stack = bench.needed("StackName")?;
    let name = bench.needed("ChangeSetName")?;
    let given = input::read(bench).await?;
    let template = template::source(bench).await?;
    remove(bench, stack, name).await?;
    let kind = match bench.aws.stack(stack).await? {
        Some(stack) if stack.status != StackStatus::ReviewInProgress => ChangeSetKind::Update,
        _ => ChangeSetKind::Create,
    };
    let request = ChangeSetRequest {
        stack: stack.to_owned(),
        name: name.to_owned(),
        kind,
        template,
        parameters: given.parameters.into_iter().map(|(name, value)| (name, Some(value))).collect(),
        tags: given.tags,
        notification_targets: None,
        capabilities: capabilities(bench)?,
        role: bench.order().setting("RoleArn").map(str::to_owned),
        existing: ExistingResources::Refuse,
        token: bench.order().id.to_string(),
    };
    bench.aws.create_change_set(&request).await?;
    let change_set = created(bench, stack, name).await?;
    if let Some(policy) = &given.policy {
        bench.aws.set_stack_policy(stack, policy).await?;
    }
    let summary = match &change_set.reason {
        Some(reason) if change_set.is_empty() => reason.clone(),
        _ => format!("Change set {name} was created."),
    };
    let external = external(bench, &change_set.id, &change_set.stack_id, summary);
    Ok(Success { external, ..Success::default() })
}

/// Deletes the change set of a name, if there is one, and waits until it is gone.
async fn remove(bench: &Bench<'_>, stack: &str, name: &str) -> Result<(), Failure> {
    if let Some(known) = bench.aws.change_set(stack, name).await? {
        bench.aws.delete_change_set(&known).await?;
        while bench.aws.change_set(stack, name).await?.is_some_and(|change_set| change_set.id == known.id) {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// Waits until a change set is created, or is found to have no changes.
async fn created(bench: &Bench<'_>, stack: &str, name: &str) -> Result<ChangeSet, Failure> {
    loop {
        let change_set = find(bench, stack, name).await?;
        match change_set.status {
            ChangeSetStatus::Creating => tokio::time::sleep(PAUSE).await,
            ChangeSetStatus::Created => return Ok(change_set),
            ChangeSetStatus::Failed if change_set.is_empty() => return Ok(change_set),
            ChangeSetStatus::Failed
            | ChangeSetStatus::Deleting
            | ChangeSetStatus::Deleted
            | ChangeSetStatus::DeleteFailed => {
                let reason = change_set.reason.as_deref().unwrap_or("CloudFormation gives no reason");
                let message = format!("change set {name} was not created: {reason}");
                return Err(failed(message, external(bench, &change_set.id, &change_set.stack_id, "")));
            }
        }
    }
}

async fn find(bench: &Bench<'_>, stack: &str, name: &str) -> Result<ChangeSet, Failure> {
    bench
        .aws
        .change_set(stack, name)
        .await?
        .ok_or_else(|| missing(format!("ChangeSet [{name}] of stack [{stack}] does not exist")))
}

/// Executes a change set. One without changes is a success, and nothing is done.
pub(super) async fn execute(bench: &Bench<'_>) -> Result<Success, Failure> {
    let stack = bench.needed("StackName")?;
    let name = bench.needed("ChangeSetName")?;
    let change_set = find(bench, stack, name).await?;
    if change_set.is_empty() {
        let current = bench
            .aws
            .stack(&change_set.stack_id)
            .await?
            .ok_or_else(|| missing(format!("Stack [{stack}] does not exist")))?;
        return success(bench, &current, change_set.reason.unwrap_or_default()).await;
    }
    if change_set.execution != ExecutionStatus::Available {
        let reason = change_set.reason.as_deref().unwrap_or("it may have been executed already");
        let message = format!("change set {name} cannot be executed: {reason}");
        return Err(failed(message, external(bench, &change_set.id, &change_set.stack_id, "")));
    }
    let marker = mark(bench, &change_set.stack_id).await?;
    bench.aws.execute_change_set(&change_set, bench.order().id.as_str()).await?;
    bench.task.progress(external(bench, &change_set.stack_id, &change_set.stack_id, "Stack operation in progress"));
    let settled = to_end(bench, &change_set.stack_id, &marker).await?;
    let summary = format!("Stack {} reached {}", settled.name, settled.status);
    success(bench, &settled, summary).await
}
