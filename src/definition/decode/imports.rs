//! `[stage.imports.NAME]`.

use super::stack;
use crate::definition::grammar;
use crate::definition::model::{Import, ImportKind, Stage, Value};
use crate::definition::read::{Context, Node, Placed, Table};
use crate::diagnostic::Diagnostic;

/// The imports of a stage.
#[derive(Debug, Default)]
pub(super) struct Imports {
    /// Those that could be read.
    pub read: Vec<Import>,
    /// The names of all.
    pub names: Vec<Placed<String>>,
}

impl Imports {
    /// Warns of imports that nothing uses.
    pub fn warn_of_unused(&self, context: &Context<'_>, stage: &Stage) {
        let is_used = |name: &String| stage.values().any(|value| matches!(value, Value::Import(used) if used == name));
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
    let file = table.require("file").and_then(|node| node.path());
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
    Some(Import { name: name.to_owned(), kind: kind?, file: file?, key })
}

/// A place in a file: keys, with dots between them.
fn place(node: &Node<'_>) -> Option<String> {
    let text = node.text_up_to(1000)?;
    if text.split('.').any(str::is_empty) {
        return node.invalid(format!("`{text}` is no place in a file: it has an empty key"), "keys with dots between");
    }
    Some(text)
}
