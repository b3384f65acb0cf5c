//! An exported Amplify backend in its stage: its export, rendered with what the definition chooses.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use super::stage::missing;
use crate::amplify::gen1::{Backend, Export, Options, ParameterValue, SuppliedTemplate};
use crate::definition::{BackendReference, Definition, ExportReference, Stack, Stage, Value};
use crate::diagnostic::Report;
use crate::pipeline::Place;

/// What the rendering of backends works on, besides the definition.
#[derive(Debug, Clone, Copy)]
pub struct BackendSources<'a> {
    /// The exports, by their path in the definition.
    pub exports: &'a BTreeMap<Utf8PathBuf, Export>,
    /// The templates that exports lack, by their path in the definition.
    pub templates: &'a BTreeMap<Utf8PathBuf, String>,
}

/// Renders the backend that a stack of a stage stands for. With it come warnings; without it, errors.
pub fn render_backend(
    definition: &Definition,
    stage: &Stage,
    stack: &Stack,
    sources: BackendSources<'_>,
) -> (Option<Backend>, Report) {
    let Some(backend) = stage.backend_of(stack) else {
        return (None, missing("backend", Utf8Path::new(stack.name.as_str())));
    };
    let Some(reference) = backend.export() else {
        return (None, missing("export", Utf8Path::new(backend.name.as_str())));
    };
    let path = &reference.path;
    let Some(export) = sources.exports.get(path) else { return (None, missing("export", path)) };
    match options(definition, stage, stack, (backend, reference), sources) {
        Ok(options) => export.render(&options),
        Err(report) => (None, report),
    }
}

fn options(
    definition: &Definition,
    stage: &Stage,
    stack: &Stack,
    (backend, export): (&BackendReference, &ExportReference),
    sources: BackendSources<'_>,
) -> Result<Options, Report> {
    let mut templates = IndexMap::new();
    for (path, file) in &backend.templates {
        let text = sources.templates.get(file).ok_or_else(|| missing("template", file))?;
        templates.insert(path.clone(), SuppliedTemplate { file: file.clone(), text: text.clone() });
    }
    let parameters = backend.parameters.iter().map(|(path, values)| {
        let values = values.iter().map(|(name, value)| (name.clone(), parameter(path, name, value)));
        (path.clone(), values.collect())
    });
    Ok(Options {
        environment: export.environment.clone(),
        bucket: Place::of(definition, &stack.target).toolkit_bucket(&definition.qualifier),
        parameters: parameters.collect(),
        templates,
        outputs: definition.used_outputs(&stage.name, &stack.name).into_iter().map(str::to_owned).collect(),
        overrides: backend.overrides.clone(),
    })
}

fn parameter(path: &str, name: &str, value: &Value) -> ParameterValue {
    match value {
        Value::Literal(text) => ParameterValue::Literal(text.clone().into()),
        Value::Output(_) | Value::Step(_) | Value::Import(_) => {
            ParameterValue::OfRoot(BackendReference::root_parameter(path, name))
        }
    }
}
