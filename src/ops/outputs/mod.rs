//! `pipectl outputs`: the outputs of the pipeline's own stack, of those that it deploys, and of any other one; saved ones
//! too. From those of an Amplify backend the configuration of its clients is made.

pub mod client;
mod deployed;
mod error;
pub mod exports;
mod root;
mod saved;
mod shape;

use indexmap::IndexMap;
use serde::Serialize;

use crate::id::{AccountId, Region};
pub(super) use deployed::stage_stacks;
pub use deployed::{DeployedStack, nested, of_pipeline, of_stack};
pub use error::OutputsError;
pub use root::{Generation, RootError};
pub use saved::{SavedError, saved};
pub use shape::{EnvNames, as_cdk, as_env, shared_name};

/// The outputs of a stack. Their JSON form is stable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackOutputs {
    /// The stack.
    pub stack: String,
    /// The stage of the definition that it belongs to; none for the pipeline's own stack.
    pub stage: Option<String>,
    /// The account that it is in; none where the outputs are saved ones that do not tell.
    pub account: Option<AccountId>,
    /// Its region.
    pub region: Option<Region>,
    /// Whether it has been deployed.
    pub presence: Presence,
    /// The outputs, in the order in which CloudFormation gives them.
    pub outputs: IndexMap<String, String>,
}

impl StackOutputs {
    fn new(stack: &str, presence: Presence, outputs: IndexMap<String, String>) -> Self {
        Self { stack: stack.to_owned(), stage: None, account: None, region: None, presence, outputs }
    }
}

/// Whether a stack has been deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Presence {
    /// It has.
    Deployed,
    /// It has not, or not yet.
    Missing,
}

/// A stack with its outputs, and where they come from.
#[derive(Debug)]
pub struct Found {
    /// The outputs.
    pub outputs: StackOutputs,
    /// The stack itself; none where it is not deployed, or the outputs are saved ones.
    pub deployed: Option<DeployedStack>,
}

impl Found {
    /// The name of the stack.
    pub fn name(&self) -> &str {
        &self.outputs.stack
    }
}
