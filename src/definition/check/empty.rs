//! A stage does something.

use super::Outline;
use crate::definition::read::{Completeness, Context};
use crate::diagnostic::Diagnostic;

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    for stage in &outline.stages {
        let Some(name) = &stage.name else { continue };
        let is_idle = stage.stacks.is_empty() && stage.assemblies.is_empty() && stage.steps.is_empty();
        if is_idle && stage.approval.is_none() && stage.completeness == Completeness::Whole {
            let message = format!("stage `{}` has neither stacks nor steps", name.value);
            let finding = Diagnostic::warning("empty-stage", message)
                .at(context.file(), name.span.clone(), "the pipeline is made without it")
                .help("add `[[stage.stack]]`, `[[stage.amplify]]` or `[[stage.assembly]]`, or a step as `[[stage.before]]` or `[[stage.after]]`");
            context.report_missing(finding);
        }
    }
}
