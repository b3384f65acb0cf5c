//! `[[source.connection.push]]` and `[[source.connection.pull-request]]`.

use super::limits;
use crate::definition::grammar;
use crate::definition::model::{Patterns, PullRequestEvent, PullRequestFilter, PushFilter, Triggers};
use crate::definition::read::{Node, Table};

/// Filters of a kind (CodePipeline API, `GitConfiguration`).
const FILTERS: usize = 3;
/// Patterns that include, and that exclude (CodePipeline API, `GitBranchFilterCriteria` and its neighbours).
const PATTERNS: usize = 8;
/// Characters of a pattern (the same).
const PATTERN: usize = 255;

/// Reads the filters. `branch` is the source's, which counts where a filter names none.
pub(super) fn decode(table: &Table<'_>, branch: &str) -> Triggers {
    let filters = |key: &'static str, grammar| {
        let Some(node) = table.get(key) else { return Vec::new() };
        let tables = node.tables(grammar);
        limits::at_most(&node, tables.len(), FILTERS, "filter");
        tables
    };
    Triggers {
        pushes: filters("push", &grammar::PUSH).iter().filter_map(|table| push(table, branch)).collect(),
        pull_requests: filters("pull-request", &grammar::PULL_REQUEST)
            .iter()
            .map(|table| PullRequestFilter {
                branches: branches(table, branch),
                paths: patterns(table, "paths"),
                events: events(table),
            })
            .collect(),
    }
}

fn push(table: &Table<'_>, branch: &str) -> Option<PushFilter> {
    let by_branch = table.get("branches").or_else(|| table.get("paths"));
    match (table.get("tags"), by_branch) {
        (Some(tags), Some(_)) => {
            let message = "a filter counts tags, or branches with their files, not both".to_owned();
            tags.refuse("conflicting-keys", message, "put it into a filter of its own")
        }
        (Some(_), None) => Some(PushFilter::Tags(patterns(table, "tags"))),
        (None, _) => Some(PushFilter::Branches { branches: branches(table, branch), paths: patterns(table, "paths") }),
    }
}

fn branches(table: &Table<'_>, branch: &str) -> Patterns {
    let given = patterns(table, "branches");
    if given.is_empty() { Patterns { includes: vec![branch.to_owned()], excludes: Vec::new() } } else { given }
}

fn patterns(table: &Table<'_>, key: &'static str) -> Patterns {
    let mut patterns = Patterns::default();
    let Some(node) = table.get(key) else { return patterns };
    let elements = node.elements("an array of strings");
    if node.is_empty_array() {
        let help = format!("name at least one pattern, or remove `{key}`");
        let _: Option<()> = node.refuse("empty-filter", format!("`{key}` names nothing"), &help);
    }
    for element in elements {
        let Some(text) = element.text_up_to(PATTERN) else { continue };
        match text.strip_prefix('!') {
            Some(excluded) => patterns.excludes.push(excluded.to_owned()),
            None => patterns.includes.push(text),
        }
    }
    limits::at_most(&node, patterns.includes.len(), PATTERNS, "including pattern");
    limits::at_most(&node, patterns.excludes.len(), PATTERNS, "excluding pattern");
    patterns
}

fn events(table: &Table<'_>) -> Vec<PullRequestEvent> {
    let nodes: Vec<Node<'_>> = table.get("events").map(|node| node.elements("an array of strings")).unwrap_or_default();
    nodes.iter().filter_map(|node| node.choice(&PullRequestEvent::WORDS)).collect()
}
