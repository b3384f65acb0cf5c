//! What a stage's further stacks are found in: CDK apps and Amplify backends.

use indexmap::IndexMap;
use toml::Value as Toml;

use super::{Page, texts, value};
use crate::definition::comments::CommentPlace;
use crate::definition::decode::{AMPX_SETUP, standard_environment};
use crate::definition::model::{
    AssemblyReference, BackendIdentity, BackendKind, BackendMode, BackendReference, BackendSource, Definition,
    ProgramReference, Selection, Stage, Step, Value,
};

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

    pub(super) fn backend(&mut self, definition: &Definition, stage: &Stage, backend: &BackendReference) {
        self.plain_header("[[stage.amplify]]");
        self.entry("name", backend.name.to_string());
        match &backend.source {
            BackendSource::Export(export) => {
                self.entry("export", export.path.to_string());
                self.optional("environment", export.environment.as_ref());
            }
            BackendSource::Program(program) => self.program(definition, stage, program),
        }
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
        if let Some(step) = backend.step() {
            self.ampx(stage, step);
        }
        self.overrides("stage.amplify", &backend.overrides);
    }

    fn program(&mut self, definition: &Definition, stage: &Stage, program: &ProgramReference) {
        self.entry("backend", program.file.to_string());
        let BackendIdentity { kind, namespace, name } = &program.identity;
        match kind {
            BackendKind::Standalone => {
                self.unless("namespace", definition.name.as_str(), namespace);
                self.unless("backend-name", stage.name.as_str(), name);
            }
            BackendKind::Branch => {
                self.entry("app-id", namespace.clone());
                self.entry("branch", name.clone());
            }
        }
        if program.mode != BackendMode::Native {
            self.entry("mode", "ampx");
        }
    }

    /// The step that runs `ampx`, where it is not the usual one. Its last command follows from the rest.
    fn ampx(&mut self, stage: &Stage, step: &Step) {
        let setup = step.commands.split_last().map(|(_, setup)| setup).unwrap_or_default();
        let has_usual_setup = setup == AMPX_SETUP;
        if has_usual_setup && step.environment == standard_environment() {
            return;
        }
        self.plain_header("[stage.amplify.step]");
        if !has_usual_setup {
            self.commands(setup);
        }
        self.environment(&step.environment, Some(&stage.name));
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
