//! What the graph is made of.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::conditions::Conditions;
use crate::definition::StepPosition;
use crate::id::Name;

/// A pipeline as stages of actions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineGraph {
    /// The stages in order.
    pub stages: Vec<PipelineStage>,
}

/// A stage of CodePipeline. Several stages of the definition share one when they form a wave or had to be packed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineStage {
    /// Its name, unique in the pipeline.
    pub name: String,
    /// Its actions, by run order and then in the order of the definition.
    pub actions: Vec<Action>,
    /// What was packed into it for lack of room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packed: Option<Packed>,
    /// When an execution passes it by; never if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<Skip>,
    /// What is looked at before and after it, and what follows when it fails.
    #[serde(skip_serializing_if = "Conditions::is_empty")]
    pub conditions: Conditions,
}

/// When an execution passes a stage by, because it would deploy what is deployed already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Skip {
    /// What has to be unchanged.
    pub counts: Counts,
    /// The other stages that are passed by together with it or not at all, for they use each other's outputs: those of a
    /// stage that was passed by are not known to the execution.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub together_with: Vec<String>,
}

/// What has to be unchanged for a stage to be passed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// What is deployed.
    Stacks,
    /// That, and the source, which steps read.
    Source,
}

/// Stages and waves that run one after the other in one stage of CodePipeline, because it allows no more stages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Packed {
    /// Their names, in their order.
    pub members: Vec<String>,
    /// What each of them would have in a stage of its own.
    pub losses: Vec<Loss>,
}

/// What a packed stage does not have for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// A transition that can be disabled.
    Transition,
    /// A place for the next execution to wait in: it waits for all members, and overtakes none of them.
    Queue,
    /// A retry of all its actions: that begins with the first member. A retry of what failed is the same.
    Retry,
    /// A roll-back: that takes all members back.
    Rollback,
}

impl Loss {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Transition, Self::Queue, Self::Retry, Self::Rollback];

    /// What is lost, in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transition => "transition",
            Self::Queue => "queue of executions",
            Self::Retry => "retry of all actions",
            Self::Rollback => "roll-back",
        }
    }
}

/// An action of CodePipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// Its name, unique in its stage.
    pub name: String,
    /// What it does.
    pub kind: ActionKind,
    /// Its place among the actions of its stage, from 1. Actions of the same run order work at the same time.
    pub run_order: usize,
    /// The names of the actions of its stage that must succeed before it starts. All have a lower run order.
    pub needs: Vec<String>,
    /// The artifacts that it reads; the first is the main one.
    pub inputs: Vec<Artifact>,
    /// The artifacts that it makes.
    pub outputs: Vec<Artifact>,
    /// The namespace of its output variables, where others use them.
    pub namespace: Option<String>,
}

/// What travels from action to action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Artifact {
    /// The pushed source.
    Source,
    /// The pinned binary.
    Tool,
    /// The whole assembly that the build made.
    Assembly,
    /// The assembly's templates and their configurations, which CloudFormation's actions read.
    Templates,
}

impl Artifact {
    /// The artifact's name in CodePipeline.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Tool => "Tool",
            Self::Assembly => "Assembly",
            Self::Templates => "Templates",
        }
    }
}

/// What an action does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    /// Fetches the source.
    Source,
    /// Fetches the pinned binary from the toolkit bucket.
    Tool,
    /// Builds the source and synthesises the assembly.
    Build,
    /// Deploys the pipeline stack as the pushed source defines it, before the build.
    UpdateFromSource,
    /// Deploys the pipeline stack from the assembly that the build made.
    UpdateFromAssembly,
    /// Publishes all assets.
    PublishAssets,
    /// Runs a step's commands.
    Step(StepKey),
    /// Removes stacks whose first creation failed, which no change set can be made for.
    Guard(Name),
    /// Makes a stack's change set.
    Prepare(StackKey),
    /// Lists what the stage's change sets do.
    Review(Name),
    /// Waits for a person.
    Approve(Name),
    /// Approves in the place of a person, where the review found nothing to ask about.
    AutoApprove(Name),
    /// Executes a stack's change set.
    Deploy(StackKey),
    /// Sets termination protection and notification targets of the stage's stacks.
    Protect(Name),
}

impl ActionKind {
    /// The stage of the definition that it belongs to; none for pipectl's own stages.
    pub fn stage(&self) -> Option<&Name> {
        match self {
            Self::Source
            | Self::Tool
            | Self::Build
            | Self::UpdateFromSource
            | Self::UpdateFromAssembly
            | Self::PublishAssets => None,
            Self::Step(key) => Some(&key.stage),
            Self::Prepare(key) | Self::Deploy(key) => Some(&key.stage),
            Self::Guard(stage)
            | Self::Review(stage)
            | Self::Approve(stage)
            | Self::AutoApprove(stage)
            | Self::Protect(stage) => Some(stage),
        }
    }

    /// Whether it is an approval, or what answers one and so has to run beside it.
    pub(super) fn is_approval(&self) -> bool {
        matches!(self, Self::Approve(_) | Self::AutoApprove(_))
    }
}

/// A stack of a stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StackKey {
    /// The stage.
    pub stage: Name,
    /// The stack's name in the definition.
    pub stack: Name,
}

/// A step of a stage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct StepKey {
    /// The stage.
    pub stage: Name,
    /// Where it stands.
    pub position: StepPosition,
    /// The step's name.
    pub step: Name,
}

impl PipelineStage {
    /// The stages of the definition in it.
    pub fn members(&self) -> BTreeSet<&Name> {
        self.actions.iter().filter_map(|action| action.kind.stage()).collect()
    }
}

impl PipelineGraph {
    /// Whether an execution passes any stage by.
    pub fn skips(&self) -> bool {
        self.stages.iter().any(|stage| stage.skip.is_some())
    }

    /// Every action with its stage.
    pub fn actions(&self) -> impl Iterator<Item = (&PipelineStage, &Action)> {
        self.stages.iter().flat_map(|stage| stage.actions.iter().map(move |action| (stage, action)))
    }
}
