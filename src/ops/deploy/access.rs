//! The roles that the pipeline's own stacks are deployed through.

use super::subject::OwnStack;
use super::wish::{Surroundings, place, toolkit_role};
use super::{DeployError, Mode, Request};
use crate::aws::Aws;
use crate::aws::identity::Assumption;
use crate::cfn::TEMPLATE_BODY_LIMIT;
use crate::id::{Environment, StackName};
use crate::ops::role::NoRole;
use crate::ops::stack::{Deployer, TemplateBucket, session_policy};
use crate::pipeline::RoleKind;

/// The name of the sessions, as it shows in CloudTrail.
const SESSION: &str = "pipectl-deploy";

/// Makes what deploys a stack: the deploy role, and the publishing role where the template needs the toolkit bucket.
pub(super) async fn deployer(
    request: &Request<'_>,
    surroundings: &Surroundings,
    stack: &OwnStack,
) -> Result<Deployer, DeployError> {
    let environment = surroundings.environment_of(stack);
    let bucket = match stack.text.len() > TEMPLATE_BODY_LIMIT {
        false => None,
        true => Some(TemplateBucket {
            aws: assume(request, RoleKind::FilePublishing, &environment).await?,
            name: place(&environment).toolkit_bucket(&request.subject.definition.qualifier),
        }),
    };
    Ok(Deployer {
        aws: assume(request, RoleKind::Deploy, &environment).await?,
        bucket,
        pace: request.pace,
        events: request.events.clone(),
    })
}

/// Assumes a role of the toolkit stack. In a pipeline, the deploy role is narrowed to the pipeline's own stacks.
pub(super) async fn assume(
    request: &Request<'_>,
    kind: RoleKind,
    environment: &Environment,
) -> Result<Aws, DeployError> {
    let policy = match (&request.mode, kind) {
        (Mode::Pipeline { .. }, RoleKind::Deploy) => {
            let name = &request.subject.definition.name;
            let own = [format!("{name}-pipeline"), format!("{name}-pipeline-support-*")];
            Some(session_policy(&own, environment))
        }
        _ => None,
    };
    assume_narrowed(request, kind, environment, policy).await
}

/// Assumes the deploy role of an environment, narrowed to some stacks.
pub(super) async fn assume_for_stacks(
    request: &Request<'_>,
    environment: &Environment,
    stacks: &[StackName],
) -> Result<Aws, DeployError> {
    assume_narrowed(request, RoleKind::Deploy, environment, Some(session_policy(stacks, environment))).await
}

async fn assume_narrowed(
    request: &Request<'_>,
    kind: RoleKind,
    environment: &Environment,
    policy: Option<String>,
) -> Result<Aws, DeployError> {
    let definition = &request.subject.definition;
    let role = toolkit_role(kind, &definition.qualifier, environment);
    let assumption = Assumption { role: role.clone(), session: SESSION.to_owned(), policy, ..Assumption::default() };
    let aws = request.aws.in_region(&environment.region);
    aws.assume(&assumption).await.map_err(|source| match request.mode {
        Mode::Pipeline { .. } if source.is_denied() => {
            DeployError::OutOfReach { environment: environment.clone(), source: Box::new(source) }
        }
        Mode::Pipeline { .. } | Mode::Laptop { .. } => {
            // Its stacks are in the pipeline's own account.
            NoRole::new(role, environment, &environment.account, source).into()
        }
    })
}
