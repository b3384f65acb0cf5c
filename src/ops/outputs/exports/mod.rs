//! The client configuration of an Amplify Gen 1 backend, from what is deployed or saved.
//!
//! What is deployed is told by `cloudformation:DescribeStacks`: the outputs of the stacks nested in the root, and what their
//! parameters were given. What they are made with, and what was given to them before they were deployed, is in the export,
//! with what a definition changes of it; without it, `cloudformation:GetTemplate` tells what can be told.

mod changed;
mod error;
mod nested;

use camino::Utf8Path;

use super::{DeployedStack, Found, Generation, RootError, root};
use crate::amplify::client::{Document, Project, aws_exports, export_documents};
use crate::amplify::gen1::Export;
use crate::event::Events;
use crate::id::Region;
use crate::ops::amplify::read_export;
use crate::text;

use changed::{Deployed, changed};
pub use error::ExportsError;
use nested::Nested;

/// What else is known of the backend.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The folder of its export.
    pub export: Option<&'a Utf8Path>,
    /// Its region, where no output tells it.
    pub region: Option<&'a Region>,
    /// The definition that may have deployed the export with changes of its own.
    pub definition: &'a Utf8Path,
}

/// Makes the client configuration of the one backend among some stacks: `aws-exports.js` and `amplifyconfiguration.json`.
pub async fn configuration(stacks: &[Found], known: Known<'_>, events: &Events) -> Result<[Document; 2], ExportsError> {
    let export = known.export.map(export).transpose()?;
    let root = match root::choose(stacks, Generation::One) {
        Ok(root) => Some(root),
        // The export knows the root's name, which is all that is asked of saved outputs.
        Err(RootError::None { .. }) if export.is_some() => None,
        Err(error) => return Err(error.into()),
    };
    let deployed = root.and_then(|root| root.deployed.as_ref());
    let name = match (root, &export) {
        (Some(root), _) => root.name().to_owned(),
        (None, Some(export)) => export.stack_name.clone(),
        (None, None) => return Err(ExportsError::NoExport),
    };
    let below = match deployed {
        Some(deployed) => Nested::of_stacks(name, deployed.nested().await?),
        None => Nested::of_outputs(name, stacks),
    };
    let region = region(root, known.region, &below).ok_or(ExportsError::NoRegion)?;
    let project = match (&export, deployed) {
        (Some(export), _) => {
            let folder = known.export.unwrap_or(Utf8Path::new(""));
            let of_definition = Deployed { folder, export, root: root.map(Found::name) };
            let export = &changed(known.definition, of_definition, events).await;
            let project = Project::of_export(export, region, |logical_id| below.outputs(logical_id, export));
            tell_missing(export, &below, events);
            project
        }
        (None, Some(deployed)) => below.project(deployed, region).await?,
        (None, None) => return Err(ExportsError::NoExport),
    };
    if project.resources.is_empty() {
        return Err(ExportsError::Empty);
    }
    if project.lacks_rules() {
        events.warning(
            "how one signs up and in is left out: the stacks do not tell it",
            vec!["`--export DIR` names the backend's export, which does".to_owned()],
        );
    }
    Ok(export_documents(&aws_exports(&project)))
}

fn export(folder: &Utf8Path) -> Result<Export, ExportsError> {
    let (export, report) = read_export(folder, folder)?;
    export.ok_or_else(|| ExportsError::Broken { folder: folder.to_owned(), report })
}

/// The region: that of the deployed root, else the one that outputs tell, else the one that is given.
fn region(root: Option<&Found>, given: Option<&Region>, nested: &Nested) -> Option<String> {
    const REGION: &str = "Region";
    let of_root = root.and_then(|root| match &root.deployed {
        Some(DeployedStack { stack, .. }) => stack.environment().map(|environment| environment.region.to_string()),
        None => root.outputs.outputs.get(REGION).cloned(),
    });
    of_root.or_else(|| given.map(ToString::to_string)).or_else(|| nested.any_output(REGION))
}

/// Tells which resources of the export have no outputs.
fn tell_missing(export: &Export, nested: &Nested, events: &Events) {
    let is_missing = |logical_id: &String| nested.outputs(logical_id, export).is_none();
    let missing: Vec<String> =
        export.categories.iter().map(|resource| resource.logical_id()).filter(is_missing).collect();
    if !missing.is_empty() {
        events.warning(
            format!("there are no outputs of {}, which the export has", text::list(&missing)),
            vec!["deploy the export, or save the outputs with `pipectl outputs --nested --format json`".to_owned()],
        );
    }
}
