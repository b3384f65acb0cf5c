//! A glance at what is deployed: enough to see that nothing is to change, by as few calls as possible.

use super::subject::OwnStack;
use super::wish::{Surroundings, ToolChoice};
use super::{DeployError, Found, Request, access, frozen};
use crate::assembly::bootstrap_version_parameter;
use crate::aws::cloudformation::Stack;
use crate::aws::secrets::SecretValue;
use crate::aws::{self, Aws};
use crate::definition::Source;
use crate::id::Environment;
use crate::ops::stack::{Deployer, DesiredTemplate, Observed, Plan, plan};
use crate::pipeline::BOOTSTRAP_VERSION;

/// What is deployed.
#[derive(Debug)]
pub(super) struct Glance {
    /// The version of the own environment's toolkit stack.
    bootstrap_version: Option<u32>,
    /// The token's secret, where the source needs one and there is one.
    pub(super) secret: Option<SecretValue>,
    /// The stacks.
    found: Found,
}

impl Glance {
    /// Looks with the credentials of whoever deploys.
    pub(super) async fn take(request: &Request<'_>, environment: &Environment) -> Result<Self, DeployError> {
        let qualifier = &request.subject.definition.qualifier;
        let version = request.aws.parameter(&bootstrap_version_parameter(qualifier)).await?;
        let mut found = Found::new();
        let secret = secret(request).await?;
        for stack in request.subject.stacks() {
            let region = stack.region.as_ref().unwrap_or(&environment.region);
            found.insert(stack.name.clone(), observe(request, request.aws.in_region(region), stack).await?);
        }
        Ok(Self { bootstrap_version: version.and_then(|version| version.trim().parse().ok()), secret, found })
    }

    /// Looks through the deploy roles, because a build's own role may not read stacks.
    pub(super) async fn take_as_pipeline(
        request: &Request<'_>,
        environment: &Environment,
    ) -> Result<Self, DeployError> {
        let surroundings =
            Surroundings { environment: environment.clone(), tool: ToolChoice::Kept, token_version: None };
        let mut found = Found::new();
        for stack in request.subject.stacks() {
            let deployer = access::deployer(request, &surroundings, stack).await?;
            found.insert(stack.name.clone(), observe(request, deployer.aws, stack).await?);
        }
        // The role can read the deployed secret only: another one has to be refused before it is asked for.
        if let Some(pipeline) = found.values().last().and_then(Option::as_ref) {
            frozen::check_secret(request.subject, pipeline)?;
        }
        let secret = secret(request).await?;
        // The template's own rule checks the version when something is to change.
        Ok(Self { bootstrap_version: Some(BOOTSTRAP_VERSION), secret, found })
    }

    /// The version of the token's secret.
    pub(super) fn token_version(&self) -> Option<String> {
        self.secret.as_ref().map(|secret| secret.version.clone())
    }

    /// The pipeline stack, if there is one. It is looked at last.
    pub(super) fn pipeline(&self) -> Option<&Observed> {
        self.found.values().last()?.as_ref()
    }

    /// The stacks, if none of them is to change.
    pub(super) fn unchanged(&self, request: &Request<'_>, surroundings: &Surroundings) -> Option<Vec<&Stack>> {
        let needs_secret = matches!(request.subject.definition.source, Source::GitHub { .. });
        if self.bootstrap_version.is_none_or(|version| version < BOOTSTRAP_VERSION)
            || needs_secret && self.secret.is_none()
        {
            return None;
        }
        let stacks = request.subject.stacks().map(|stack| {
            let observed = self.found.get(&stack.name)?.as_ref()?;
            let desired = surroundings.desired(request.subject, stack);
            (plan(&desired, Some(observed)) == Plan::Nothing).then_some(&observed.stack)
        });
        stacks.collect()
    }
}

async fn secret(request: &Request<'_>) -> aws::Result<Option<SecretValue>> {
    match &request.subject.definition.source {
        Source::GitHub { token_secret, .. } => request.aws.secret(token_secret).await,
        Source::Connection { .. } | Source::S3 { .. } => Ok(None),
    }
}

async fn observe(request: &Request<'_>, aws: Aws, stack: &OwnStack) -> Result<Option<Observed>, DeployError> {
    let deployer = Deployer { aws, bucket: None, pace: request.pace, events: request.events.clone() };
    Ok(deployer.observe(&stack.name, &DesiredTemplate::Text(stack.text.clone())).await?)
}
