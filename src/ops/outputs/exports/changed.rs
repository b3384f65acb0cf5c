//! An export as a definition changes it: by values of parameters, and by overrides.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::amplify::client::follow;
use crate::amplify::gen1::{Backend, Export, ExportedStack, ExportedTemplate, ObjectSource};
use crate::cfn::{TEMPLATE_LIMIT, Template};
use crate::definition::{BackendReference, Definition, Stack, Stage};
use crate::disk;
use crate::event::Events;
use crate::ops::discover::{Discovered, discover};
use crate::ops::load::load;
use crate::overrides::Overrides;
use crate::synth::{BackendSources, render_backend};

/// An export that is deployed.
pub(super) struct Deployed<'a> {
    /// Its folder.
    pub folder: &'a Utf8Path,
    /// What was exported.
    pub export: &'a Export,
    /// The name of the deployed root, where it is known.
    pub root: Option<&'a str>,
}

/// Changes an export as the definition does that deploys it as the root stack; any other definition changes nothing. Where
/// that cannot be found out, this is told, and the export stays as it is.
pub(super) async fn changed(file: &Utf8Path, deployed: Deployed<'_>, events: &Events) -> Export {
    if !file.is_file() {
        return deployed.export.clone();
    }
    changed_by(file, &deployed, events).await.unwrap_or_else(|why| {
        events.warning(
            format!("what `{file}` may change of the export is not told: {why}"),
            vec![format!("`pipectl validate --file {file}` tells more")],
        );
        deployed.export.clone()
    })
}

async fn changed_by(file: &Utf8Path, deployed: &Deployed<'_>, events: &Events) -> Result<Export, String> {
    let mut export = deployed.export.clone();
    let loaded = load(file).await.map_err(|error| error.to_string())?;
    if loaded.definition.stages.iter().all(|stage| backends(stage, &loaded.folder, deployed).next().is_none()) {
        return Ok(export);
    }
    let discovered = discover(loaded, BTreeMap::new()).await.map_err(|error| error.to_string())?;
    let definition = &discovered.loaded.definition;
    let candidates: Vec<(usize, &BackendReference, &Stack)> = (0..)
        .zip(&definition.stages)
        .flat_map(|(number, stage)| {
            let backends = backends(stage, &discovered.loaded.folder, deployed);
            backends.filter_map(move |backend| {
                let stack = stage.stacks.iter().find(|stack| stage.backend_of(stack) == Some(backend))?;
                Some((number, backend, stack))
            })
        })
        .filter(|(_, _, stack)| deployed.root.is_none_or(|root| stack.stack_name.as_str() == root))
        .collect();
    // Without the root's name, one of several cannot be told from another.
    let [(number, backend, stack)] = candidates.as_slice() else { return Ok(export) };
    let after = rendered(&discovered, definition, *number, stack)?;
    let mut plain = definition.clone();
    for plain in plain.stages[*number].backends.iter_mut().filter(|plain| plain.name == backend.name) {
        plain.overrides = Overrides::default();
    }
    let before = rendered(&discovered, &plain, *number, stack)?;
    for resource in export.categories.clone() {
        let logical_id = resource.logical_id();
        let Some(nested) = export.root.nested.get_mut(&logical_id) else { continue };
        for (name, value) in backend.parameters.get(&logical_id).into_iter().flatten() {
            if let Some(text) = value.literal() {
                nested.parameters.insert(name.clone(), text.into());
            }
        }
        if let (Some(before), Some(after)) = (template(&before, &logical_id), template(&after, &logical_id)) {
            change(nested, &resource.service, (&before, after), events);
        }
    }
    Ok(export)
}

/// The backends of a stage that are made of the export.
fn backends<'a>(
    stage: &'a Stage,
    folder: &'a Utf8Path,
    deployed: &'a Deployed<'_>,
) -> impl Iterator<Item = &'a BackendReference> {
    let is_of_export = |backend: &&BackendReference| {
        backend.export().is_some_and(|reference| is_same(&folder.join(&reference.path), deployed.folder))
    };
    stage.backends.iter().filter(is_of_export)
}

/// Gives a nested stack what its template has become.
fn change(nested: &mut ExportedStack, service: &str, (before, after): (&Template, Template), events: &Events) {
    match service {
        "Cognito" => {
            for property in follow(&mut nested.parameters, before, &after) {
                events.warning(
                    format!("the definition changes `{property}` of the user pool to what clients cannot be told"),
                    vec!["the configuration tells what the export has; change it by hand".to_owned()],
                );
            }
        }
        // How one signs in is read from the template.
        "AppSync" => nested.template = ExportedTemplate::Read(after),
        _ => {}
    }
}

/// The template of a nested stack.
fn template(backend: &Backend, logical_id: &str) -> Option<Template> {
    backend.objects.iter().find_map(|object| match &object.source {
        ObjectSource::Template { stack, text } if stack == logical_id => {
            Template::parse(stack.as_str().into(), text).ok()
        }
        ObjectSource::Template { .. } | ObjectSource::File(_) => None,
    })
}

fn rendered(discovered: &Discovered, definition: &Definition, stage: usize, stack: &Stack) -> Result<Backend, String> {
    let stage = &definition.stages[stage];
    let templates = supplied(stage, &discovered.loaded.folder);
    let sources = BackendSources { exports: &discovered.exports, templates: &templates };
    let (backend, _) = render_backend(definition, stage, stack, sources);
    backend.ok_or_else(|| format!("the backend `{}` cannot be rendered", stack.name))
}

/// The templates that exports of a stage lack. One that cannot be read is missed by the rendering.
fn supplied(stage: &Stage, folder: &Utf8Path) -> BTreeMap<Utf8PathBuf, String> {
    let files = stage.backends.iter().flat_map(|backend| backend.templates.values());
    let text = |file: &Utf8PathBuf| disk::read_text(&folder.join(file), TEMPLATE_LIMIT as u64).ok();
    files.filter_map(|file| Some((file.clone(), text(file)?))).collect()
}

/// Whether two paths lead to one folder.
fn is_same(one: &Utf8Path, other: &Utf8Path) -> bool {
    matches!((one.canonicalize_utf8(), other.canonicalize_utf8()), (Ok(one), Ok(other)) if one == other)
}
