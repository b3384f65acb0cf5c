//! `guard`: do for a stage what CloudFormation's actions in a pipeline cannot.
//!
//! It runs before the stage's change sets and after their execution, and does each time what is to be done:
//!
//! - a stack that never reached its first `CREATE_COMPLETE` is deleted, because no change set can mend it;
//! - a stack that exists gets its protection from deletion and the topics that are told of its events;
//! - a stack of another pipeline is refused;
//! - where executions run in parallel, change sets that ended ones left behind are deleted.

use camino::Utf8Path;
use indexmap::IndexMap;

use super::assembly::{StageError, assume, open, own_environment, stage_assembly};
use super::stack::{
    Company, Decision, Deployer, Desired, DesiredParameter, DesiredTemplate, LeftOver, Pace, Removal, StackError,
    check_owner, session_policy,
};
use crate::assembly::{StackView, resolve};
use crate::aws::cloudformation::{ExistingResources, Protection, Stack, Standing};
use crate::aws::{self, Aws};
use crate::diagnostic::{Explain, FailureKind};
use crate::event::Events;
use crate::id::{Environment, IdentifierError, Name, StackName};
use crate::pipeline::{Owner, PIPELINE_TAG};

/// What was done for a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guarded {
    /// Nothing: it does not exist yet, or is as it should be.
    Nothing,
    /// It was deleted, because it was never created as a whole.
    Deleted,
    /// Its protection or the topics were set.
    Adjusted,
}

/// Why a stage could not be guarded.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    /// The stage's stacks cannot be worked on.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A stack's name in the assembly is none.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// A stack could not be changed.
    #[error(transparent)]
    Stack(#[from] StackError),
}

impl Explain for GuardError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Stage(error) => error.kind(),
            Self::Name(_) => FailureKind::Invalid,
            Self::Call(error) => error.kind(),
            Self::Stack(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Stage(error) => error.hints(),
            Self::Call(error) => error.hints(),
            Self::Stack(error) => error.hints(),
            Self::Name(_) => Vec::new(),
        }
    }
}

/// Guards the stacks of a stage. `company` is who else may be in it.
pub async fn guard(
    aws: &Aws,
    folder: &Utf8Path,
    stage: &Name,
    company: Company<'_>,
    pace: Pace,
    events: &Events,
) -> Result<IndexMap<StackName, Guarded>, GuardError> {
    let assembly = open(folder).map_err(StageError::from)?;
    let stage = stage_assembly(&assembly, stage)?;
    let own = own_environment(aws).await?;
    let mut guarded = IndexMap::new();
    let mut left_over = LeftOver::of(aws, company);
    for view in stage.stacks() {
        let name: StackName = view.name().parse()?;
        let environment = view.environment().or(&own);
        let policy = session_policy(std::slice::from_ref(&name), &environment);
        let deployer = Deployer {
            aws: assume(aws, &view, &environment, "pipectl-guard", policy).await?,
            bucket: None,
            pace,
            events: events.clone(),
        };
        let done = guard_stack(&deployer, &view, &name, &environment, &mut left_over).await?;
        guarded.insert(name, done);
    }
    Ok(guarded)
}

async fn guard_stack(
    deployer: &Deployer,
    view: &StackView<'_>,
    name: &StackName,
    environment: &Environment,
    left_over: &mut LeftOver<'_>,
) -> Result<Guarded, GuardError> {
    let observed = deployer.observe_settled(name, &DesiredTemplate::Deployed).await?;
    let Some(observed) = observed else { return Ok(Guarded::Nothing) };
    let stack = observed.stack.clone();
    let owner = view.stack.tags.get(PIPELINE_TAG).map(|tag| {
        let Ok(owner) = tag.parse();
        owner
    });
    let role = view.stack.cloud_formation_execution_role_arn.as_ref().map(|role| resolve(role, environment));
    check_owner(&stack, owner.as_ref())?;
    let removal = deployer.delete_unfinished(&stack, left_over.unfinished(), owner.as_ref(), role.as_deref());
    if removal.await? == Removal::Deleted {
        return Ok(Guarded::Deleted);
    }
    left_over.discard(&deployer.aws, name, &deployer.events).await;
    match stack.status.standing() {
        // What is to be done here is done by the stage's own actions, or by a person.
        Standing::Gone | Standing::Reserved | Standing::NeverCreated | Standing::RollbackFailed | Standing::Broken => {
            Ok(Guarded::Nothing)
        }
        Standing::Usable | Standing::Busy => {
            let desired = desired(view, &stack, role, owner);
            let before = (stack.protection, stack.notification_targets.clone());
            let outcome = deployer.deploy_observed(&desired, Some(observed), &|_| Decision::Proceed).await?;
            let is_same =
                outcome.stack().is_some_and(|stack| (stack.protection, stack.notification_targets.clone()) == before);
            Ok(if is_same { Guarded::Nothing } else { Guarded::Adjusted })
        }
    }
}

/// The stack as it is deployed, but for its protection and the topics that are told of its events.
fn desired(view: &StackView<'_>, stack: &Stack, role: Option<String>, owner: Option<Owner>) -> Desired {
    let targets = &view.stack.notification_arns;
    Desired {
        name: stack.name.clone(),
        template: DesiredTemplate::Deployed,
        parameters: stack.parameters.keys().map(|name| (name.clone(), DesiredParameter::Previous)).collect(),
        tags: stack.tags.clone(),
        notification_targets: (!targets.is_empty()).then(|| targets.clone()),
        protection: view.stack.termination_protection.map(|on| if on { Protection::On } else { Protection::Off }),
        capabilities: stack.capabilities.clone(),
        role,
        existing: ExistingResources::Refuse,
        owner,
    }
}
