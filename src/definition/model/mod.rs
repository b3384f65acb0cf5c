//! The definition: what `pipeline.toml` says, checked and typed.
//!
//! Built only by [`super::decode`]. Paths are relative to the definition's folder and stay inside it.

mod assembly;
mod backend;
mod condition;
mod identity;
mod import;
mod skip;
mod source;
mod step;
mod value;

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use assembly::{AssemblyOrigin, AssemblyReference, Images, Selection, ToolkitRequirement};
pub use backend::{BackendMode, BackendReference, BackendSource, ExportReference, ProgramReference};
pub use condition::{Alarm, AlarmResult, Alarms, OnFailure, Window};
pub use identity::{BackendIdentity, BackendKind};
pub use import::{IMPORTS_STEP, Import, ImportKind, ImportSource};
pub use skip::SkipUnchanged;
pub use source::{Patterns, PullRequestEvent, PullRequestFilter, PushFilter, Source, Triggers};
pub use step::{Step, StepInput, StepPosition};
pub use value::{NESTING, OutputReference, StepReference, Value, output_id};

use crate::cfn::Capability;
use crate::id::{AccountId, Environment, Name, PipelineName, Qualifier, Region, StackName};
use crate::overrides::Overrides;

/// A checked definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The pipeline's name.
    pub name: PipelineName,
    /// Where the pipeline itself lives.
    pub target: Target,
    /// The qualifier of the toolkit stack in every environment.
    pub qualifier: Qualifier,
    /// What happens when executions meet.
    pub execution_mode: ExecutionMode,
    /// When executions pass stages by, unless these say otherwise themselves.
    pub skip_unchanged: SkipUnchanged,
    /// Tags of the pipeline stack and, below their own, of every stage stack.
    pub tags: IndexMap<String, String>,
    /// Where the source comes from.
    pub source: Source,
    /// How the source becomes an assembly.
    pub build: Build,
    /// When the pipeline updates itself.
    pub update: UpdatePipeline,
    /// Where PublishAssets runs. It is privileged, too, as soon as an assembly brings container images.
    pub publish: BuildEnvironment,
    /// The stages, in the order of the file. Neighbours of the same wave run side by side.
    pub stages: Vec<Stage>,
}

impl Definition {
    /// The outputs of a stack that parameters and variables use, each once.
    pub fn used_outputs(&self, stage: &Name, stack: &Name) -> BTreeSet<&str> {
        let used = self.stages.iter().flat_map(Stage::values).filter_map(|value| match value {
            Value::Output(output) if output.stage == *stage && output.stack == *stack => Some(output.output.as_str()),
            _ => None,
        });
        used.collect()
    }

    /// Those of them that are of stacks nested in it.
    pub fn used_nested_outputs(&self, stage: &Name, stack: &Name) -> Vec<String> {
        let used = self.used_outputs(stage, stack).into_iter();
        used.filter(|output| output.contains(NESTING)).map(str::to_owned).collect()
    }

    /// Whether the template of a stage's stack is written anew, as JSON, and not taken as its file is: it is that of a
    /// backend, overrides change it, or it gives outputs of nested stacks on.
    pub fn is_rewritten(&self, stage: &Name, stack: &Stack) -> bool {
        let is_backend = stack.origin == Origin::Backend;
        is_backend || !stack.overrides.is_empty() || !self.used_nested_outputs(stage, &stack.name).is_empty()
    }
}

/// An account and a region, each of them perhaps left open.
///
/// What is open in a pipeline's target is that of the credentials; what is open in a stage's is the pipeline's.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The account, if named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The region, if named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

impl Target {
    /// Fills what is left open.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            account: self.account.clone().or_else(|| other.account.clone()),
            region: self.region.clone().or_else(|| other.region.clone()),
        }
    }

    /// The environment that is meant where what is left open is that of `own`.
    pub fn within(&self, own: &Environment) -> Environment {
        Environment {
            account: self.account.clone().unwrap_or_else(|| own.account.clone()),
            region: self.region.clone().unwrap_or_else(|| own.region.clone()),
        }
    }
}

/// What happens when a new execution meets one under way (`ExecutionMode` of CodePipeline V2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExecutionMode {
    /// A newer execution overtakes one that waits.
    #[default]
    Superseded,
    /// Executions wait for each other, in order.
    Queued,
    /// Executions run independently of each other.
    Parallel,
}

/// How the source becomes an assembly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// What is run.
    pub work: BuildWork,
    /// Where it is run.
    pub environment: BuildEnvironment,
}

/// What the build runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuildWork {
    /// Commands, read from the pushed file by `pipectl build`; then `pipectl synth`. May be empty.
    Commands(Vec<String>),
    /// A buildspec file in the source, which calls `pipectl synth` and declares both artifacts.
    Buildspec(Utf8PathBuf),
}

/// The environment of a build: its image, its size, its rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildEnvironment {
    /// The image, such as `aws/codebuild/standard:7.0`.
    pub image: String,
    /// The size of the machine.
    pub compute: Compute,
    /// How long the build may take, in minutes (5 to 2160).
    pub timeout_minutes: u16,
    /// Environment variables.
    pub variables: IndexMap<String, Value>,
    /// Whether Docker may run in it.
    pub privilege: Privilege,
    /// IAM statements of its role.
    pub statements: Vec<Statement>,
    /// ARNs of managed policies of its role.
    pub managed_policies: Vec<String>,
    /// The network it runs in, if not CodeBuild's own.
    pub vpc: Option<Vpc>,
}

/// The size of a build's machine (`ComputeType` of CodeBuild).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compute {
    /// `BUILD_GENERAL1_SMALL`.
    #[default]
    Small,
    /// `BUILD_GENERAL1_MEDIUM`.
    Medium,
    /// `BUILD_GENERAL1_LARGE`.
    Large,
    /// `BUILD_GENERAL1_XLARGE`.
    XLarge,
    /// `BUILD_GENERAL1_2XLARGE`.
    XxLarge,
}

/// Whether a build may run Docker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Privilege {
    /// An ordinary build.
    #[default]
    Unprivileged,
    /// A build in privileged mode.
    Privileged,
}

/// An IAM statement of a build's role. The effect is always `Allow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The actions, such as `s3:GetObject`.
    pub actions: Vec<String>,
    /// ARNs of the resources.
    pub resources: Vec<String>,
}

/// A network for a build (`VpcConfig` of CodeBuild).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vpc {
    /// The VPC's id.
    pub id: String,
    /// The ids of its subnets.
    pub subnets: Vec<String>,
    /// The ids of its security groups.
    pub security_groups: Vec<String>,
}

/// When the pipeline updates itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UpdatePipeline {
    /// Never: only `pipectl deploy` changes the pipeline.
    Off,
    /// After the build, from its assembly.
    #[default]
    AfterBuild,
    /// Before the build, from the pushed source; a second update follows the build.
    BeforeBuild,
}

/// A unit of deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its name.
    pub name: Name,
    /// Where its stacks live.
    pub target: Target,
    /// The wave it belongs to. Only neighbours share a wave.
    pub wave: Option<Name>,
    /// Tags of its stacks.
    pub tags: IndexMap<String, String>,
    /// When executions pass it by, if it says so itself.
    pub skip_unchanged: Option<SkipUnchanged>,
    /// What follows when it fails.
    pub on_failure: OnFailure,
    /// When it may begin, if not at any time.
    pub window: Option<Window>,
    /// The alarms that it heeds.
    pub alarms: Option<Alarms>,
    /// The approval between its change sets and their execution, if any.
    pub approval: Option<Approval>,
    /// Resources that are there already, whose ids its stacks' parameters take.
    pub imports: Vec<Import>,
    /// The step that reads those that only the pipeline can read, if there are any.
    pub reading: Option<Step>,
    /// Steps before its stacks.
    pub before: Vec<Step>,
    /// Its CloudFormation stacks, in the order of the file; no cycle among them. Those of its backends and assemblies are
    /// added by [`crate::discovery`].
    pub stacks: Vec<Stack>,
    /// Its Amplify backends.
    pub backends: Vec<BackendReference>,
    /// The assemblies that further stacks of it are found in.
    pub assemblies: Vec<AssemblyReference>,
    /// Steps between its change sets and the approval.
    pub between: Vec<Step>,
    /// Steps after its stacks.
    pub after: Vec<Step>,
}

impl Stage {
    /// Its steps, position by position and there in the order of the file.
    pub fn steps(&self) -> impl Iterator<Item = (StepPosition, &Step)> {
        StepPosition::ALL
            .into_iter()
            .flat_map(|position| self.steps_at(position).into_iter().map(move |step| (position, step)))
    }

    /// Whether it has stacks that are found in assemblies or exports.
    pub fn finds_stacks(&self) -> bool {
        !self.assemblies.is_empty() || self.backends.iter().any(|backend| backend.step().is_none())
    }

    /// Whether it has stacks that are found in assemblies, which say of them what a definition would.
    pub fn has_assemblies(&self) -> bool {
        !self.assemblies.is_empty() || self.backends.iter().any(|backend| backend.program().is_some())
    }

    /// The export that one of its stacks is made of.
    pub fn backend_of(&self, stack: &Stack) -> Option<&BackendReference> {
        self.backends.iter().find(|backend| stack.origin == Origin::Backend && backend.name == stack.name)
    }

    /// The templates that it names, or that were found for it in assemblies: all but those of exports.
    pub fn templates(&self) -> impl Iterator<Item = (&Utf8PathBuf, Option<&AssemblyOrigin>)> {
        let stacks = self.stacks.iter().filter(|stack| stack.origin != Origin::Backend);
        let of_backends = self.backends.iter().flat_map(|backend| backend.templates.values());
        stacks.map(|stack| (&stack.template, stack.origin.assembly())).chain(of_backends.map(|file| (file, None)))
    }

    /// Every value that it gives to a parameter or a variable.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let parameters = self.stacks.iter().flat_map(|stack| stack.parameters.values());
        let of_assemblies = self.assemblies.iter().flat_map(|reference| reference.parameters.values());
        let of_backends = self.backends.iter().flat_map(|backend| backend.parameters.values());
        let found = of_assemblies.chain(of_backends).flat_map(IndexMap::values);
        let variables = self.steps().flat_map(|(_, step)| step.environment.variables.values());
        parameters.chain(found).chain(variables)
    }

    /// Its steps at a position, in the order of the file.
    pub fn steps_at(&self, position: StepPosition) -> Vec<&Step> {
        match position {
            StepPosition::Before => self.before.iter().chain(&self.reading).collect(),
            StepPosition::Between => self.between.iter().collect(),
            StepPosition::Deploy => self.backends.iter().filter_map(BackendReference::step).collect(),
            StepPosition::After => self.after.iter().collect(),
        }
    }
}

/// A manual approval.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Approval {
    /// What the approver reads.
    pub message: Option<String>,
    /// ARN of the topic that is told.
    pub notify: Option<String>,
    /// When somebody is asked; otherwise the approval passes by itself.
    pub when: ApprovalWhen,
}

/// What makes an approval ask somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApprovalWhen {
    /// It always asks.
    #[default]
    Always,
    /// Any change to a stack of the stage.
    Changes,
    /// A change that permits something new.
    Broadening,
    /// A change that replaces or removes a resource.
    Replacement,
}

impl ApprovalWhen {
    /// Every value with its word in the definition.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("always", Self::Always),
        ("changes", Self::Changes),
        ("broadening", Self::Broadening),
        ("replacement", Self::Replacement),
    ];

    /// The word in the definition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Changes => "changes",
            Self::Broadening => "broadening",
            Self::Replacement => "replacement",
        }
    }
}

/// A CloudFormation stack of a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stack {
    /// Its name in the definition, unique in its stage.
    pub name: Name,
    /// Its physical name: `<pipeline>-<stage>-<stack>` unless chosen otherwise.
    pub stack_name: StackName,
    /// Where it lives: what the stage says, unless its assembly says otherwise.
    #[serde(default)]
    pub target: Target,
    /// Its template, YAML or JSON.
    pub template: Utf8PathBuf,
    /// Values of the template's parameters.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub parameters: IndexMap<String, Value>,
    /// Tags, over those of the stage.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub tags: IndexMap<String, String>,
    /// Capabilities; `None` means all that a template may need.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<Capability>>,
    /// Whether the stack may be deleted.
    #[serde(default, skip_serializing_if = "TerminationProtection::is_unset")]
    pub termination_protection: TerminationProtection,
    /// ARNs of the topics that are told of the stack's events (at most five).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notification_targets: Vec<String>,
    /// Other stacks of the stage that go first, besides those whose outputs are used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Name>,
    /// Files that go into the toolkit bucket and whose places the template learns by parameters.
    #[serde(skip)]
    pub assets: Vec<Asset>,
    /// What is changed in its template.
    #[serde(skip)]
    pub overrides: Overrides,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Origin::is_definition")]
    pub origin: Origin,
}

/// Where a stack comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The definition itself, which names its template.
    #[default]
    Definition,
    /// An assembly that it was found in.
    Assembly(Box<AssemblyOrigin>),
    /// An exported Amplify backend of its stage, which has its name.
    Backend,
}

impl Origin {
    /// Whether the definition itself describes the stack.
    pub fn is_definition(&self) -> bool {
        *self == Self::Definition
    }

    /// The assembly, if the stack was found in one.
    pub fn assembly(&self) -> Option<&AssemblyOrigin> {
        match self {
            Self::Assembly(origin) => Some(origin),
            Self::Definition | Self::Backend => None,
        }
    }
}

impl Stack {
    /// The stacks of the same stage that this one waits for: those it names, and those whose outputs it uses.
    pub fn waits_for(&self, stage: &Name) -> BTreeSet<Name> {
        let by_output = self.parameters.values().filter_map(|value| match value {
            Value::Output(output) if output.stage == *stage => Some(output.stack.clone()),
            Value::Output(_) | Value::Step(_) | Value::Literal(_) | Value::Import(_) => None,
        });
        self.depends_on.iter().cloned().chain(by_output).collect()
    }
}

/// A file or a folder that a template refers to (`[[stage.stack.asset]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its name, unique in its stack.
    pub name: Name,
    /// A file, published as it is, or a folder, published as a zip.
    pub path: Utf8PathBuf,
    /// The template's parameter that receives the bucket's name.
    pub bucket_parameter: String,
    /// The template's parameter that receives the object's key.
    pub key_parameter: String,
}

/// Whether a stack is protected from deletion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TerminationProtection {
    /// Left as it is.
    #[default]
    Unset,
    /// Switched on by the guard.
    On,
    /// Switched off by the guard.
    Off,
}

impl TerminationProtection {
    /// Whether nothing is said of it.
    pub fn is_unset(&self) -> bool {
        *self == Self::Unset
    }
}
