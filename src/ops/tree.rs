//! Stacks with those nested in them: as an assembly wants them, and as they are deployed. `diff` and `review` compare these.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::Map;

use super::contents::{ContentError, deployed_template, wanted_template};
use crate::assembly::{StackView, inside};
use crate::aws::Aws;
use crate::cfn::{StackTree, Template, is_nested_stack, nested_address};

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
        if !is_nested_stack(resource) {
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
    let mut manifests = view.assembly.asset_manifests.iter();
    let (id, path) = manifests.find_map(|(id, manifest)| Some((id, manifest.path_at(address)?)))?;
    inside(&view.assembly.asset_manifest_folder(id), path)
}

/// How many digits of a digest make an address one of its content.
const DIGITS: usize = 64;

/// A stack as it is deployed. Of its nested stacks those are read that are wanted with another template, and those that are
/// wanted no more: an address that is made from its content has the same template as long as it is the same. What may not be
/// read is left out.
pub(super) async fn deployed(
    aws: &Aws,
    stack: &str,
    template: Template,
    wanted: &StackTree,
) -> Result<StackTree, ContentError> {
    let mut nested = IndexMap::new();
    let mut others: Vec<(&String, Option<&StackTree>)> = Vec::new();
    for (logical_id, resource) in template.resources().filter(|(_, resource)| is_nested_stack(resource)) {
        let is_wanted = wanted.template.resource(logical_id).is_some_and(is_nested_stack);
        let known = wanted.nested.get(logical_id);
        let address = wanted.template.resource(logical_id).and_then(nested_address);
        match known {
            Some(below) if is_by_content(&address) && address == nested_address(resource) => {
                nested.insert(logical_id.clone(), below.clone());
            }
            None if is_wanted => {}
            known => others.push((logical_id, known)),
        }
    }
    if others.is_empty() {
        return Ok(StackTree { template, nested });
    }
    let stacks = match aws.nested_stacks(stack).await {
        Err(error) if error.is_denied() => return Ok(StackTree { template, nested }),
        stacks => stacks?,
    };
    let nothing = StackTree { template: Template::from_value(Map::new()), nested: IndexMap::new() };
    for (logical_id, below) in others {
        // One that a condition leaves out has no template.
        let Some(stack) = stacks.get(logical_id) else { continue };
        match deployed_template(aws, stack).await {
            Err(ContentError::Call(error)) if error.is_denied() => {}
            former => {
                let tree = Box::pin(deployed(aws, stack, former?, below.unwrap_or(&nothing))).await?;
                nested.insert(logical_id.clone(), tree);
            }
        }
    }
    Ok(StackTree { template, nested })
}

/// Whether an address names its content: its last part is a digest.
fn is_by_content(address: &Option<String>) -> bool {
    let last = address.as_deref().and_then(|address| address.rsplit('/').next()).unwrap_or_default();
    let digest = last.split('.').next().unwrap_or_default();
    digest.len() == DIGITS && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_content_has_its_digest() {
        let of = |address: &str| is_by_content(&Some(address.to_owned()));
        let digest = "0123456789abcdef".repeat(4);
        assert!(of(&format!("https://s3.${{AWS::URLSuffix}}/bucket/{digest}.json")));
        assert!(of(&format!("https://bucket.s3.amazonaws.com/prefix/{digest}.template.json")));
        assert!(!of("https://bucket.s3.amazonaws.com/network.yaml"));
        assert!(!of(&format!("https://bucket.s3.amazonaws.com/{digest}/network.yaml")));
        assert!(!is_by_content(&None));
    }
}
