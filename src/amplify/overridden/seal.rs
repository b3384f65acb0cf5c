//! Names changed templates by their content, from the leaves to the root: the asset, the URL in the parent, and so the
//! parent's own content.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::OverriddenStack;
use super::nested::Sources;
use crate::assembly::{AssetManifest, FileSource, StackView, inside};
use crate::cfn::StackTree;

/// What became of the assets that templates are.
#[derive(Default)]
struct Renamed {
    /// The new ids of an asset; several where stacks shared a template and no longer do.
    ids: BTreeMap<String, BTreeSet<String>>,
    /// The assets that are used as they were.
    kept: BTreeSet<String>,
    /// The new texts by the new ids.
    texts: BTreeMap<String, String>,
}

/// Fixes the templates of a changed tree.
pub(super) fn seal(
    view: &StackView<'_>,
    before: &StackTree,
    mut tree: StackTree,
    sources: &Sources,
) -> OverriddenStack {
    let mut renamed = Renamed::default();
    renamed.seal(before, &mut tree, sources);
    let id = digest(&tree.template.to_json());
    let own = view.template();
    let mut url = view.stack.stack_template_asset_object_url.clone();
    let mut assets = IndexMap::new();
    for artifact in &view.artifact.dependencies {
        let Some(manifest) = view.assembly.asset_manifests.get(artifact) else { continue };
        let folder = view.assembly.asset_manifest_folder(artifact);
        let is_own = |source: &FileSource| match source {
            FileSource::Path { path, .. } => inside(&folder, path).as_ref() == Some(&own),
            FileSource::Executable(_) => false,
        };
        let root = manifest.files.iter().find(|(_, file)| is_own(&file.source)).map(|(id, _)| id);
        if let Some(root) = root {
            url = url.map(|url| url.replace(root.as_str(), &id));
            renamed.ids.entry(root.clone()).or_default().insert(id.clone());
        }
        assets.insert(artifact.clone(), renamed.apply(manifest));
    }
    OverriddenStack { template: tree.template, url, assets, templates: renamed.texts }
}

fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

impl Renamed {
    fn seal(&mut self, before: &StackTree, tree: &mut StackTree, sources: &Sources) {
        for (logical_id, source) in sources {
            let (Some(old), Some(new)) = (before.nested.get(logical_id), tree.nested.get_mut(logical_id)) else {
                continue;
            };
            self.seal(old, new, &source.nested);
            if new.template == old.template {
                self.kept.insert(source.asset.clone());
                continue;
            }
            let text = new.template.to_json();
            let id = digest(&text);
            let key = source.key.replace(&source.asset, &id);
            if let Some(url) = tree.template.properties_mut(logical_id).and_then(|own| own.get_mut("TemplateURL")) {
                replace(url, &source.key, &key);
            }
            self.ids.entry(source.asset.clone()).or_default().insert(id.clone());
            self.texts.insert(id, text);
        }
    }

    /// The list of assets with the new ids, each where the old one was.
    fn apply(&self, manifest: &AssetManifest) -> AssetManifest {
        let mut files = IndexMap::new();
        for (id, file) in &manifest.files {
            let renamed = self.ids.get(id);
            if renamed.is_none() || self.kept.contains(id) {
                files.insert(id.clone(), file.clone());
            }
            for new in renamed.into_iter().flatten() {
                let mut file = file.clone();
                for destination in file.destinations.values_mut() {
                    destination.object_key = destination.object_key.replace(id.as_str(), new);
                }
                files.insert(new.clone(), file);
            }
        }
        AssetManifest { files, ..manifest.clone() }
    }
}

/// Replaces a part of all texts in a value.
fn replace(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => *text = text.replace(from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, from, to)),
        Value::Object(object) => object.values_mut().for_each(|member| replace(member, from, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
