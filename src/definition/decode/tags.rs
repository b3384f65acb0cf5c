//! `tags`, wherever they stand.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::limits;
use crate::definition::read::{Placed, Table};

/// Prefixes of tag keys that are not the user's.
pub const RESERVED: [&str; 2] = ["aws:", "pipectl:"];

/// What a table says.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub values: IndexMap<String, String>,
    /// All keys, also those whose value is wrong, and where they stand.
    pub keys: Option<Placed<BTreeSet<String>>>,
}

/// Decodes `tags` of a table, by the limits of CloudFormation's `Tag`.
pub(super) fn decode(table: &Table<'_>) -> Tags {
    let Some(node) = table.get("tags") else {
        return Tags::default();
    };
    let entries = node.entries();
    let keys = entries.iter().map(|(key, _)| key.value.to_owned()).collect();
    let mut values = IndexMap::new();
    for (key, value) in entries {
        if key.value.is_empty() || key.value.chars().count() > limits::TAG_KEY {
            let message = format!("a tag's key has 1 to {} characters", limits::TAG_KEY);
            table.context.report(table.context.error("limit", message, key.span.clone(), ""));
        }
        if let Some(prefix) = RESERVED.iter().find(|prefix| key.value.to_lowercase().starts_with(**prefix)) {
            let message = format!("tag keys that start with `{prefix}` are reserved");
            table.context.report(table.context.error("reserved-name", message, key.span.clone(), ""));
        }
        if let Some(text) = value.text_up_to(limits::TAG_VALUE) {
            values.insert(key.value.to_owned(), text);
        }
    }
    Tags { values, keys: Some(Placed { value: keys, span: node.span.clone() }) }
}
