//! Stacks with those nested in them: as an assembly wants them, and as they are deployed.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::Value;

use crate::assembly::{FileSource, StackView, inside};
use crate::aws::Aws;
use crate::cfn::{NESTED_STACK, StackTree, Template, nested_address};
use crate::ops::contents::{ContentError, deployed_template, wanted_template};

/// How deep nested stacks are followed.
const DEEPEST: usize = 16;

/// The stack that an assembly wants. Nested stacks are known as far as their templates are among the stack's assets.
pub(super) fn wanted(
    view: &StackView<'_>,
    template: Template,
    read: &dyn Fn(&Utf8Path) -> io::Result<String>,
) -> Result<StackTree, ContentError> {
    wanted_below(view, template, read, 0)
}

fn wanted_below(
    view: &StackView<'_>,
    template: Template,
    read: &dyn Fn(&Utf8Path) -> io::Result<String>,
    depth: usize,
) -> Result<StackTree, ContentError> {
    let mut nested = IndexMap::new();
    for (logical_id, resource) in template.resources().filter(|_| depth < DEEPEST) {
        if resource.get("Type").and_then(Value::as_str) != Some(NESTED_STACK) {
            continue;
        }
        let Some(file) = nested_address(resource).and_then(|address| file_of(view, &address)) else { continue };
        let below = wanted_template(view.name(), &file, read)?;
        nested.insert(logical_id.clone(), wanted_below(view, below, read, depth + 1)?);
    }
    Ok(StackTree { template, nested })
}

/// The file in the assembly that is published at an address, relative to the assembly.
fn file_of(view: &StackView<'_>, address: &str) -> Option<Utf8PathBuf> {
    for (id, manifest) in &view.assembly.asset_manifests {
        let is_there = |key: &str| address.strip_suffix(key).is_some_and(|before| before.ends_with('/'));
        let asset = manifest
            .files
            .values()
            .find(|asset| asset.destinations.values().any(|destination| is_there(&destination.object_key)));
        if let Some(FileSource::Path { path, .. }) = asset.map(|asset| &asset.source) {
            return inside(&view.assembly.asset_manifest_folder(id), path);
        }
    }
    None
}

/// A stack as it is deployed. Of the nested stacks that are wanted, those are read that are to have another template:
/// addresses are made from contents, so the same address has the same template.
pub(super) async fn deployed(
    aws: &Aws,
    stack: &str,
    template: Template,
    wanted: &StackTree,
) -> Result<StackTree, ContentError> {
    let mut nested = IndexMap::new();
    let mut others = Vec::new();
    for (logical_id, below) in &wanted.nested {
        let address = |template: &Template| template.resource(logical_id).and_then(nested_address);
        match (address(&template), address(&wanted.template)) {
            (Some(before), Some(after)) if before == after => drop(nested.insert(logical_id.clone(), below.clone())),
            (Some(_), Some(_)) => others.push((logical_id, below)),
            _ => {}
        }
    }
    if !others.is_empty() {
        let stacks = aws.nested_stacks(stack).await?;
        for (logical_id, below) in others {
            // One that a condition leaves out has no template.
            let Some(stack) = stacks.get(logical_id) else { continue };
            let template = deployed_template(aws, stack).await?;
            nested.insert(logical_id.clone(), Box::pin(deployed(aws, stack, template, below)).await?);
        }
    }
    Ok(StackTree { template, nested })
}
