//! A backend as CloudFormation takes it.

use indexmap::IndexMap;
use serde_json::Value;

use super::draft::{Draft, draft};
use super::findings::Findings;
use super::object::{BackendObject, ObjectSource};
use super::options::{Options, ParameterValue};
use super::summary::{self, StackSummary};
use super::{CategoryResource, Export, deployment, outputs, parameters};
use crate::cfn::intrinsic::substitute;
use crate::cfn::{StackTree, Template};
use crate::diagnostic::Report;
use crate::overrides::{self, Alias};

/// A backend as CloudFormation takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Backend {
    /// The root stack's template.
    pub template: Template,
    /// What the toolkit bucket has to hold before the stack is deployed.
    pub objects: Vec<BackendObject>,
    /// The name of the stack, as Amplify chooses it.
    pub stack_name: String,
    /// The stack's tags.
    pub tags: IndexMap<String, String>,
    /// What its stacks hold, the root first.
    pub stacks: Vec<StackSummary>,
}

impl Export {
    /// Renders the backend. Without it the report has errors; with it, perhaps warnings.
    pub fn render(&self, options: &Options) -> (Option<Backend>, Report) {
        let mut findings = Findings::new(&self.files);
        let backend = self.render_with(options, &mut findings);
        let report = findings.report;
        (backend.filter(|_| !report.has_errors()), report)
    }

    fn render_with(&self, options: &Options, findings: &mut Findings<'_>) -> Option<Backend> {
        let mut root = draft(self, options, findings)?;
        check_choices(self, options, &root, findings);
        let of_root = options.parameters.values().flat_map(IndexMap::values).filter_map(|value| match value {
            ParameterValue::OfRoot(name) => Some(name.clone()),
            ParameterValue::Literal(_) => None,
        });
        parameters::check(&root, &self.categories, &options.parameters, findings);
        parameters::declare(&mut root, of_root);
        parameters::write(&mut root);
        deployment::name_layers(self, &mut root, findings);
        let files = summary::files(&root);
        let mut tree: StackTree = root.into_tree();
        let found = overrides::apply(&mut tree, &options.overrides, &aliases(self));
        findings.report.append(overrides::report(found));
        outputs::add(&mut tree, &options.outputs, &self.categories, findings);
        let stacks = summary::stacks(&tree, &files, &self.categories);
        let mut objects = deployment::objects(self);
        objects.extend(seal(&mut tree, &options.bucket));
        Some(Backend {
            template: tree.template,
            objects,
            stack_name: self.stack_name(options.environment.as_deref()),
            tags: self.tags(options.environment.as_deref()),
            stacks,
        })
    }
}

/// What the stacks of resources are called besides their logical ids: their category, with or without the resource's name.
fn aliases(export: &Export) -> Vec<Alias> {
    let of_resource = |resource: &CategoryResource| {
        let full = format!("{}/{}", resource.category, resource.resource_name);
        [resource.category.clone(), full].map(|name| Alias { name, logical_id: resource.logical_id() })
    };
    export.categories.iter().flat_map(of_resource).collect()
}

/// Names the templates of nested stacks by their content, and gives them as objects.
fn seal(tree: &mut StackTree, bucket: &str) -> impl Iterator<Item = BackendObject> + use<> {
    let url = |digest: &str| -> Value {
        substitute(format!("https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{bucket}/{}", template_key(digest)))
    };
    tree.seal(&url).into_iter().map(|sealed| BackendObject {
        key: template_key(&sealed.digest),
        digest: sealed.digest,
        source: ObjectSource::Template { stack: sealed.path, text: sealed.text },
    })
}

fn template_key(digest: &str) -> String {
    format!("{digest}.json")
}

/// What is chosen for a stack is of use to it.
fn check_choices(export: &Export, options: &Options, root: &Draft, findings: &mut Findings<'_>) {
    let drafts = root.walk();
    let known: Vec<&str> = drafts.iter().map(|stack| stack.path.as_str()).filter(|path| !path.is_empty()).collect();
    for (path, supplied) in &options.templates {
        match drafts.iter().find(|stack| stack.path == *path) {
            Some(stack) if stack.file != supplied.file => findings.needless_template(path),
            Some(_) => {}
            None if export.has_stack(path) => {}
            None => findings.unknown_stack("templates", path, &known),
        }
    }
    for path in options.parameters.keys() {
        if !known.contains(&path.as_str()) && !export.has_stack(path) {
            findings.unknown_stack("parameters", path, &known);
        }
    }
}
