//! Values of parameters and variables, and what they refer to.

use serde::{Deserialize, Serialize};

use crate::id::Name;

/// A value of a parameter or a variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// A text; numbers and booleans as they are written, lists joined by commas.
    Literal(String),
    /// An output of a stack.
    Output(OutputReference),
    /// A variable that a step exports.
    Step(StepReference),
    /// What is imported by this name in the stage of the user.
    Import(String),
}

impl Value {
    /// The text, where it is known before the execution.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Output(_) | Self::Step(_) | Self::Import(_) => None,
        }
    }

    /// The stage that the value comes from, where the execution finds it.
    pub fn origin(&self) -> Option<&Name> {
        match self {
            Self::Literal(_) | Self::Import(_) => None,
            Self::Output(output) => Some(&output.stage),
            Self::Step(variable) => Some(&variable.stage),
        }
    }
}

/// An output of a stack that is deployed before its use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutputReference {
    /// The stage; that of the user when the definition names none.
    pub stage: Name,
    /// The stack's name in the definition.
    pub stack: Name,
    /// The output's logical id; that of a nested stack's output stands behind what leads to its stack: logical ids with dots
    /// between them, or the path of the stack's construct, and a dot.
    pub output: String,
}

impl OutputReference {
    /// The logical id that the output has in the stack itself: `auth.UserPoolId` is given on as `authUserPoolId`.
    pub fn output_id(&self) -> String {
        output_id(&self.output)
    }

    /// Whether it is an output of a nested stack.
    pub fn is_nested(&self) -> bool {
        self.output.contains(NESTING)
    }
}

/// What stands between the parts of a nested stack's output.
pub const NESTING: char = '.';

/// The logical id by which a stack gives on an output of a nested stack.
pub fn output_id(output: &str) -> String {
    output.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// A variable of a step that runs before its use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StepReference {
    /// The stage; that of the user when the definition names none.
    pub stage: Name,
    /// The step.
    pub step: Name,
    /// The variable, one of the step's outputs.
    pub variable: String,
}
