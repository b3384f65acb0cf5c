//! What a backend consists of, for people and programs.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::Serialize;

use super::draft::Draft;
use super::manifest::CategoryResource;
use crate::cfn::{NESTED_STACK, StackTree};

/// What a stack holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StackSummary {
    /// The logical ids that lead to it, such as `apitodo/Todo`; empty for the root.
    pub path: String,
    /// The template's file.
    pub template: Utf8PathBuf,
    /// The category that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What it is in its category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// What it is made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// How many resources of which type it has, nested stacks aside.
    pub resources: BTreeMap<String, usize>,
    /// Its outputs.
    pub outputs: Vec<String>,
}

/// The template's file of each stack, by the logical ids that lead to it.
pub(super) fn files(root: &Draft) -> BTreeMap<String, Utf8PathBuf> {
    root.walk().into_iter().map(|stack| (stack.path.clone(), stack.file.clone())).collect()
}

/// Sums up all stacks.
pub(super) fn stacks(
    tree: &StackTree,
    files: &BTreeMap<String, Utf8PathBuf>,
    categories: &[CategoryResource],
) -> Vec<StackSummary> {
    let stacks = tree.walk().into_iter().map(|(path, stack)| {
        let first = path.split('/').next().unwrap_or_default();
        let resource = categories.iter().find(|resource| resource.logical_id() == first);
        let mut resources = BTreeMap::new();
        for (_, declared) in stack.template.resources().filter(|(_, declared)| declared["Type"] != NESTED_STACK) {
            *resources.entry(declared["Type"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
        StackSummary {
            template: files.get(&path).cloned().unwrap_or_default(),
            category: resource.map(|resource| resource.category.clone()),
            resource: resource.map(|resource| resource.resource_name.clone()),
            service: resource.map(|resource| resource.service.clone()),
            resources,
            outputs: stack.template.outputs().into_iter().collect(),
            path,
        }
    });
    stacks.collect()
}
