//! The stacks of a backend before values are written into their templates: what the export gives, in the environment that
//! is chosen, with the templates that it lacks.

use camino::Utf8PathBuf;
use indexmap::IndexMap;
use serde_json::Value;

use super::export::{Export, ExportedStack, ExportedTemplate};
use super::findings::Findings;
use super::options::{Options, ParameterValue};
use super::{deployment, environment};
use crate::cfn::intrinsic::reference;
use crate::cfn::{NESTED_STACK, StackTree, Template};

/// The root's parameters, which hold names with the environment in them.
const NAMED_BY_ENVIRONMENT: [&str; 3] = ["AuthRoleName", "UnauthRoleName", "DeploymentBucketName"];
/// The parameter of nested stacks that holds the environment.
const ENVIRONMENT: &str = "env";

/// A stack and the values that its template's parameters get.
pub(super) struct Draft {
    /// The logical ids that lead to it; empty for the root.
    pub path: String,
    /// Its template's file: the path in the export, or that of the template supplied.
    pub file: Utf8PathBuf,
    pub template: Template,
    /// Values that are written into the template.
    pub given: IndexMap<String, Value>,
    /// Values that the parent stack passes.
    pub passed: IndexMap<String, Value>,
    pub nested: IndexMap<String, Draft>,
}

/// Drafts all stacks of an export. A nested stack without a template is reported and left out.
pub(super) fn draft(export: &Export, options: &Options, findings: &mut Findings<'_>) -> Option<Draft> {
    let drafter = Drafter { export, options };
    let mut root = drafter.stack("", &export.root, findings)?;
    drafter.rename(&mut root, findings);
    deployment::deploy(export, &options.bucket, &mut root, findings);
    Some(root)
}

struct Drafter<'a> {
    export: &'a Export,
    options: &'a Options,
}

impl Drafter<'_> {
    fn stack(&self, path: &str, stack: &ExportedStack, findings: &mut Findings<'_>) -> Option<Draft> {
        let template = match &stack.template {
            ExportedTemplate::Read(template) => template.clone(),
            ExportedTemplate::Broken => return None,
            ExportedTemplate::Missing => match self.options.templates.get(path) {
                Some(_) => return self.supplied(path, stack.parameters.clone(), findings),
                None => {
                    findings.missing_template(path, &stack.file);
                    return None;
                }
            },
        };
        let mut draft = self.leaf(path, stack.file.clone(), template, stack.parameters.clone());
        for (logical_id, nested) in &stack.nested {
            let below = below(path, logical_id);
            if !is_nested_stack(&draft.template, logical_id) {
                findings.no_such_nested_stack(path, &draft.file, logical_id);
            } else if let Some(nested) = self.stack(&below, nested, findings) {
                draft.nested.insert(logical_id.clone(), nested);
            }
        }
        for logical_id in lost(&draft.template, stack) {
            let below = below(path, &logical_id);
            if !self.options.templates.contains_key(&below) {
                findings.lost_template(&below, self.export);
            } else if let Some(nested) = self.supplied(&below, IndexMap::new(), findings) {
                draft.nested.insert(logical_id, nested);
            }
        }
        Some(draft)
    }

    /// A stack whose template is not in the export.
    fn supplied(&self, path: &str, given: IndexMap<String, Value>, findings: &mut Findings<'_>) -> Option<Draft> {
        let supplied = self.options.templates.get(path)?;
        match Template::parse(&supplied.file, &supplied.text) {
            Ok(template) => Some(self.leaf(path, supplied.file.clone(), template, given)),
            Err(report) => {
                findings.report.append(report);
                None
            }
        }
    }

    fn leaf(&self, path: &str, file: Utf8PathBuf, template: Template, given: IndexMap<String, Value>) -> Draft {
        let mut draft =
            Draft { path: path.to_owned(), file, template, given, passed: IndexMap::new(), nested: IndexMap::new() };
        for (name, value) in self.options.parameters.get(path).into_iter().flatten() {
            match value {
                ParameterValue::Literal(value) => {
                    draft.given.insert(name.clone(), value.clone());
                }
                ParameterValue::OfRoot(root) => {
                    draft.given.shift_remove(name);
                    draft.passed.insert(name.clone(), reference(root));
                }
            }
        }
        draft
    }

    /// Gives the stacks the names and values of the environment.
    fn rename(&self, root: &mut Draft, findings: &mut Findings<'_>) {
        for name in NAMED_BY_ENVIRONMENT {
            let Some(Value::String(value)) = root.given.get_mut(name) else {
                findings.missing_root_parameter(name);
                continue;
            };
            let Some(chosen) = &self.options.environment else { continue };
            match environment::renamed(value, chosen) {
                Some(renamed) => *value = renamed,
                None => findings.no_environment(name, value, chosen),
            }
        }
        if let Some(chosen) = &self.options.environment
            && environment::renamed(&self.export.stack_name, chosen).is_none()
        {
            findings.no_environment("stackName", &self.export.stack_name, chosen);
        }
        let environment = self.options.environment.as_deref();
        for stack in root.nested.values_mut() {
            if let Some(environment) = environment.filter(|_| stack.given.contains_key(ENVIRONMENT)) {
                stack.given.insert(ENVIRONMENT.to_owned(), environment.into());
            }
        }
        // `amplify export` loses the values of stacks whose templates it loses.
        for path in self.options.templates.keys() {
            let Some(stack) = root.nested.get_mut(path) else { continue };
            if let Some(environment) = environment.or(self.export.environment())
                && stack.template.parameters().contains_key(ENVIRONMENT)
            {
                stack.given.entry(ENVIRONMENT.to_owned()).or_insert_with(|| environment.into());
            }
        }
    }
}

impl Draft {
    /// Every stack, the root first.
    pub fn walk(&self) -> Vec<&Self> {
        let mut stacks = vec![self];
        stacks.extend(self.nested.values().flat_map(Self::walk));
        stacks
    }

    /// The template of it and of all in it.
    pub fn into_tree(self) -> StackTree {
        let nested = self.nested.into_iter().map(|(logical_id, nested)| (logical_id, nested.into_tree())).collect();
        StackTree { template: self.template, nested }
    }
}

/// Puts a logical id behind a path of logical ids.
fn below(path: &str, logical_id: &str) -> String {
    if path.is_empty() { logical_id.to_owned() } else { format!("{path}/{logical_id}") }
}

fn is_nested_stack(template: &Template, logical_id: &str) -> bool {
    template.resources().any(|(id, resource)| id == logical_id && resource["Type"] == NESTED_STACK)
}

/// The nested stacks that neither the manifest nor the template itself gives a template for.
fn lost(template: &Template, stack: &ExportedStack) -> Vec<String> {
    let nested = template.resources().filter(|(logical_id, resource)| {
        resource["Type"] == NESTED_STACK
            && !stack.nested.contains_key(*logical_id)
            && resource.pointer("/Properties/TemplateURL").is_none()
    });
    nested.map(|(logical_id, _)| logical_id.clone()).collect()
}
