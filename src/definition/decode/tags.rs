//! `tags`, wherever they stand.

use indexmap::IndexMap;

use super::limits;
use crate::definition::read::Table;

/// Prefixes of tag keys that are not the user's.
const RESERVED: [&str; 2] = ["aws:", "pipectl:"];

/// Decodes `tags` of a table, by the limits of CloudFormation's `Tag`.
pub(super) fn decode(table: &Table<'_>) -> IndexMap<String, String> {
    let Some(node) = table.get("tags") else {
        return IndexMap::new();
    };
    let entries = node.entries();
    limits::at_most(&node, entries.len(), limits::TAGS, "tag");
    let mut tags = IndexMap::new();
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
            tags.insert(key.value.to_owned(), text);
        }
    }
    tags
}
