//! Where a stage's stacks live, and the names of the toolkit stack's roles and bucket there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cfn::intrinsic::substitute;
use crate::definition::{Definition, Images, Privilege, Stack, Target};
use crate::id::{AccountId, Qualifier, Region};

/// An account and a region as a template writes them: known, or a pseudo parameter of the pipeline's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `111111111111` or `${AWS::AccountId}`.
    pub account: String,
    /// `eu-west-1` or `${AWS::Region}`.
    pub region: String,
}

impl Place {
    /// The place of a target; what it leaves open is the pipeline's own.
    pub fn of(definition: &Definition, target: &Target) -> Self {
        let account = target.account.as_ref().or(definition.target.account.as_ref());
        let region = target.region.as_ref().or(definition.target.region.as_ref());
        Self {
            account: account.map_or("${AWS::AccountId}", AccountId::as_str).to_owned(),
            region: region.map_or("${AWS::Region}", Region::as_str).to_owned(),
        }
    }

    /// The pipeline's own place.
    pub fn own(definition: &Definition) -> Self {
        Self::of(definition, &Target::default())
    }

    /// Puts the place into an ARN or a name of an assembly.
    fn resolve(&self, text: &str) -> String {
        text.replace("${AWS::AccountId}", &self.account).replace("${AWS::Region}", &self.region)
    }

    /// The name of the toolkit bucket.
    pub fn toolkit_bucket(&self, qualifier: &Qualifier) -> String {
        format!("cdk-{qualifier}-assets-{}-{}", self.account, self.region)
    }
}

/// A role of the toolkit stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleKind {
    /// Makes and executes change sets.
    Deploy,
    /// What CloudFormation works with.
    Execution,
    /// Puts files into the toolkit bucket.
    FilePublishing,
    /// Pushes container images into the toolkit repository.
    ImagePublishing,
    /// Reads.
    Lookup,
}

impl RoleKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy-role",
            Self::Execution => "cfn-exec-role",
            Self::FilePublishing => "file-publishing-role",
            Self::ImagePublishing => "image-publishing-role",
            Self::Lookup => "lookup-role",
        }
    }
}

/// The ARN of a role of the toolkit stack, with pseudo parameters in `${…}`.
pub fn role_arn(kind: RoleKind, qualifier: &Qualifier, place: &Place) -> String {
    let Place { account, region } = place;
    format!("arn:${{AWS::Partition}}:iam::{account}:role/cdk-{qualifier}-{}-{account}-{region}", kind.as_str())
}

/// The same as a template's value.
pub(super) fn role(kind: RoleKind, definition: &Definition, place: &Place) -> Value {
    substitute(role_arn(kind, &definition.qualifier, place))
}

/// The ARN of the role that deploys a stack, with pseudo parameters in `${…}`.
pub fn deploy_role(definition: &Definition, stack: &Stack) -> String {
    let named = stack.origin.assembly().and_then(|origin| origin.deploy_role.as_deref());
    stack_role(definition, stack, named, RoleKind::Deploy)
}

/// The ARN of the role that CloudFormation takes for a stack, with pseudo parameters in `${…}`.
pub fn execution_role(definition: &Definition, stack: &Stack) -> String {
    let named = stack.origin.assembly().and_then(|origin| origin.execution_role.as_deref());
    stack_role(definition, stack, named, RoleKind::Execution)
}

/// The role that an assembly names; the toolkit stack's where it names none.
fn stack_role(definition: &Definition, stack: &Stack, named: Option<&str>, kind: RoleKind) -> String {
    let place = Place::of(definition, &stack.target);
    named.map_or_else(|| role_arn(kind, &definition.qualifier, &place), |named| place.resolve(named))
}

/// The ARNs of the roles that publish a stack's assets.
fn publishing_roles(definition: &Definition, stack: &Stack) -> BTreeSet<String> {
    let place = Place::of(definition, &stack.target);
    match stack.origin.assembly() {
        Some(origin) => origin.publishing_roles.iter().map(|role| place.resolve(role)).collect(),
        None => BTreeSet::from([role_arn(RoleKind::FilePublishing, &definition.qualifier, &place)]),
    }
}

/// All stacks of all stages.
fn stacks(definition: &Definition) -> impl Iterator<Item = &Stack> {
    definition.stages.iter().flat_map(|stage| &stage.stacks)
}

/// Every role that deploys stacks, with the place that it works in.
pub(super) fn deploy_roles(definition: &Definition) -> BTreeSet<(Place, String)> {
    stacks(definition).map(|stack| (Place::of(definition, &stack.target), deploy_role(definition, stack))).collect()
}

/// Every role that publishes assets.
pub(super) fn all_publishing_roles(definition: &Definition) -> BTreeSet<String> {
    stacks(definition).flat_map(|stack| publishing_roles(definition, stack)).collect()
}

/// Whether container images may be built and pushed: the definition says so, or a stack brings some.
pub(super) fn publishing_privilege(definition: &Definition) -> Privilege {
    let brings_images = |stack: &Stack| stack.origin.assembly().is_some_and(|origin| origin.images == Images::Some);
    if stacks(definition).any(brings_images) { Privilege::Privileged } else { definition.publish.privilege }
}

/// The regions other than the pipeline's own that stacks live in.
pub(super) fn support_regions(definition: &Definition) -> BTreeSet<Region> {
    stacks(definition)
        .filter_map(|stack| stack.target.region.clone())
        .filter(|region| Some(region) != definition.target.region.as_ref())
        .collect()
}

/// The accounts other than the pipeline's own that stacks live in.
pub(super) fn other_accounts(definition: &Definition) -> BTreeSet<AccountId> {
    stacks(definition)
        .filter_map(|stack| stack.target.account.clone())
        .filter(|account| Some(account) != definition.target.account.as_ref())
        .collect()
}
