//! What a stage's further stacks are found in: CDK apps and Amplify backends.

use indexmap::IndexMap;
use toml::Value as Toml;

use super::{Page, texts, value};
use crate::definition::comments::CommentPlace;
use crate::definition::model::{AssemblyReference, BackendReference, Selection, Stage, Value};

impl Page<'_> {
    pub(super) fn assembly(&mut self, stage: &Stage, assembly: &AssemblyReference) {
        self.header(&CommentPlace::Assembly(stage.name.clone()), "[[stage.assembly]]");
        self.entry("path", assembly.path.to_string());
        match &assembly.selection {
            Selection::Stage(name) => self.entry("stage", name.clone()),
            Selection::Stacks(patterns) => self.entry("stacks", texts(patterns)),
        }
        self.values_by_stack(stage, &assembly.parameters);
    }

    pub(super) fn backend(&mut self, stage: &Stage, backend: &BackendReference) {
        self.plain_header("[[stage.amplify]]");
        self.entry("name", backend.name.to_string());
        let export = backend.export();
        self.entry("export", export.path.to_string());
        self.optional("environment", export.environment.as_ref());
        self.optional("stack-name", backend.stack_name.as_ref());
        self.values_by_stack(stage, &backend.parameters);
        if !backend.templates.is_empty() {
            let files = backend.templates.iter().map(|(stack, file)| (stack.clone(), file.to_string().into()));
            self.entry("templates", Toml::Table(files.collect()));
        }
        self.tags(&backend.tags);
        self.protection(backend.termination_protection);
        self.list("notification-targets", &backend.notification_targets);
        self.list("depends-on", &backend.depends_on);
        self.overrides("stage.amplify", &backend.overrides);
    }

    fn values_by_stack(&mut self, stage: &Stage, parameters: &IndexMap<String, IndexMap<String, Value>>) {
        let given = parameters.iter().map(|(stack, values)| {
            let values = values.iter().map(|(name, value)| (name.clone(), self::value(value, Some(&stage.name))));
            (stack.clone(), Toml::Table(values.collect()))
        });
        let given: toml::Table = given.collect();
        if !given.is_empty() {
            self.entry("parameters", Toml::Table(given));
        }
    }
}
