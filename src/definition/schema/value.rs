//! Values of parameters and variables.

use schemars::JsonSchema;

/// A value of a parameter or a variable.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
    /// A list, joined by commas.
    List(Vec<Element>),
    /// An output of a stack or a step that comes earlier, or an import.
    Reference(Reference),
}

/// An element of a list.
#[derive(JsonSchema)]
#[schemars(untagged)]
pub enum Element {
    /// A text without commas.
    Text(String),
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
}

/// An output of a stack or of a step, or an import.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields, extend("minProperties" = 1, "maxProperties" = 1))]
pub struct Reference {
    /// An output of a stack: `STACK.OUTPUT` in the same stage, `STAGE/STACK.OUTPUT` in an earlier one; between the two, what
    /// leads to a nested stack.
    #[schemars(regex(
        pattern = "^([A-Za-z][A-Za-z0-9-]*/)?[A-Za-z][A-Za-z0-9-]*(\\.[A-Za-z0-9_-]+([./][A-Za-z0-9_-]+)*)?\\.[A-Za-z0-9]+$"
    ))]
    pub output: Option<String>,
    /// An output of a step: `STEP.VARIABLE` in the same stage, `STAGE/STEP.VARIABLE` in an earlier one.
    #[schemars(regex(pattern = "^([A-Za-z][A-Za-z0-9-]*/)?[A-Za-z][A-Za-z0-9-]*\\.[A-Za-z_][A-Za-z0-9_]*$"))]
    pub step: Option<String>,
    /// What is imported by this name in the stage: for parameters of stacks.
    #[schemars(regex(pattern = "^[A-Za-z0-9]+$"))]
    pub import: Option<String>,
}
