//! `deploy`: create or change the pipeline, from a laptop or from within the pipeline itself.
//!
//! When nothing is to change, a deployment from a laptop makes five calls and writes nothing:
//!
//! 1. `sts:GetCallerIdentity`: whose account this is.
//! 2. `ssm:GetParameter`: the toolkit stack's version.
//! 3. `secretsmanager:GetSecretValue`: the version of the token's secret (only with a GitHub source).
//! 4. `cloudformation:DescribeStacks`: the pipeline stack.
//! 5. `cloudformation:GetTemplate`: its template.
//!
//! Each other region that the stages live in costs two more, for its support stack. Only when something differs, all that
//! has to be true is checked ([`super::preflight`]) before the first write.
//!
//! Within the pipeline the roles are assumed first, and the rules are stricter: name, account, region and secret stay, and
//! nothing is deployed that would keep the next push from coming in.

mod access;
mod approval;
mod error;
mod frozen;
mod glance;
mod recall;
mod restart;
mod subject;
mod unfinished;
mod version;
mod wish;

use camino::Utf8Path;
use indexmap::IndexMap;

pub use approval::{Approval, Changes, RequireApproval};
pub use error::DeployError;
pub use recall::{Reader, recall};
pub use restart::Restart;
pub use subject::{OwnStack, Subject};

use crate::aws::Aws;
use crate::aws::cloudformation::Stack;
use crate::cfn::Template;
use crate::event::Events;
use crate::id::{Environment, ExecutionId, PipelineName, Region, StackName};
use crate::ops::stack::{Observed, Outcome, Pace};
use crate::ops::{preflight, tool};
use crate::pipeline::{RoleKind, parameter, vanished};
use glance::Glance;
use wish::{Surroundings, ToolChoice, place};

/// What is to be deployed, and how.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The connection, with the credentials of whoever deploys.
    pub aws: &'a Aws,
    /// What is deployed.
    pub subject: &'a Subject,
    /// From where.
    pub mode: Mode<'a>,
    /// Base address of GitHub's REST API.
    pub github_api: &'a str,
    /// Which changes are asked about, and whom.
    pub approval: Approval<'a>,
    /// How often progress is looked at, and for how long.
    pub pace: Pace,
    /// Where progress is told.
    pub events: &'a Events,
}

/// From where a pipeline is deployed.
#[derive(Debug, Clone, Copy)]
pub enum Mode<'a> {
    /// From a laptop: the builds use this very pipectl from now on.
    Laptop {
        /// The path of the running program.
        executable: &'a Utf8Path,
    },
    /// From the pipeline's own action UpdatePipeline: the builds keep the pipectl that they use.
    Pipeline {
        /// The execution that the action runs in.
        execution: &'a ExecutionId,
        /// The pipeline that started the build, where CodeBuild tells.
        initiator: Option<&'a PipelineName>,
    },
}

/// What became of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// What happened.
    pub change: Change,
    /// The outputs of its stacks.
    pub outputs: IndexMap<StackName, IndexMap<String, String>>,
    /// What became of the execution that deployed it, if one did.
    pub restart: Restart,
}

/// What happened to a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it was already as it should be.
    None,
    /// It was created.
    Created,
    /// It was changed.
    Updated,
}

/// Deploys a pipeline.
pub async fn deploy(request: Request<'_>) -> Result<Deployed, DeployError> {
    match request.mode {
        Mode::Laptop { executable } => deploy_from_laptop(&request, executable).await,
        Mode::Pipeline { execution, initiator } => deploy_in_pipeline(&request, execution, initiator).await,
    }
}

async fn deploy_from_laptop(request: &Request<'_>, executable: &Utf8Path) -> Result<Deployed, DeployError> {
    let region = region(request)?;
    let aws = request.aws.in_region(&region);
    let request = &Request { aws: &aws, ..*request };
    let environment = own_environment(request, region).await?;
    let qualifier = &request.subject.definition.qualifier;
    let bucket = place(&environment).toolkit_bucket(qualifier);
    let pin = tool::would_pin(&bucket, executable).await.map_err(Box::new)?;
    let glance = Glance::take(request, &environment).await?;
    let surroundings = Surroundings {
        environment: environment.clone(),
        tool: ToolChoice::Pinned(pin.clone()),
        token_version: glance.token_version(),
    };
    if let Some(stacks) = glance.unchanged(request, &surroundings) {
        return Ok(unchanged(stacks, Restart::NotNeeded));
    }
    if let Some(observed) = glance.pipeline() {
        check_version(&observed.stack)?;
        tell_vanished(request, observed);
    }
    let subject = preflight_subject(request, &environment, &glance);
    preflight::check(&aws, subject, request.github_api, request.events).await?;
    let publishing = access::assume(request, RoleKind::FilePublishing, &environment).await?;
    tool::put(&publishing, &pin, executable).await.map_err(Box::new)?;
    deploy_stacks(request, &surroundings).await
}

async fn deploy_in_pipeline(
    request: &Request<'_>,
    execution: &ExecutionId,
    initiator: Option<&PipelineName>,
) -> Result<Deployed, DeployError> {
    let region = request.aws.region().ok_or(DeployError::NoRegion)?;
    let environment = Environment { account: request.aws.identity().await?.account, region };
    frozen::check_place(request.subject, &environment)?;
    frozen::check_name(request, execution, initiator).await?;
    let glance = Glance::take_as_pipeline(request, &environment).await?;
    let Some(observed) = glance.pipeline() else {
        let what = format!("the name: there is no stack `{}`", request.subject.pipeline.name);
        return Err(DeployError::Frozen { what });
    };
    check_version(&observed.stack)?;
    let surroundings = Surroundings {
        environment: environment.clone(),
        tool: ToolChoice::Kept,
        token_version: glance.token_version(),
    };
    let mut deployed = match glance.unchanged(request, &surroundings) {
        Some(stacks) => unchanged(stacks, Restart::NotNeeded),
        None => {
            let subject = preflight_subject(request, &environment, &glance);
            preflight::check_source(request.aws, subject, request.github_api, request.events).await?;
            tell_vanished(request, observed);
            deploy_stacks(request, &surroundings).await?
        }
    };
    // The stack is read again, because its last update is what decides, and an interrupted one counts too.
    let deployer = access::deployer(request, &surroundings, &request.subject.pipeline).await?;
    if let Some(stack) = deployer.aws.stack(request.subject.pipeline.name.as_str()).await? {
        deployed.restart = restart::restart(request, &stack, execution).await?;
    }
    if deployed.restart == Restart::NotNeeded {
        unfinished::delete(request, &environment).await?;
    }
    Ok(deployed)
}

/// Tells which stacks an app has no more: the pipeline leaves them alone.
fn tell_vanished(request: &Request<'_>, observed: &Observed) {
    let file = Utf8Path::new(request.subject.pipeline.name.as_str());
    let Some(former) = observed.template.as_deref().and_then(|text| Template::parse_deployed(file, text).ok()) else {
        return;
    };
    for stack in vanished(former.root(), request.subject.pipeline.template.root()) {
        request
            .events
            .step(format!("no stage deploys stack `{stack}` any more; `pipectl prune` lists and deletes such stacks"));
    }
}

/// Deploys the support stacks, then the pipeline stack.
async fn deploy_stacks(request: &Request<'_>, surroundings: &Surroundings) -> Result<Deployed, DeployError> {
    let mut change = Change::None;
    let mut outputs = IndexMap::new();
    for stack in request.subject.stacks() {
        let deployer = access::deployer(request, surroundings, stack).await?;
        let desired = surroundings.desired(request.subject, stack);
        request.events.step(format!("deploying stack `{}`", stack.name));
        let review = |proposal: crate::ops::stack::Proposal<'_>| request.approval.decide(&stack.template, proposal);
        let outcome = deployer.deploy(&desired, &review).await?;
        // A pipeline that only gained a support stack was there before.
        let is_pipeline = stack.name == request.subject.pipeline.name;
        change = match (&outcome, change) {
            (Outcome::Created(_), _) if is_pipeline => Change::Created,
            (Outcome::Created(_) | Outcome::Updated(_), Change::None) => Change::Updated,
            _ => change,
        };
        if let Some(stack) = outcome.stack() {
            outputs.insert(stack.name.clone(), stack.outputs.clone());
        }
    }
    Ok(Deployed { change, outputs, restart: Restart::NotNeeded })
}

fn unchanged(stacks: Vec<&Stack>, restart: Restart) -> Deployed {
    let outputs = stacks.into_iter().map(|stack| (stack.name.clone(), stack.outputs.clone())).collect();
    Deployed { change: Change::None, outputs, restart }
}

/// The pipeline's region: the definition's, else that of the environment.
fn region(request: &Request<'_>) -> Result<Region, DeployError> {
    let named = request.subject.definition.target.region.clone();
    named.or_else(|| request.aws.region()).ok_or(DeployError::NoRegion)
}

/// Where the pipeline lives; refused if the credentials belong elsewhere.
async fn own_environment(request: &Request<'_>, region: Region) -> Result<Environment, DeployError> {
    let account = request.aws.identity().await?.account;
    match &request.subject.definition.target.account {
        Some(wanted) if *wanted != account => Err(DeployError::OtherAccount { own: account, wanted: wanted.clone() }),
        _ => Ok(Environment { account, region }),
    }
}

/// Refuses to work on a pipeline that a newer pipectl wrote.
fn check_version(stack: &Stack) -> Result<(), DeployError> {
    match stack.parameters.get(parameter::TOOL_VERSION) {
        Some(deployed) if version::is_older(version::OWN, &deployed.value) => {
            Err(DeployError::Older { deployed: deployed.value.clone(), own: version::OWN })
        }
        _ => Ok(()),
    }
}

fn preflight_subject<'a>(
    request: &Request<'a>,
    environment: &'a Environment,
    glance: &'a Glance,
) -> preflight::Subject<'a> {
    preflight::Subject {
        definition: &request.subject.definition,
        text: &request.subject.text,
        file: &request.subject.file,
        templates: &request.subject.templates,
        environment,
        secret: glance.secret.as_ref(),
    }
}

/// What was found of a stack, by its name.
type Found = IndexMap<StackName, Option<Observed>>;
