//! Changes of an assembly's stack after its synthesis: templates, the assets that nested templates are, what the root of a
//! Gen 2 backend tells clients, and outputs of nested stacks that the root gives on. Pure.
//!
//! ```text
//! assembly ─nested─▶ tree ─overrides─▶ tree ─outputs─▶ tree ─given─▶ tree ─seal─▶ templates, list of assets, URL of the root
//! ```

mod given;
mod nested;
mod outputs;
mod seal;

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use indexmap::IndexMap;

use crate::assembly::{AssetManifest, StackView};
use crate::cfn::Template;
use crate::diagnostic::Report;
use crate::overrides::{self, Finding, Overrides};

/// What the names of templates end with.
const TEMPLATE: &str = ".template.json";

/// A stack of an assembly as overrides make it.
#[derive(Debug, Clone, PartialEq)]
pub struct OverriddenStack {
    /// Its own template.
    pub template: Template,
    /// Where that lies once its asset is published, as `s3://BUCKET/KEY`.
    pub url: Option<String>,
    /// Its lists of assets by the ids of their artifacts. What was changed is called by its new digest.
    pub assets: IndexMap<String, AssetManifest>,
    /// The texts of nested templates that were changed, by the ids of their assets.
    pub templates: BTreeMap<String, String>,
}

/// What is changed in a stack of an assembly.
#[derive(Debug, Clone, Copy)]
pub struct Changes<'a> {
    /// What the definition overrides.
    pub overrides: &'a Overrides,
    /// The outputs of nested stacks that the root is to give on, such as `data/amplifyData/Todo.GetAttTodoTableName`.
    pub outputs: &'a [String],
}

impl Changes<'_> {
    /// Whether the stack stays as it is.
    pub fn is_empty(&self) -> bool {
        self.overrides.is_empty() && self.outputs.is_empty()
    }
}

/// The templates of a stack and of those nested in it, by their paths in the assembly.
pub fn template_files(view: &StackView<'_>) -> BTreeSet<Utf8PathBuf> {
    let nested = nested::assets(view).into_iter().map(|file| file.path);
    nested.filter(|path| path.as_str().ends_with(TEMPLATE)).chain([view.template()]).collect()
}

/// Changes a stack of an assembly, and those nested in it. `text` gives a template by its path in the assembly. With the stack
/// come warnings; without it, errors.
pub fn override_stack<'t>(
    view: &StackView<'_>,
    text: &dyn Fn(&Utf8Path) -> Option<&'t str>,
    changes: Changes<'_>,
) -> (Option<OverriddenStack>, Vec<Finding>) {
    let (before, sources) = match nested::tree(view, text) {
        Ok(read) => read,
        Err(report) => return (None, without_table(report)),
    };
    let mut tree = before.clone();
    let mut findings = overrides::apply(&mut tree, changes.overrides, &[]);
    let mut report = Report::default();
    outputs::keep_true(&before, &mut tree, &mut report);
    for wanted in changes.outputs {
        given::give_on(&mut tree, wanted, &mut report);
    }
    findings.extend(without_table(report));
    let is_refused = findings.iter().any(Finding::is_error);
    let stack = (!is_refused).then(|| seal::seal(view, &before, tree, &sources));
    (stack, findings)
}

fn without_table(report: Report) -> Vec<Finding> {
    report.diagnostics.into_iter().map(|diagnostic| Finding { table: None, key: None, diagnostic }).collect()
}
