//! The templates of an assembly's stack and of those nested in it, and the assets that they are.

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;
use serde_json::Value;

use crate::assembly::{FileSource, StackView, inside};
use crate::cfn::{NESTED_STACK, StackTree, Template};
use crate::diagnostic::{Diagnostic, Report};

/// How deep nested stacks are followed.
const DEEPEST: usize = 16;

/// Where the template of a nested stack comes from.
pub(super) struct Source {
    /// The id of its asset.
    pub asset: String,
    /// The key that its parent knows it by.
    pub key: String,
    /// The stacks nested in it.
    pub nested: Sources,
}

/// The templates of nested stacks by the logical ids of these.
pub(super) type Sources = IndexMap<String, Source>;

/// Reads the tree. A nested stack whose template is no asset of the stack's is not in it.
pub(super) fn tree<'t>(
    view: &StackView<'_>,
    text: &dyn Fn(&Utf8Path) -> Option<&'t str>,
) -> Result<(StackTree, Sources), Report> {
    Reader { assets: assets(view), text }.read(&view.template(), 0)
}

/// A file among the assets of a stack.
pub(super) struct File {
    asset: String,
    /// Relative to the root of the assembly.
    pub path: Utf8PathBuf,
    keys: Vec<String>,
}

/// The files among the assets of a stack.
pub(super) fn assets(view: &StackView<'_>) -> Vec<File> {
    let mut files = Vec::new();
    for id in &view.artifact.dependencies {
        let Some(manifest) = view.assembly.asset_manifests.get(id) else { continue };
        let folder = view.assembly.asset_manifest_folder(id);
        for (asset, file) in &manifest.files {
            let FileSource::Path { path, .. } = &file.source else { continue };
            let Some(path) = inside(&folder, path) else { continue };
            let keys = file.destinations.values().map(|destination| destination.object_key.clone()).collect();
            files.push(File { asset: asset.clone(), path, keys });
        }
    }
    files
}

struct Reader<'a, 't> {
    assets: Vec<File>,
    text: &'a dyn Fn(&Utf8Path) -> Option<&'t str>,
}

impl Reader<'_, '_> {
    fn read(&self, path: &Utf8Path, depth: usize) -> Result<(StackTree, Sources), Report> {
        let text = (self.text)(path).ok_or_else(|| missing(path))?;
        let template = Template::parse(path, text)?;
        let (mut nested, mut sources) = (IndexMap::new(), Sources::new());
        let stacks = template.resources().filter(|(_, resource)| depth < DEEPEST && resource["Type"] == NESTED_STACK);
        for (logical_id, resource) in stacks {
            let Some((file, key)) = resource.pointer("/Properties/TemplateURL").and_then(|url| self.file(url)) else {
                continue;
            };
            let (tree, below) = self.read(&file.path, depth + 1)?;
            nested.insert(logical_id.clone(), tree);
            let source = Source { asset: file.asset.clone(), key: key.to_owned(), nested: below };
            sources.insert(logical_id.clone(), source);
        }
        Ok((StackTree { template, nested }, sources))
    }

    /// The asset that a URL leads to, and the key that it has there.
    fn file(&self, url: &Value) -> Option<(&File, &str)> {
        let url = url.to_string();
        self.assets.iter().find_map(|file| {
            let key = file.keys.iter().find(|key| url.contains(key.as_str()))?;
            Some((file, key.as_str()))
        })
    }
}

fn missing(path: &Utf8Path) -> Report {
    let mut report = Report::default();
    let message = format!("the template `{path}` of the assembly is not there");
    report.push(Diagnostic::error("missing-template", message).help("synthesise the assembly again"));
    report
}
