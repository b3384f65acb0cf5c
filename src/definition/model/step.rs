//! Steps: commands that run in a build beside a stage's stacks.

use serde::Serialize;

use super::{BuildEnvironment, StepReference, Value};
use crate::id::Name;

/// Commands that run in a build, somewhere in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name, unique in its stage.
    pub name: Name,
    /// What is run.
    pub commands: Vec<String>,
    /// Where it is run.
    pub environment: BuildEnvironment,
    /// What it sees; the first is the working folder.
    pub inputs: Vec<StepInput>,
    /// The variables of its shell that it exports.
    pub outputs: Vec<String>,
}

impl Step {
    /// Whether its commands may call pipectl.
    pub fn has_pipectl(&self) -> bool {
        self.inputs.contains(&StepInput::Pipectl)
    }

    /// The outputs of other steps that its variables use.
    pub fn uses(&self) -> impl Iterator<Item = &StepReference> {
        self.environment.variables.values().filter_map(|value| match value {
            Value::Step(used) => Some(used),
            Value::Literal(_) | Value::Output(_) | Value::Import(_) => None,
        })
    }
}

/// What a step sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepInput {
    /// The pushed source (`source`; the default).
    Source,
    /// The whole assembly that the build made (`assembly`).
    Assembly,
    /// The pinned pipectl, on the PATH (`pipectl`); never the working folder.
    Pipectl,
}

/// Where a step stands in its stage. The order is that in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum StepPosition {
    /// Before the stage's stacks.
    Before,
    /// Between the change sets and the approval, or their execution where there is none.
    Between,
    /// Beside the execution of the stage's change sets: it deploys an Amplify backend.
    Deploy,
    /// After the stage's stacks.
    After,
}

impl StepPosition {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Before, Self::Between, Self::Deploy, Self::After];

    /// The key in `[[stage]]`, where it has one, and part of its builds' names.
    pub fn key(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::Between => "between",
            Self::Deploy => "deploy",
            Self::After => "after",
        }
    }
}
