//! An exported Amplify backend as a stack of its stage.

use indexmap::IndexMap;

use crate::amplify::gen1::Export;
use crate::definition::{BackendReference, ExportReference, Origin, Stack, Stage, Value};
use crate::diagnostic::{Diagnostic, Report};
use crate::overrides::Overrides;

/// Makes the stack of a backend. What stands in the export and may change by a push is not in it, its tags aside.
pub(super) fn stack(
    stage: &Stage,
    backend: &BackendReference,
    reference: &ExportReference,
    export: &Export,
    report: &mut Report,
) -> Option<Stack> {
    let environment = reference.environment.as_deref();
    let stack_name = match &backend.stack_name {
        Some(chosen) => chosen.clone(),
        None => match export.stack_name(environment).parse() {
            Ok(name) => name,
            Err(error) => {
                let message = format!("stage `{}`, export `{}`: {error}", stage.name, reference.path);
                report
                    .push(Diagnostic::error("invalid-value", message).help("choose a name with `stack-name = \"…\"`"));
                return None;
            }
        },
    };
    let mut tags = export.tags(environment);
    tags.extend(backend.tags.clone());
    Some(Stack {
        name: backend.name.clone(),
        stack_name,
        target: stage.target.clone(),
        template: reference.path.join(&export.root.file),
        parameters: parameters(backend),
        tags,
        capabilities: None,
        termination_protection: backend.termination_protection,
        notification_targets: backend.notification_targets.clone(),
        depends_on: backend.depends_on.clone(),
        assets: Vec::new(),
        overrides: Overrides::default(),
        origin: Origin::Backend,
    })
}

/// The values that only the execution knows. The others are written into the templates.
fn parameters(backend: &BackendReference) -> IndexMap<String, Value> {
    let of_stacks = backend.parameters.iter().flat_map(|(stack, values)| {
        values.iter().map(move |(name, value)| (BackendReference::root_parameter(stack, name), value))
    });
    of_stacks.filter(|(_, value)| value.literal().is_none()).map(|(name, value)| (name, value.clone())).collect()
}
