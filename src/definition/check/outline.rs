//! What the checks need to know of a definition, whether or not the rest of it is right.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::definition::model::{
    Alarm, AlarmResult, ExecutionMode, OnFailure, OutputReference, SkipUnchanged, StepPosition, StepReference, Target,
    Window,
};
use crate::definition::read::{Completeness, Placed};
use crate::id::{Name, PipelineName, StackName};

/// A definition.
#[derive(Debug, Default)]
pub(in crate::definition) struct Outline {
    pub pipeline: Option<PipelineName>,
    pub target: Target,
    pub execution_mode: ExecutionMode,
    pub skip_unchanged: Option<Placed<SkipUnchanged>>,
    pub tags: Option<Placed<BTreeSet<String>>>,
    pub stages: Vec<StageOutline>,
}

/// A stage.
#[derive(Debug)]
pub(in crate::definition) struct StageOutline {
    pub name: Option<Placed<Name>>,
    pub account: Option<Range<usize>>,
    pub region: Option<Range<usize>>,
    pub target: Target,
    pub wave: Option<Placed<Name>>,
    pub tags: Option<Placed<BTreeSet<String>>>,
    pub skip_unchanged: Option<Placed<SkipUnchanged>>,
    pub conditions: ConditionsOutline,
    pub approval: Option<Range<usize>>,
    pub completeness: Completeness,
    pub steps: Vec<StepOutline>,
    pub stacks: Vec<StackOutline>,
    pub assemblies: Vec<AssemblyOutline>,
}

/// What a stack is described by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::definition) enum StackKind {
    /// A template.
    Template,
    /// An exported Amplify backend, whose nested stacks have outputs of their own.
    Backend,
    /// A program of Amplify Gen 2, which names its stack itself.
    Program,
}

/// What a stage says of its conditions.
#[derive(Debug, Default)]
pub(in crate::definition) struct ConditionsOutline {
    pub on_failure: Option<Placed<OnFailure>>,
    pub window: Option<Placed<Window>>,
    pub alarms: AlarmsOutline,
}

/// The alarms that a stage heeds.
#[derive(Debug, Default)]
pub(in crate::definition) struct AlarmsOutline {
    pub before: Vec<Placed<Alarm>>,
    pub after: Vec<Placed<Alarm>>,
    /// What follows when one of those after goes off, where there are any.
    pub then: Option<Placed<AlarmResult>>,
    /// The role with which they are looked at, where it is a valid one.
    pub role: Option<Placed<String>>,
    /// Whether a role is given, be it valid or not.
    pub has_role: bool,
}

/// A stack.
#[derive(Debug)]
pub(in crate::definition) struct StackOutline {
    pub name: Option<Placed<Name>>,
    pub kind: StackKind,
    pub stack_name: Option<Placed<StackName>>,
    pub depends_on: Vec<Placed<Name>>,
    pub uses: Uses,
    pub assets: Vec<Placed<Name>>,
    pub tags: Option<Placed<BTreeSet<String>>>,
}

/// Stacks that only an assembly knows.
#[derive(Debug)]
pub(in crate::definition) struct AssemblyOutline {
    pub uses: Uses,
}

/// A step.
#[derive(Debug)]
pub(in crate::definition) struct StepOutline {
    pub position: StepPosition,
    pub name: Option<Placed<Name>>,
    pub outputs: Vec<String>,
    pub uses: Uses,
}

/// The outputs that parameters and variables refer to.
#[derive(Debug, Default)]
pub(in crate::definition) struct Uses {
    /// Those of stacks.
    pub outputs: Vec<Placed<OutputReference>>,
    /// Those of steps.
    pub steps: Vec<Placed<StepReference>>,
}

impl StageOutline {
    /// Tells whether every stack's name is known, so that one not found is really not there.
    pub fn knows_its_stacks(&self) -> bool {
        self.assemblies.is_empty() && self.stacks.iter().all(|stack| stack.name.is_some())
    }

    /// The names of the stacks that could be read.
    pub fn stack_names(&self) -> impl Iterator<Item = &Name> {
        self.stacks.iter().filter_map(|stack| stack.name.as_ref()).map(|name| &name.value)
    }

    /// The position of a stack.
    pub fn position_of(&self, stack: &Name) -> Option<usize> {
        self.stacks.iter().position(|other| other.name.as_ref().is_some_and(|name| name.value == *stack))
    }
}

impl Outline {
    /// The position of a stage.
    pub fn position_of(&self, stage: &Name) -> Option<usize> {
        self.stages.iter().position(|other| other.name.as_ref().is_some_and(|name| name.value == *stage))
    }

    /// Tells whether every stage's name could be read.
    pub fn knows_its_stages(&self) -> bool {
        self.stages.iter().all(|stage| stage.name.is_some())
    }
}
