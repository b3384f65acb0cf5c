//! The modes CREATE_UPDATE, REPLACE_ON_FAILURE and DELETE_ONLY.

use super::follow::{Marker, mark, to_end};
use super::outputs::success;
use super::{capabilities, external, failed, input, template};
use crate::aws::cloudformation::{Stack, StackRequest, StackStatus, StackUpdate};
use crate::local::engine::action::PAUSE;
use crate::local::engine::action::bench::Bench;
use crate::local::engine::action::failure::failed as missing;
use crate::local::engine::machine::{Failure, Success};

/// Creates the stack, or updates it. One that is like that already is a success.
pub(super) async fn create_or_update(bench: &Bench<'_>) -> Result<Success, Failure> {
    let name = bench.needed("StackName")?;
    let request = request(bench, name).await?;
    let known = bench.aws.stack(name).await?;
    let marker = match &known {
        Some(stack) => mark(bench, &stack.id).await?,
        None => Marker::nothing(),
    };
    match known {
        None => bench.aws.create_stack(&request).await?,
        Some(stack) => match bench.aws.update_stack(&request).await? {
            StackUpdate::Begun => {}
            StackUpdate::NothingToDo(words) => return success(bench, &stack, words).await,
        },
    }
    let begun = find(bench, name).await?;
    bench.task.progress(external(bench, &begun.id, &begun.id, "Stack operation in progress"));
    let settled = to_end(bench, &begun.id, &marker).await?;
    let summary = format!("Stack {} reached {}", settled.name, settled.status);
    success(bench, &settled, summary).await
}

async fn request(bench: &Bench<'_>, name: &str) -> Result<StackRequest, Failure> {
    let given = input::read(bench).await?;
    Ok(StackRequest {
        stack: name.to_owned(),
        template: template::source(bench).await?,
        parameters: given.parameters,
        tags: given.tags,
        policy: given.policy,
        capabilities: capabilities(bench)?,
        role: bench.order().setting("RoleArn").map(str::to_owned),
        token: bench.order().id.to_string(),
    })
}

async fn find(bench: &Bench<'_>, name: &str) -> Result<Stack, Failure> {
    bench.aws.stack(name).await?.ok_or_else(|| missing(format!("Stack [{name}] does not exist")))
}

/// Deletes a stack that stands in a failed state, and goes on as [`create_or_update`].
pub(super) async fn replace_on_failure(bench: &Bench<'_>) -> Result<Success, Failure> {
    /// "Replace a failed stack" in the reference of the action.
    const FAILED: [StackStatus; 5] = [
        StackStatus::RollbackComplete,
        StackStatus::RollbackFailed,
        StackStatus::CreateFailed,
        StackStatus::DeleteFailed,
        StackStatus::UpdateRollbackFailed,
    ];
    let known = bench.aws.stack(bench.needed("StackName")?).await?;
    if let Some(stack) = known.filter(|stack| FAILED.contains(&stack.status)) {
        remove(bench, &stack).await?;
    }
    create_or_update(bench).await
}

/// Deletes the stack; one that is not there is a success.
pub(super) async fn delete(bench: &Bench<'_>) -> Result<Success, Failure> {
    let name = bench.needed("StackName")?;
    let Some(stack) = bench.aws.stack(name).await? else {
        let mut nothing = Success::default();
        nothing.external.summary = Some(format!("Stack {name} does not exist"));
        return Ok(nothing);
    };
    remove(bench, &stack).await?;
    let external = external(bench, &stack.id, &stack.id, format!("Stack {name} was deleted"));
    Ok(Success { external, ..Success::default() })
}

async fn remove(bench: &Bench<'_>, stack: &Stack) -> Result<(), Failure> {
    let marker = mark(bench, &stack.id).await?;
    bench.aws.delete_stack(&stack.id, bench.order().setting("RoleArn"), bench.order().id.as_str()).await?;
    loop {
        match bench.aws.stack(&stack.id).await?.map(|stack| stack.status) {
            None | Some(StackStatus::DeleteComplete) => return Ok(()),
            Some(StackStatus::DeleteFailed) if marker.has_moved(bench, &stack.id).await? => {
                let message = format!("stack {} reached DELETE_FAILED", stack.name);
                return Err(failed(message, external(bench, &stack.id, &stack.id, "")));
            }
            Some(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
