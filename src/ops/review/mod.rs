//! `review`: what a stage's change sets do, told before its approval.

mod compare;
mod error;
mod processed;
mod summary;
mod within;

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde::Serialize;

use super::assembly::{StageError, assume, open, own_environment, read, stage_assembly};
use super::contents::{self, ContentError};
use super::late::Late;
use super::tree;
use crate::assembly::{Assembly, StackView};
use crate::aws::Aws;
use crate::aws::cloudformation::{ChangeSet, ExecutionStatus, Standing};
pub use crate::cfn::Effect;
use crate::cfn::{Broadening, StackTree, Unknown, broadenings};
use crate::definition::ApprovalWhen;
use crate::id::{Environment, Name, StackName};
pub use error::ReviewError;
use processed::Templates;

/// What an approval is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The stacks of the stage, in the order of the definition.
    pub stacks: Vec<StackReview>,
}

/// What happens to a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackReview {
    /// The stack.
    pub stack: StackName,
    /// What this is known from.
    pub basis: Basis,
    /// The resources that change.
    pub changes: Vec<Change>,
    /// The parameters that are given no value any more, so that the template's defaults take the place of other values.
    pub defaults: Vec<String>,
    /// What is newly permitted.
    pub broadenings: Vec<String>,
}

/// What a review is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// The stack's change set.
    ChangeSet,
    /// The difference between the deployed template and the new one: the stack waits for others of its stage, so its change
    /// set cannot exist yet.
    Template,
}

/// A resource that changes; or, where a review is made by the template, a parameter's value or a section of the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What happens to it.
    pub effect: Effect,
    /// Its logical id, after those of the nested stacks that it is in, as `api/Table`; or its name.
    pub logical_id: String,
    /// Its type, or what it is.
    pub resource_type: String,
}

/// Whether somebody is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Somebody is.
    Ask,
    /// There is nothing to ask about.
    Pass,
}

impl Decision {
    /// The word for scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Pass => "pass",
        }
    }
}

/// Reviews the stacks of a stage of an assembly, by their change sets of a name.
pub async fn review(aws: &Aws, folder: &Utf8Path, stage: &Name, change_set: &str) -> Result<Review, ReviewError> {
    let assembly = open(folder).map_err(StageError::from)?;
    let stage = stage_assembly(&assembly, stage)?;
    let late = Late::of(&assembly, &|path| read(folder, path))?;
    let own = own_environment(aws).await?;
    let mut stacks = Vec::new();
    for view in stage.stacks() {
        stacks.push(review_stack(aws, folder, stage, &view, (&own, &late), change_set).await?);
    }
    Ok(Review { stacks })
}

async fn review_stack(
    aws: &Aws,
    folder: &Utf8Path,
    stage: &Assembly,
    view: &StackView<'_>,
    (own, late): (&Environment, &Late),
    change_set: &str,
) -> Result<StackReview, ReviewError> {
    let name: StackName = view.name().parse().map_err(ContentError::from)?;
    let environment = view.environment().or(own);
    let policy = contents::reading(name.as_str(), &environment);
    let aws = assume(aws, view, &environment, "pipectl-review", policy).await?;
    // What failed to be created is deleted before it is created again.
    let deployed = contents::deployed(&aws, &name).await?;
    let deployed = deployed.filter(|(stack, _)| stack.status.standing() != Standing::NeverCreated);
    let files = |path: &Utf8Path| read(folder, path);
    let wanted = contents::wanted(view, &files)?;
    let former = deployed.as_ref().map(|(_, content)| content);
    let values = compare::values(former, &wanted, late.absent(view));
    let waits = view.artifact.dependencies.iter().any(|id| stage.own_stacks().any(|other| other.id == id));
    let change_set = if waits { None } else { aws.change_set(name.as_str(), change_set).await? };
    let usable = change_set.as_ref().filter(|change_set| is_usable(change_set.execution));
    let basis = if usable.is_some() { Basis::ChangeSet } else { Basis::Template };
    let defaults = compare::defaults(&values);
    let mut told = StackReview { stack: name, basis, changes: Vec::new(), defaults, broadenings: Vec::new() };
    if change_set.as_ref().is_some_and(ChangeSet::is_empty) {
        return Ok(told);
    }
    let templates = Templates { before: former.map(|former| &former.template), after: &wanted.template };
    let processed = processed::templates(&aws, &templates, deployed.as_ref().map(|(stack, _)| stack), usable).await;
    let (template_before, template_after) = processed.unwrap_or_else(|| templates.cloned());
    let after = tree::wanted(view, template_after, &files)?;
    let before = match deployed.as_ref().zip(template_before) {
        Some(((stack, _), template)) => Some(tree::deployed(&aws, &stack.id, template, &after).await?),
        None => None,
    };
    let known = deployed.as_ref().map(|(stack, _)| stack.parameters.clone()).unwrap_or_default();
    let given = usable.map(|usable| usable.parameters.clone()).unwrap_or_default();
    let open = compare::open_values(&after.template, late.absent(view), &known, &given);
    // In doubt about a value, it is another one.
    let others = values.perhaps_changed().into_iter().chain(open.iter().map(String::as_str)).collect();
    told.broadenings = permitted(before.as_ref(), &after, &others);
    told.changes = match usable {
        Some(usable) => within::changes(usable, before.as_ref(), &after, others),
        None => compare::difference(former, &wanted, &values),
    };
    Ok(told)
}

/// Whether a change set tells what will be, or was, done. An empty one can never be executed.
fn is_usable(execution: ExecutionStatus) -> bool {
    match execution {
        ExecutionStatus::Available | ExecutionStatus::Unavailable | ExecutionStatus::Complete => true,
        ExecutionStatus::InProgress | ExecutionStatus::Failed | ExecutionStatus::Obsolete => false,
    }
}

/// What is newly permitted, for people; in doubt about templates, it is.
fn permitted(before: Option<&StackTree>, after: &StackTree, others: &BTreeSet<&str>) -> Vec<String> {
    let found = broadenings(before, after, others, Unknown::PerhapsOther);
    found.into_iter().map(|Broadening { logical_id, permits, .. }| format!("{logical_id}: {permits}")).collect()
}

impl Review {
    /// Decides whether somebody is asked.
    pub fn decide(&self, when: ApprovalWhen) -> Decision {
        let changes = || self.stacks.iter().flat_map(|stack| &stack.changes);
        let asks = match when {
            ApprovalWhen::Always => true,
            ApprovalWhen::Changes => changes().next().is_some(),
            ApprovalWhen::Broadening => self.stacks.iter().any(|stack| !stack.broadenings.is_empty()),
            ApprovalWhen::Replacement => changes().any(|change| change.effect >= Effect::PerhapsReplaced),
        };
        if asks { Decision::Ask } else { Decision::Pass }
    }
}
