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
    /// An output of a stack that is deployed earlier.
    Output(Output),
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

/// An output of a stack.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Output {
    /// `STACK.OUTPUT` in the same stage, `STAGE/STACK.OUTPUT` in an earlier one.
    #[schemars(regex(pattern = "^([A-Za-z][A-Za-z0-9-]*/)?[A-Za-z][A-Za-z0-9-]*\\.[A-Za-z0-9]+$"))]
    pub output: String,
}
