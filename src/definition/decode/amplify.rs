//! `[[stage.amplify]]`.

use camino::Utf8PathBuf;
use indexmap::IndexMap;

use super::value::Scope;
use super::{overrides, stack, tags};
use crate::definition::check::{StackKind, StackOutline, Uses};
use crate::definition::model::{BackendReference, BackendSource, ExportReference};
use crate::definition::read::{Key, Node, Table};
use crate::id::{Name, StackName};
use crate::overrides::Overrides;

pub(super) fn decode(table: &Table<'_>, stage: Option<&Name>) -> (Option<BackendReference>, StackOutline) {
    let mut uses = Uses::default();
    let name = table.require("name").and_then(|node| node.placed::<Name>());
    let path = table.require("export").and_then(|node| node.path());
    let environment = table.get("environment").and_then(|node| environment(&node));
    let stack_name = table.get("stack-name").and_then(|node| node.placed::<StackName>());
    let parameters = table
        .get("parameters")
        .map(|node| by_stack(&node, |values| Some(stack::parameters(values, Scope::Stage(stage), &mut uses))));
    let templates: Option<IndexMap<String, Utf8PathBuf>> =
        table.get("templates").map(|node| by_stack(&node, |file| file.path()));
    let depends_on = stack::depends_on(table);
    let tags = tags::decode(table);
    let overrides = (overrides::all(table), overrides::grants(table), overrides::variables(table));
    let termination_protection = stack::protection(table);
    let notification_targets = stack::topics(table);
    let backend = || {
        Some(BackendReference {
            name: name.as_ref()?.value.clone(),
            source: BackendSource::Export(ExportReference { path: path?, environment }),
            stack_name: stack_name.as_ref().map(|name| name.value.clone()),
            parameters: parameters.unwrap_or_default(),
            templates: templates.unwrap_or_default(),
            tags: tags.values,
            termination_protection,
            notification_targets,
            depends_on: depends_on.iter().map(|name| name.value.clone()).collect(),
            overrides: Overrides { resources: overrides.0?, grants: overrides.1?, variables: overrides.2? },
        })
    };
    let backend = backend();
    let outline = StackOutline {
        name,
        kind: StackKind::Backend,
        stack_name,
        depends_on,
        uses,
        assets: Vec::new(),
        tags: tags.keys,
    };
    (backend, outline)
}

/// The entries of a table whose keys lead to nested stacks.
fn by_stack<T>(node: &Node<'_>, mut decode: impl FnMut(&Node<'_>) -> Option<T>) -> IndexMap<String, T> {
    let mut entries = IndexMap::new();
    for (key, entry) in node.entries() {
        check_path(node, &key);
        if let Some(value) = decode(&entry) {
            entries.insert(key.value.to_owned(), value);
        }
    }
    entries
}

/// Logical ids, with slashes between them.
fn check_path(node: &Node<'_>, key: &Key<'_>) {
    if !key.value.split('/').all(stack::is_logical_id) {
        let message = format!("`{}` does not name a nested stack", key.value);
        let help = "write its logical id, such as `functiongreeter`; behind that of its parent, as in `apitodo/Todo`";
        node.context.report(node.context.error("invalid-value", message, key.span.clone(), "").help(help));
    }
}

/// An environment of Amplify: part of names of buckets, tables and roles.
fn environment(node: &Node<'_>) -> Option<String> {
    let text = node.text_up_to(40)?;
    let is_plain = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
    if text.starts_with(|first: char| first.is_ascii_lowercase()) && text.chars().all(is_plain) {
        return Some(text);
    }
    node.invalid(
        format!("`{text}` is not an environment: a lower-case letter, then such letters, digits and hyphens"),
        "a name such as `dev`",
    )
}
