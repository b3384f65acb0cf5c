//! `review`: what a stage's change sets do, told before its approval.

mod summary;

use camino::Utf8Path;
use serde::Serialize;
use serde_json::json;

use super::assembly::{assume, open, stage_assembly};
use crate::assembly::{Assembly, AssemblyError, StackView, partition};
use crate::aws::cloudformation::{ChangeAction, Replacement, ResourceChange, Standing};
use crate::aws::{self, Aws};
use crate::cfn::{Broadening, TEMPLATE_LIMIT, Template, broadenings};
use crate::definition::ApprovalWhen;
use crate::diagnostic::{Explain, FailureKind, Report};
use crate::disk;
use crate::id::{Environment, IdentifierError, Name, StackName};
use crate::pipeline::CHANGE_SET_NAME;

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

/// A resource that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Change {
    /// What happens to it.
    pub effect: Effect,
    /// Its logical id.
    pub logical_id: String,
    /// Its type.
    pub resource_type: String,
}

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It is made, or taken over.
    Added,
    /// It is changed in place.
    Changed,
    /// It is changed, and CloudFormation cannot tell yet whether in place.
    PerhapsReplaced,
    /// It is replaced by a new one.
    Replaced,
    /// It is removed.
    Removed,
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

/// Why a stage could not be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The assembly cannot be read.
    #[error(transparent)]
    Assembly(#[from] AssemblyError),
    /// The assembly has no such stage.
    #[error("the assembly has no stage `{stage}`")]
    NoStage {
        /// The stage.
        stage: Name,
    },
    /// A stack's name in the assembly is none.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// A template cannot be read.
    #[error("the template `{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: camino::Utf8PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// A template is none.
    #[error("the template of stack `{stack}` cannot be compared")]
    Template {
        /// The stack.
        stack: StackName,
        /// What is wrong.
        report: Report,
    },
    /// No region is known.
    #[error("no AWS region is known")]
    NoRegion,
    /// A call failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
}

impl Explain for ReviewError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Assembly(error) => error.kind(),
            Self::NoStage { .. } | Self::Name(_) | Self::Unreadable { .. } | Self::Template { .. } => {
                FailureKind::Invalid
            }
            Self::NoRegion => FailureKind::NotReady,
            Self::Call(error) => error.kind(),
        }
    }

    fn hints(&self) -> Vec<String> {
        match self {
            Self::Assembly(error) => error.hints(),
            Self::NoStage { .. } | Self::Unreadable { .. } => {
                vec!["`pipectl synth` writes the assembly anew".to_owned()]
            }
            Self::NoRegion => vec!["`--region REGION`, or `AWS_REGION`, names one".to_owned()],
            Self::Call(error) => error.hints(),
            Self::Name(_) | Self::Template { .. } => Vec::new(),
        }
    }

    fn report(&self) -> Option<&Report> {
        match self {
            Self::Template { report, .. } => Some(report),
            _ => None,
        }
    }
}

/// Reviews the stacks of a stage of an assembly.
pub async fn review(aws: &Aws, folder: &Utf8Path, stage: &Name) -> Result<Review, ReviewError> {
    let assembly = open(folder)?;
    let stage = stage_assembly(&assembly, stage).ok_or_else(|| ReviewError::NoStage { stage: stage.clone() })?;
    let region = aws.region().ok_or(ReviewError::NoRegion)?;
    let own = Environment { account: aws.identity().await?.account, region };
    let mut stacks = Vec::new();
    for view in stage.stacks() {
        stacks.push(review_stack(aws, folder, stage, &view, &own).await?);
    }
    Ok(Review { stacks })
}

async fn review_stack(
    aws: &Aws,
    folder: &Utf8Path,
    stage: &Assembly,
    view: &StackView<'_>,
    own: &Environment,
) -> Result<StackReview, ReviewError> {
    let name: StackName = view.name().parse()?;
    let environment = view.environment().or(own);
    let aws = assume(aws, view, &environment, "pipectl-review", reading(&name, &environment)).await?;
    let deployed = match aws.stack(name.as_str()).await? {
        Some(stack) if stack.status.standing() != Standing::Reserved => Some(aws.template(name.as_str()).await?),
        _ => None,
    };
    let parse = |file: &Utf8Path, text: &str| {
        Template::parse(file, text).map_err(|report| ReviewError::Template { stack: name.clone(), report })
    };
    let deployed = deployed.map(|text| parse(Utf8Path::new(name.as_str()), &text)).transpose()?;
    let file = view.template();
    let text = disk::read_text(&folder.join(&file), TEMPLATE_LIMIT as u64)
        .map_err(|cause| ReviewError::Unreadable { file: file.clone(), cause })?;
    let template = parse(&file, &text)?;
    let waits = view.artifact.dependencies.iter().any(|id| stage.own_stacks().any(|other| other.id == id));
    let change_set = if waits { None } else { aws.change_set(name.as_str(), CHANGE_SET_NAME).await? };
    let (basis, changes) = match change_set {
        Some(change_set) => (Basis::ChangeSet, change_set.changes.iter().map(change).collect()),
        None => (Basis::Template, summary::difference(deployed.as_ref(), &template)),
    };
    let permits = |Broadening { logical_id, permits, .. }: Broadening| format!("{logical_id}: {permits}");
    let broadenings = broadenings(deployed.as_ref(), &template).into_iter().map(permits).collect();
    Ok(StackReview { stack: name, basis, changes, broadenings })
}

/// A session policy that reads one stack. The deploy role may do much more.
fn reading(stack: &StackName, environment: &Environment) -> String {
    let Environment { account, region } = environment;
    let partition = partition(region);
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["cloudformation:DescribeStacks", "cloudformation:DescribeChangeSet", "cloudformation:GetTemplate"],
            "Resource": [
                format!("arn:{partition}:cloudformation:{region}:{account}:stack/{stack}/*"),
                format!("arn:{partition}:cloudformation:{region}:{account}:changeSet/pipectl-*/*"),
            ],
        }],
    })
    .to_string()
}

fn change(change: &ResourceChange) -> Change {
    let effect = match (change.action, change.replacement) {
        (ChangeAction::Add | ChangeAction::Import, _) => Effect::Added,
        (ChangeAction::Remove, _) => Effect::Removed,
        (_, Replacement::Certain) => Effect::Replaced,
        (_, Replacement::Possible) => Effect::PerhapsReplaced,
        (_, Replacement::Never) => Effect::Changed,
    };
    Change { effect, logical_id: change.logical_id.clone(), resource_type: change.resource_type.clone() }
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
