//! Where a stage's stacks live, and the names of the toolkit stack's roles and bucket there.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cfn::intrinsic::substitute;
use crate::definition::{Definition, Target};
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
    /// The place of a stage, or the pipeline's own where the stage names none.
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
    /// Pushes images into the toolkit repository.
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

/// Every place that the stages' stacks live in.
pub(super) fn places(definition: &Definition) -> BTreeSet<Place> {
    definition
        .stages
        .iter()
        .filter(|stage| !stage.stacks.is_empty())
        .map(|stage| Place::of(definition, &stage.target))
        .collect()
}

/// The regions other than the pipeline's own that stacks live in.
pub(super) fn support_regions(definition: &Definition) -> BTreeSet<Region> {
    definition
        .stages
        .iter()
        .filter(|stage| !stage.stacks.is_empty())
        .filter_map(|stage| stage.target.region.clone())
        .filter(|region| Some(region) != definition.target.region.as_ref())
        .collect()
}

/// The accounts other than the pipeline's own that stacks live in.
pub(super) fn other_accounts(definition: &Definition) -> BTreeSet<AccountId> {
    definition
        .stages
        .iter()
        .filter(|stage| !stage.stacks.is_empty())
        .filter_map(|stage| stage.target.account.clone())
        .filter(|account| Some(account) != definition.target.account.as_ref())
        .collect()
}
