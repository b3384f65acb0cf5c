//! `bootstrap`: prepare an environment with the toolkit stack, as `cdk bootstrap` does.
//!
//! The stack keeps the contract of the CDK's, so that either tool works with, and takes over, the other's. What is not
//! chosen stays as it is deployed; a newer stack and one of another variant are left alone.

mod command;
mod contract;
mod error;
mod options;
#[cfg(test)]
mod tests;

pub use command::{caution, command, update_command};
pub use contract::{Provenance, STACK_NAME, TEMPLATE};
pub use error::BootstrapError;
pub use options::{Boundary, Execution, Key, Options, Overwrite, Parameters, Switch};

use camino::Utf8Path;
use contract::was_created;

use crate::aws::Aws;
use crate::aws::cloudformation::{ChangeSet, ExistingResources, Stack};
use crate::cfn::Capability;
use crate::event::Events;
use crate::id::Environment;
use crate::ops::stack::{Decision, Deployer, Desired, DesiredTemplate, Observed, Outcome, Pace};
use crate::ops::tool;

/// What became of an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bootstrapped {
    /// It was prepared already, and nothing was written.
    Unchanged(Stack),
    /// It was prepared for the first time.
    Created(Stack),
    /// Its toolkit stack was changed.
    Updated(Stack),
    /// Its toolkit stack is newer, or of another variant, and was left alone.
    Kept(Stack),
    /// A change set was made and left for someone else to execute.
    Left(ChangeSet),
}

impl Bootstrapped {
    /// The toolkit stack, unless its change was left to someone else.
    pub fn stack(&self) -> Option<&Stack> {
        match self {
            Self::Unchanged(stack) | Self::Created(stack) | Self::Updated(stack) | Self::Kept(stack) => Some(stack),
            Self::Left(_) => None,
        }
    }
}

/// Finds the environment that credentials and settings lead to.
pub async fn own_environment(aws: &Aws) -> Result<Environment, BootstrapError> {
    let region = aws.region().ok_or(BootstrapError::NoRegion)?;
    Ok(Environment { account: aws.identity().await?.account, region })
}

/// Prepares an environment: its toolkit stack, and in that stack's bucket the running program, which pipelines use. The
/// connection belongs to the environment's account.
pub async fn bootstrap(
    aws: &Aws,
    environment: &Environment,
    options: &Options,
    executable: &Utf8Path,
    pace: Pace,
    events: &Events,
) -> Result<Bootstrapped, BootstrapError> {
    let done = deploy_stack(aws, environment, options, pace, events).await?;
    if let Some(bucket) = done.stack().and_then(|stack| stack.outputs.get("BucketName")) {
        let aws = aws.in_region(&environment.region);
        tool::pin(&aws, bucket, executable).await.map_err(Box::new)?;
    }
    Ok(done)
}

async fn deploy_stack(
    aws: &Aws,
    environment: &Environment,
    options: &Options,
    pace: Pace,
    events: &Events,
) -> Result<Bootstrapped, BootstrapError> {
    let own = aws.identity().await?.account;
    if own != environment.account {
        return Err(BootstrapError::OtherAccount { own, environment: environment.clone() });
    }
    let aws = aws.in_region(&environment.region);
    let template = options.template.as_deref().unwrap_or(TEMPLATE);
    let offered = Provenance::of_template(template).map_err(BootstrapError::Template)?;
    let deployer = Deployer { aws, bucket: None, pace, events: events.clone() };
    let name = &options.stack_name;
    let observed = deployer.observe(name, &DesiredTemplate::Text(template.to_owned())).await?;

    if let Some(Observed { stack, .. }) = &observed
        && was_created(stack)
        && options.overwrite == Overwrite::Never
        && is_kept(stack, &offered, events)
    {
        return Ok(Bootstrapped::Kept(stack.clone()));
    }

    let deployed = observed.as_ref().map(|observed| observed.stack.clone());
    let deployed = deployed.as_ref();
    let (first, parameters) = options.parameters(environment, deployed)?;
    let is_new = deployed.is_none_or(|stack| !was_created(stack));
    if is_new && options.execution_policies.as_ref().is_none_or(Vec::is_empty) {
        events.warning(
            "CloudFormation will deploy here with the policy AdministratorAccess",
            vec!["`--cloudformation-execution-policies ARN` chooses another".to_owned()],
        );
    }
    // A stack of the same version means the same, whoever made it and however it words its template.
    let is_same = deployed.is_some_and(|stack| was_created(stack) && Provenance::of_stack(stack) == offered);
    let is_own_text = options.template.is_none() && options.overwrite == Overwrite::Never;
    let desired = |parameters: Parameters| Desired {
        name: name.clone(),
        template: match is_same && is_own_text {
            true => DesiredTemplate::Deployed,
            false => DesiredTemplate::Text(template.to_owned()),
        },
        parameters,
        tags: options.tags.clone().or(deployed.map(|stack| stack.tags.clone())).unwrap_or_default(),
        notification_targets: None,
        protection: options.protection,
        capabilities: vec![Capability::NamedIam],
        role: None,
        existing: ExistingResources::Import,
        owner: None,
    };
    let review = |_: crate::ops::stack::Proposal<'_>| match options.execution {
        Execution::Now => Decision::Proceed,
        Execution::Later => Decision::Leave,
    };
    let outcome = match first {
        None => deployer.deploy_observed(&desired(parameters), observed, &review).await?,
        Some(first) => match deployer.deploy_observed(&desired(first), observed, &review).await? {
            left @ Outcome::Left(_) => left,
            made => match (made, deployer.deploy(&desired(parameters), &review).await?) {
                (Outcome::Created(_), Outcome::Updated(stack)) => Outcome::Created(stack),
                (_, outcome) => outcome,
            },
        },
    };
    Ok(match outcome {
        Outcome::Unchanged(stack) => Bootstrapped::Unchanged(stack),
        Outcome::Created(stack) => Bootstrapped::Created(stack),
        Outcome::Updated(stack) => Bootstrapped::Updated(stack),
        Outcome::Left(change_set) => Bootstrapped::Left(change_set),
    })
}

/// Tells whether a deployed stack is left alone, and says why.
fn is_kept(stack: &Stack, offered: &Provenance, events: &Events) -> bool {
    let deployed = Provenance::of_stack(stack);
    let name = &stack.name;
    if deployed.variant != offered.variant {
        events.warning(
            format!(
                "stack `{name}` is of the variant `{}`; it is not overwritten by `{}`",
                deployed.variant, offered.variant
            ),
            vec!["`--force` overwrites it".to_owned()],
        );
        return true;
    }
    if deployed.version > offered.version {
        events.warning(
            format!(
                "stack `{name}` has version {}; it is not downgraded to version {}",
                deployed.version, offered.version
            ),
            vec!["`--force` downgrades it".to_owned()],
        );
        return true;
    }
    false
}
