//! The pipeline graph: the one typed structure in which all layout decisions are. Pure.
//!
//! [`build`] makes it of a definition; `pipeline` renders it; [`PipelineGraph::show`] prints it as text. Whatever decides
//! where an action stands, what it is called and what it waits for is in this module and nowhere else.

mod build;
mod conditions;
mod limits;
mod model;
mod order;
mod pack;
mod show;
mod skip;
mod stage;
#[cfg(test)]
mod tests;
mod variable;

pub use build::build;
pub use conditions::{After, AlarmRule, Conditions, Rule};
pub use limits::ACTIONS_OF_A_STAGE;
pub use model::{
    Action, ActionKind, Artifact, Counts, Loss, Packed, PipelineGraph, PipelineStage, Skip, StackKey, StepKey,
};
pub use variable::{PUBLISH_NAMESPACE, placeholder, review_namespace};
