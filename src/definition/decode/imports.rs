//! `[stage.imports.NAME]`.

use super::{program, stack};
use crate::definition::grammar;
use crate::definition::model::{
    BuildEnvironment, IMPORTS_STEP, Import, ImportKind, ImportSource, Stage, Step, StepInput, Value,
};
use crate::definition::read::{Context, Node, Placed, Table};
use crate::diagnostic::Diagnostic;
use crate::id::Name;

/// The imports of a stage.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Those that could be read.
    pub read: Vec<Import>,
    /// The names of all.
    pub names: Vec<Placed<String>>,
}

impl Imports {
    /// The step that reads those that only the pipeline can read, if there are any. It checks them by what the assembly's
    /// definition says of them.
    pub fn step(&self, stage: &Name) -> Option<Step> {
        let outputs: Vec<String> =
            self.read.iter().filter(|import| import.is_live()).map(|import| Import::variable(&import.name)).collect();
        let step = || {
            Some(Step {
                name: IMPORTS_STEP.parse().ok()?,
                commands: vec![
                    format!("pipectl imports --assembly . --stage {stage} --shell > imports.sh"),
                    ". ./imports.sh".to_owned(),
                ],
                environment: BuildEnvironment::default(),
                inputs: vec![StepInput::Assembly, StepInput::Pipectl],
                outputs: outputs.clone(),
            })
        };
        (!outputs.is_empty()).then(step).flatten()
    }

    /// Warns of imports that nothing uses.
    pub fn warn_of_unused(&self, context: &Context<'_>, stage: &Stage) {
        let is_used = |name: &String| {
            stage.values().any(|value| match value {
                Value::Import(used) => used == name,
                Value::Step(step) => Import::of_variable(step) == Some(name.as_str()),
                Value::Literal(_) | Value::Output(_) => false,
            })
        };
        for name in self.names.iter().filter(|name| !is_used(&name.value)) {
            let message = format!("nothing uses the import `{}`", name.value);
            let finding = Diagnostic::warning("unused-import", message)
                .at(context.file(), name.span.clone(), "not used in this stage")
                .help(format!("give it to a parameter: `parameters = {{ NAME = {{ import = \"{}\" }} }}`", name.value));
            context.report(finding);
        }
    }
}

/// Decodes the imports of a stage.
pub(super) fn decode(stage: &Table<'_>) -> Imports {
    let mut imports = Imports::default();
    for (key, node) in stage.get("imports").map(|node| node.entries()).unwrap_or_default() {
        if !stack::is_logical_id(key.value) {
            let message = format!("`{}` is not an import's name: letters and digits", key.value);
            stage.context.report(stage.context.error("invalid-value", message, key.span.clone(), ""));
        }
        imports.names.push(Placed { value: key.value.to_owned(), span: key.span.clone() });
        if let Some(table) = node.table(&grammar::IMPORT) {
            imports.read.extend(import(&table, key.value));
        }
    }
    imports
}

fn import(table: &Table<'_>, name: &str) -> Option<Import> {
    let kind = table.require("kind").and_then(|node| node.choice(&ImportKind::WORDS));
    let sources: Vec<&'static str> = SOURCES.into_iter().filter(|key| table.get(key).is_some()).collect();
    let source = match sources.as_slice() {
        ["file"] => file(table, name, kind),
        ["parameter"] => table.get("parameter").and_then(|node| parameter(&node)).map(ImportSource::Parameter),
        ["stack"] => output(table),
        [first, second, ..] => {
            let message = format!("`{first}` and `{second}` exclude each other: an import has one source");
            table.get(second).and_then(|node| node.refuse("conflicting-keys", message, "remove one of them"))
        }
        _ => {
            let message = format!("the import `{name}` lacks `file`, `parameter` or `stack`");
            let finding = table.context.error("missing-key", message, table.span.clone(), "one of them is required");
            table.context.report_missing(finding.help(
                "`file` is one such as `amplify_outputs.json`, `parameter` one of the Parameter Store, `stack` one with an \
                 `output`",
            ));
            None
        }
    };
    for (key, of) in [("key", "file"), ("output", "stack")] {
        if sources.iter().all(|source| *source != of) && !sources.is_empty() {
            program::refuse(table, &[key], &format!("goes with `{of}` alone"));
        }
    }
    Some(Import { name: name.to_owned(), kind: kind?, source: source? })
}

/// The keys of which an import has one.
const SOURCES: [&str; 3] = ["file", "parameter", "stack"];

fn file(table: &Table<'_>, name: &str, kind: Option<ImportKind>) -> Option<ImportSource> {
    let path = table.get("file").and_then(|node| node.path());
    let key = table.get("key");
    if let (Some(kind), None) = (kind.filter(|kind| !kind.has_place()), &key) {
        let message = format!("the import `{name}` lacks `key`: no file has a place of its own for {}", kind.noun());
        let finding = table.context.error("missing-key", message, table.span.clone(), "`key` is required here");
        table.context.report_missing(
            finding.help("`key = \"custom.queueArn\"` names the place in the file: keys, with dots between them"),
        );
        return None;
    }
    let key = match key {
        Some(node) => Some(place(&node)?),
        None => None,
    };
    Some(ImportSource::File { path: path?, key })
}

/// A place in a file: keys, with dots between them.
fn place(node: &Node<'_>) -> Option<String> {
    let text = node.text_up_to(1000)?;
    if text.split('.').any(str::is_empty) {
        return node.invalid(format!("`{text}` is no place in a file: it has an empty key"), "keys with dots between");
    }
    Some(text)
}

/// The name of a parameter of the Parameter Store.
fn parameter(node: &Node<'_>) -> Option<String> {
    let text = node.text_up_to(1011)?;
    let is_plain = |part: char| part.is_ascii_alphanumeric() || matches!(part, '_' | '.' | '-' | '/');
    if text.chars().all(is_plain) && !text.ends_with('/') && !text.contains("//") {
        return Some(text);
    }
    node.invalid(
        format!("`{text}` is not a parameter's name: letters, digits and `_.-/`"),
        "a name such as `/shop/pool`",
    )
}

/// An output of a stack.
fn output(table: &Table<'_>) -> Option<ImportSource> {
    let stack = table.get("stack").and_then(|node| node.identifier());
    let output = table.get("output");
    if output.is_none() {
        let finding = table.context.error(
            "missing-key",
            "`stack` lacks `output`",
            table.key_span("stack"),
            "which of its outputs?",
        );
        table.context.report_missing(finding);
    }
    let output = output.and_then(|node| {
        let text = node.text()?;
        if stack::is_logical_id(&text) {
            return Some(text);
        }
        node.invalid(format!("`{text}` does not name an output: letters and digits"), "an output's name")
    });
    Some(ImportSource::Output { stack: stack?, output: output? })
}
