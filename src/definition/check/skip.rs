//! What is said of skipping has an effect.

use super::Outline;
use crate::definition::model::{ExecutionMode, SkipUnchanged};
use crate::definition::read::{Context, Placed};
use crate::diagnostic::Diagnostic;

pub(super) fn check(context: &Context<'_>, outline: &Outline) {
    if outline.execution_mode != ExecutionMode::Parallel {
        return;
    }
    let given =
        outline.skip_unchanged.iter().chain(outline.stages.iter().filter_map(|stage| stage.skip_unchanged.as_ref()));
    for Placed { span, .. } in given.filter(|given| given.value != SkipUnchanged::Never) {
        let message = "`skip-unchanged` has no effect: parallel executions know nothing of what the others deploy";
        let warning = Diagnostic::warning("no-effect", message).at(context.file(), span.clone(), "without effect");
        context.report(warning.help("remove it, or choose another `execution-mode`"));
    }
}
