//! Stacks: `AWS/CloudFormation/1` with its five modes.

mod change_set;
mod follow;
mod input;
mod outputs;
mod override_value;
mod stack;
mod template;

use super::bench::Bench;
use super::failure::misconfigured;
use crate::cfn::Capability;
use crate::local::engine::machine::{External, Failure, Success};

/// Does what the action's mode says.
pub(super) async fn run(bench: &Bench<'_>) -> Result<Success, Failure> {
    match bench.needed("ActionMode")? {
        "CHANGE_SET_REPLACE" => change_set::replace(bench).await,
        "CHANGE_SET_EXECUTE" => change_set::execute(bench).await,
        "CREATE_UPDATE" => stack::create_or_update(bench).await,
        "REPLACE_ON_FAILURE" => stack::replace_on_failure(bench).await,
        "DELETE_ONLY" => stack::delete(bench).await,
        other => Err(misconfigured(format!("there is no ActionMode `{other}`"))),
    }
}

/// What the template may do, as the configuration lists it.
fn capabilities(bench: &Bench<'_>) -> Result<Vec<Capability>, Failure> {
    let names = bench.order().setting("Capabilities").unwrap_or_default().split(',').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(|name| {
            Capability::ALL
                .into_iter()
                .find(|known| known.as_str() == name)
                .ok_or_else(|| misconfigured(format!("there is no capability `{name}`")))
        })
        .collect()
}

/// The traces of an action in CloudFormation.
fn external(bench: &Bench<'_>, id: &str, stack_id: &str, summary: impl Into<String>) -> External {
    let region = &bench.order().environment.region;
    External {
        id: Some(id.to_owned()),
        url: Some(format!(
            "https://console.aws.amazon.com/cloudformation/home?region={region}#/stacks/stackinfo?stackId={stack_id}"
        )),
        summary: Some(summary.into()),
        ..External::default()
    }
}

/// A failure that left traces in CloudFormation.
fn failed(message: String, external: External) -> Failure {
    let mut failure = super::failure::failed(message);
    failure.external = Box::new(External { summary: Some(failure.error.message.clone()), ..external });
    failure
}
