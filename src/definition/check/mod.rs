//! How the parts of a definition fit together. Each rule has a file; all see the same [`Outline`].

mod conditions;
mod cycles;
mod empty;
mod names;
mod outline;
mod references;
mod skip;
mod step_references;
mod tags;
mod targets;
mod waves;

pub use names::{RESERVED_STAGES, RESERVED_STEPS, is_pipelines_own};
pub(super) use outline::{
    AlarmsOutline, AssemblyOutline, ConditionsOutline, Outline, StackKind, StackOutline, StageOutline, StepOutline,
    Uses,
};

use super::read::Context;

/// Applies all rules.
pub(super) fn all(context: &Context<'_>, outline: &Outline) {
    names::check(context, outline);
    targets::check(context, outline);
    waves::check(context, outline);
    references::check(context, outline);
    step_references::check(context, outline);
    tags::check(context, outline);
    skip::check(context, outline);
    conditions::check(context, outline);
    empty::check(context, outline);
    for stage in &outline.stages {
        cycles::check(context, stage);
    }
}
