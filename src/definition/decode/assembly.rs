//! `[[stage.assembly]]`.

use indexmap::IndexMap;

use super::imports::Imports;
use super::stack;
use super::value::Scope;
use crate::definition::check::{AssemblyOutline, Uses};
use crate::definition::model::{AssemblyReference, Selection};
use crate::definition::read::Table;
use crate::id::Name;

pub(super) fn decode(
    table: &Table<'_>,
    stage: Option<&Name>,
    imports: &Imports,
) -> (Option<AssemblyReference>, AssemblyOutline) {
    let mut uses = Uses::default();
    let path = table.require("path").and_then(|node| node.path());
    let selection = selection(table);
    let parameters = table.get("parameters").map(|node| {
        let stacks = node.entries().into_iter();
        stacks
            .map(|(key, values)| {
                (key.value.to_owned(), stack::parameters(&values, Scope::Stacks(stage, imports), &mut uses))
            })
            .collect::<IndexMap<_, _>>()
    });
    let reference =
        || Some(AssemblyReference { path: path?, selection: selection?, parameters: parameters.unwrap_or_default() });
    (reference(), AssemblyOutline { uses })
}

/// One of `stage` and `stacks`.
fn selection(table: &Table<'_>) -> Option<Selection> {
    match (table.get("stage"), table.get("stacks")) {
        (Some(stage), None) => stage.text().map(Selection::Stage),
        (None, Some(stacks)) => {
            let patterns: Vec<String> = stacks.texts().into_iter().map(|pattern| pattern.value).collect();
            if patterns.is_empty() {
                return stacks.invalid("`stacks` is empty".to_owned(), "name at least one stack");
            }
            if let Some(error) = patterns.iter().find_map(|pattern| globset::Glob::new(pattern).err()) {
                return stacks.invalid(format!("`stacks` holds no pattern: {error}"), "a pattern such as `Prod/*`");
            }
            Some(Selection::Stacks(patterns))
        }
        (Some(_), Some(stacks)) => stacks.refuse(
            "conflicting-keys",
            "`stage` and `stacks` exclude each other".to_owned(),
            "remove one of them",
        ),
        (None, None) => {
            let message = "`[[stage.assembly]]` lacks `stage` or `stacks`".to_owned();
            let diagnostic = table.context.error("missing-key", message, table.span.clone(), "one of them is required");
            table.context.report_missing(
                diagnostic
                    .help("`stage = \"Prod\"` takes a stage of the app, `stacks = [\"*\"]` stacks by their paths"),
            );
            None
        }
    }
}
