//! `destroy`: delete the pipeline, and, if asked, the stacks of its stages.
//!
//! The stacks are deleted through the toolkit stack's roles, so that nothing that is deleted is needed to delete it. The
//! pipeline goes first, so that no run brings back what is deleted after it.

mod retained;

use super::stack::{Deployer, DesiredTemplate, Observed, Pace, StackError, check_owner};
use crate::assembly::resolve;
use crate::aws::cloudformation::{Protection, Stack, Standing};
use crate::aws::identity::Assumption;
use crate::aws::{self, Aws};
use crate::definition::Definition;
use crate::diagnostic::{Explain, FailureKind};
use crate::event::Events;
use crate::id::{AccountId, Environment, IdentifierError, StackName};
use crate::pipeline::{
    Owner, Place, RoleKind, output, pipeline_stack_name, role_arn, support_bucket, support_stack_name,
};
use crate::text;

/// Whether the stages' stacks are deleted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stages {
    /// They stay.
    Keep,
    /// They are deleted, the last first.
    Delete,
}

/// What is to be deleted, and what stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestroyPlan {
    /// The stacks to delete, in this order.
    pub doomed: Vec<Doomed>,
    /// What stays, and why.
    pub kept: Vec<Kept>,
}

/// A stack that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    /// Where it is.
    pub environment: Environment,
    /// The role that deletes it; the toolkit stack's if absent.
    pub role: Option<String>,
    /// The stack.
    pub stack: Stack,
    /// Its bucket, which is emptied before: CloudFormation deletes none with content.
    pub emptied: Option<String>,
}

/// Something that stays. Its JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Kept {
    /// What it is.
    pub kind: KeptKind,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub environment: String,
    /// Why.
    pub why: String,
}

/// What stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptKind {
    /// A stack.
    Stack,
    /// A bucket.
    Bucket,
    /// A toolkit stack, named by its qualifier.
    Toolkit,
    /// A resource of a stack that is deleted.
    Resource,
}

impl Kept {
    /// A stack that stays.
    pub fn stack(name: &StackName, environment: &Environment, why: &str) -> Self {
        let why = why.to_owned();
        Self { kind: KeptKind::Stack, name: name.to_string(), environment: environment.to_string(), why }
    }
}

/// Why nothing, or not everything, was deleted.
#[derive(Debug, thiserror::Error)]
pub enum DestroyError {
    /// No region is known.
    #[error("no AWS region is known")]
    NoRegion,
    /// The credentials belong to another account.
    #[error("the credentials belong to account {own}, but the pipeline lives in account {wanted}")]
    OtherAccount {
        /// The account of the credentials.
        own: AccountId,
        /// The account of the definition.
        wanted: AccountId,
    },
    /// A stack is protected from deletion.
    #[error("stack `{stack}` in {environment} is protected from deletion; nothing was deleted")]
    Protected {
        /// The stack.
        stack: StackName,
        /// Where it is.
        environment: Environment,
    },
    /// A name that follows from the definition is too long.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// A stack could not be deleted.
    #[error(transparent)]
    Stack(#[from] StackError),
}

impl Explain for DestroyError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::NoRegion | Self::OtherAccount { .. } => FailureKind::NotReady,
            Self::Protected { .. } => FailureKind::Refused,
            Self::Name(_) => FailureKind::Invalid,
            Self::Call(error) => error.kind(),
            Self::Stack(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoRegion => vec!["`--region REGION`, or `region` in `[pipeline]`, names one".to_owned()],
            Self::OtherAccount { wanted, .. } => {
                vec![format!("`--profile NAME`, with a profile of account {wanted}, chooses other credentials")]
            }
            Self::Protected { stack, environment } => vec![format!(
                "with credentials of account {}, `aws cloudformation update-termination-protection \
                 --no-enable-termination-protection --region {} --stack-name {stack}` lifts the protection",
                environment.account, environment.region
            )],
            Self::Name(_) => Vec::new(),
            Self::Call(error) => error.hints(),
            Self::Stack(error) => error.hints(),
        }
    }
}

/// Deletes pipelines.
#[derive(Debug, Clone, Copy)]
pub struct Destroyer<'a> {
    /// The connection, with the credentials of the pipeline's account.
    pub aws: &'a Aws,
    /// The pipeline.
    pub definition: &'a Definition,
    /// How often progress is looked at, and for how long.
    pub pace: Pace,
    /// Where progress is told.
    pub events: &'a Events,
}

impl Destroyer<'_> {
    /// Finds what is to be deleted. Refuses stacks of another pipeline and protected ones before anything is deleted.
    pub async fn plan(&self, stages: Stages) -> Result<DestroyPlan, DestroyError> {
        let own = self.own_environment().await?;
        let name = &self.definition.name;
        let owner = Owner::living_in(name, &own);
        let mut wanted = vec![(own.clone(), None, pipeline_stack_name(name)?)];
        for environment in super::preflight::environments(self.definition, &own) {
            if environment.account == own.account && environment.region != own.region {
                let support = support_stack_name(name, &environment.region)?;
                wanted.push((environment, None, support));
            }
        }
        let mut plan = DestroyPlan { doomed: Vec::new(), kept: Vec::new() };
        for stage in self.definition.stages.iter().rev() {
            for stack in stage.stacks.iter().rev() {
                let environment = Environment {
                    account: stack.target.account.clone().unwrap_or_else(|| own.account.clone()),
                    region: stack.target.region.clone().unwrap_or_else(|| own.region.clone()),
                };
                let role = stack.origin.assembly().and_then(|origin| origin.deploy_role.as_deref());
                let role = role.map(|role| resolve(role, &environment));
                match stages {
                    Stages::Delete => wanted.push((environment, role, stack.stack_name.clone())),
                    Stages::Keep => plan.kept.push(Kept::stack(
                        &stack.stack_name,
                        &environment,
                        "it is what the pipeline deploys; `--stages` deletes it too",
                    )),
                }
            }
        }
        for (environment, role, name) in wanted {
            let deployer = self.deployer(&own, &environment, role.as_deref()).await?;
            let Some(Observed { stack, .. }) = deployer.observe_settled(&name, &DesiredTemplate::Deployed).await?
            else {
                continue;
            };
            check_owner(&stack, Some(&owner))?;
            if stack.protection == Protection::On {
                return Err(DestroyError::Protected { stack: name, environment });
            }
            if let Some(bucket) = stack.outputs.get(output::ARTIFACT_BUCKET) {
                plan.kept.push(Kept {
                    kind: KeptKind::Bucket,
                    name: bucket.clone(),
                    environment: environment.to_string(),
                    why: format!(
                        "it holds the artifacts of past runs, and a bucket with content cannot be deleted by its stack; \
                         `aws s3 rb --region {} --force s3://{bucket}` deletes it",
                        environment.region
                    ),
                });
            }
            if stack.outputs.get(output::ARTIFACT_BUCKET).is_none() {
                plan.kept.extend(self.retained(&deployer, &stack, &environment).await?);
            }
            let emptied = self.support_bucket_of(&stack, &environment)?;
            plan.doomed.push(Doomed { environment, role, stack, emptied });
        }
        for environment in super::preflight::environments(self.definition, &own) {
            plan.kept.push(Kept {
                kind: KeptKind::Toolkit,
                name: self.definition.qualifier.to_string(),
                environment: environment.to_string(),
                why: "other pipelines and the CDK may use it".to_owned(),
            });
        }
        Ok(plan)
    }

    /// Deletes what a plan says.
    pub async fn execute(&self, plan: &DestroyPlan) -> Result<(), DestroyError> {
        let own = self.own_environment().await?;
        for Doomed { environment, role, stack, emptied } in &plan.doomed {
            self.events.step(format!("deleting stack `{}` in {environment}", stack.name));
            if let Some(bucket) = emptied {
                self.empty(bucket, environment).await?;
            }
            // What was allowed to create the stack is allowed to delete it.
            let execution_role = stack.role.clone().unwrap_or_else(|| self.role(RoleKind::Execution, environment));
            self.deployer(&own, environment, role.as_deref()).await?.delete(stack, Some(&execution_role)).await?;
        }
        Ok(())
    }

    /// What stays of a stack that is deleted. Whoever may not look for it may delete the stack all the same.
    pub(super) async fn retained(
        &self,
        deployer: &Deployer,
        stack: &Stack,
        environment: &Environment,
    ) -> Result<Vec<Kept>, DestroyError> {
        match stack.status.standing() {
            // Nothing is there, or the template is none that was ever deployed.
            Standing::Gone | Standing::Reserved | Standing::NeverCreated => return Ok(Vec::new()),
            Standing::Usable | Standing::Busy | Standing::RollbackFailed | Standing::Broken => {}
        }
        match retained::retained(&deployer.aws, stack, environment).await {
            Err(DestroyError::Call(error)) if error.is_denied() => {
                let message = format!("whether the template of stack `{}` retains anything is not known", stack.name);
                self.events.warning(message, vec![error.to_string()]);
                Ok(Vec::new())
            }
            kept => kept,
        }
    }

    /// The bucket of a stack that is a support stack of the pipeline.
    pub(super) fn support_bucket_of(
        &self,
        stack: &Stack,
        environment: &Environment,
    ) -> Result<Option<String>, DestroyError> {
        let name = &self.definition.name;
        let is_support = stack.name == support_stack_name(name, &environment.region)?;
        Ok(is_support.then(|| support_bucket(name, environment.account.as_str(), &environment.region)))
    }

    /// Empties a bucket. The caller does it: the deploy role may not touch objects of its own account.
    async fn empty(&self, bucket: &str, environment: &Environment) -> Result<(), DestroyError> {
        let storage = self.aws.in_region(&environment.region).storage().owned_by(environment.account.clone());
        if storage.bucket_location(bucket).await?.is_some() {
            let tell = |count| self.events.step(format!("deleted {} of `{bucket}`", text::count(count, "object")));
            storage.empty(bucket, tell).await?;
        }
        Ok(())
    }

    pub(super) async fn own_environment(&self) -> Result<Environment, DestroyError> {
        let target = &self.definition.target;
        let region = target.region.clone().or_else(|| self.aws.region()).ok_or(DestroyError::NoRegion)?;
        let own = self.aws.identity().await?.account;
        match &target.account {
            Some(wanted) if *wanted != own => Err(DestroyError::OtherAccount { own, wanted: wanted.clone() }),
            _ => Ok(Environment { account: own, region }),
        }
    }

    pub(super) async fn deployer(
        &self,
        own: &Environment,
        environment: &Environment,
        role: Option<&str>,
    ) -> Result<Deployer, DestroyError> {
        let assumption = Assumption {
            role: role.map_or_else(|| self.role(RoleKind::Deploy, environment), str::to_owned),
            session: "pipectl-destroy".to_owned(),
            ..Assumption::default()
        };
        let aws =
            self.aws.in_region(if environment.account == own.account { &environment.region } else { &own.region });
        let aws = aws.assume(&assumption).await?.in_region(&environment.region);
        Ok(Deployer { aws, bucket: None, pace: self.pace, events: self.events.clone() })
    }

    fn role(&self, kind: RoleKind, environment: &Environment) -> String {
        let place = Place { account: environment.account.to_string(), region: environment.region.to_string() };
        resolve(&role_arn(kind, &self.definition.qualifier, &place), environment)
    }
}
