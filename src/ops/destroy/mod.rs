//! `destroy`: delete the pipeline, and, if asked, the stacks of its stages.
//!
//! The stacks are deleted through the toolkit stack's roles, so that nothing that is deleted is needed to delete it. The
//! pipeline goes first, so that no run brings back what is deleted after it.

mod error;
mod execute;
mod look;
mod plan;
mod retained;

use super::role::NoRole;
use super::stack::{Deployer, Pace};
use crate::assembly::resolve;
use crate::aws::Aws;
use crate::aws::cloudformation::{Stack, Standing};
use crate::aws::identity::Assumption;
use crate::definition::Definition;
use crate::event::Events;
use crate::id::{Environment, StackName};
use crate::pipeline::{Place, RoleKind, role_arn, support_bucket, support_stack_name};
pub use error::DestroyError;

/// Whether the stages' stacks are deleted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stages {
    /// They stay.
    Keep,
    /// They are deleted, the last first.
    Delete,
}

/// What is to be deleted, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DestroyPlan {
    /// The stacks to delete, in this order.
    pub doomed: Vec<Doomed>,
    /// What stays, and why.
    pub kept: Vec<Kept>,
}

impl DestroyPlan {
    /// Takes another plan's stacks after its own.
    fn append(&mut self, other: Self) {
        self.doomed.extend(other.doomed);
        for kept in other.kept {
            if !self.kept.contains(&kept) {
                self.kept.push(kept);
            }
        }
    }
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
        let assumed = aws.assume(&assumption).await;
        let aws = assumed.map_err(|source| NoRole::new(assumption.role, environment, &own.account, source))?;
        let aws = aws.in_region(&environment.region);
        Ok(Deployer { aws, bucket: None, pace: self.pace, events: self.events.clone() })
    }

    fn role(&self, kind: RoleKind, environment: &Environment) -> String {
        let place = Place { account: environment.account.to_string(), region: environment.region.to_string() };
        resolve(&role_arn(kind, &self.definition.qualifier, &place), environment)
    }
}
