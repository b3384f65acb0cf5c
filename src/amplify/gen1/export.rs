//! A whole export: what its lists say, and the templates that they name.

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde_json::Value;

use super::manifest::{self, CategoryResource, Node};
use super::{ExportFiles, environment};
use crate::cfn::Template;
use crate::diagnostic::Report;

/// An export of an Amplify Gen 1 backend, as far as it can be read.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The name of the stack that the Amplify CLI deploys.
    pub stack_name: String,
    /// The root stack.
    pub root: ExportedStack,
    /// The resources of the project.
    pub categories: Vec<CategoryResource>,
    /// The stack's tags; a value may hold `{project-env}`.
    pub tags: IndexMap<String, String>,
    /// Its files.
    pub files: ExportFiles,
}

/// A stack of an export.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedStack {
    /// The template's path in the export.
    pub file: Utf8PathBuf,
    /// The template.
    pub template: ExportedTemplate,
    /// Values of the template's parameters.
    pub parameters: IndexMap<String, Value>,
    /// The nested stacks by their logical ids.
    pub nested: IndexMap<String, ExportedStack>,
}

/// A template that an export names.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportedTemplate {
    /// It is there.
    Read(Template),
    /// It is there and is no template, which has been reported.
    Broken,
    /// It is not there.
    Missing,
}

impl Export {
    /// Reads an export. What is wrong with its lists and templates is in the report; with the rest one can go on.
    pub fn read(files: ExportFiles) -> (Option<Self>, Report) {
        let mut report = Report::default();
        let Some(manifest) = manifest::manifest(&files, &mut report) else { return (None, report) };
        let categories = manifest::categories(&files, &mut report);
        let tags = manifest::tags(&files, &mut report);
        let root = stack(&files, manifest.root, &mut report);
        let export = Self {
            stack_name: manifest.stack_name,
            root,
            categories: categories.unwrap_or_default(),
            tags: tags.unwrap_or_default(),
            files,
        };
        (Some(export), report)
    }

    /// Whether it has a stack that some logical ids lead to (`apitodo/Todo`), with or without a template.
    pub(super) fn has_stack(&self, path: &str) -> bool {
        path.split('/').try_fold(&self.root, |stack, logical_id| stack.nested.get(logical_id)).is_some()
    }

    /// The name of its stack in an environment; in its own if none is chosen. A name without an environment stays.
    pub fn stack_name(&self, chosen: Option<&str>) -> String {
        let renamed = chosen.and_then(|environment| environment::renamed(&self.stack_name, environment));
        renamed.unwrap_or_else(|| self.stack_name.clone())
    }

    /// The environment that it was exported from.
    pub fn environment(&self) -> Option<&str> {
        environment::of(&self.stack_name)
    }

    /// The tags of its stack in an environment.
    pub fn tags(&self, chosen: Option<&str>) -> IndexMap<String, String> {
        let environment = chosen.or(self.environment()).unwrap_or_default();
        self.tags.iter().map(|(key, value)| (key.clone(), value.replace("{project-env}", environment))).collect()
    }
}

fn stack(files: &ExportFiles, node: Node, report: &mut Report) -> ExportedStack {
    let template = match files.text(&node.template) {
        None => ExportedTemplate::Missing,
        Some(text) => match Template::parse(&files.name_of(&node.template), text) {
            Ok(template) => ExportedTemplate::Read(template),
            Err(findings) => {
                report.append(findings);
                ExportedTemplate::Broken
            }
        },
    };
    let nested = node.nested.into_iter().map(|(logical_id, node)| (logical_id, stack(files, node, report))).collect();
    ExportedStack { file: node.template, template, parameters: node.parameters, nested }
}
