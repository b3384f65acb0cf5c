//! Filters of webhooks: what a delivery must say to start its pipeline.
//!
//! Of JSON paths those are understood that name one place: `$.ref`, `$.repository.name`, `$['ref']`, `$.commits[0].id`.

use serde_json::Value;

use crate::local::engine::Filter;
use crate::local::engine::structure::Action;

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    Member(&'a str),
    Item(usize),
}

/// Tells whether a path is understood.
pub(super) fn is_supported(path: &str) -> bool {
    parse(path).is_some()
}

/// Tells whether a delivery passes all filters of a webhook; `{Branch}` and the like are settings of the action.
pub(super) fn passes(filters: &[Filter], action: &Action, delivery: &Value) -> bool {
    filters.iter().all(|filter| {
        let Some(found) = find(&filter.json_path, delivery) else { return false };
        match &filter.match_equals {
            None => true,
            Some(wanted) => text(found) == expand(wanted, action),
        }
    })
}

/// Replaces `{Key}` by the setting of that name; one that the action does not have stays as it is.
fn expand(wanted: &str, action: &Action) -> String {
    let mut result = String::with_capacity(wanted.len());
    let mut rest = wanted;
    while let Some((before, after)) = rest.split_once('{') {
        result.push_str(before);
        match after.split_once('}').and_then(|(key, after)| Some((action.setting(key)?, after))) {
            Some((value, after)) => {
                result.push_str(value);
                rest = after;
            }
            None => {
                result.push('{');
                rest = after;
            }
        }
    }
    result.push_str(rest);
    result
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn find<'a>(path: &str, delivery: &'a Value) -> Option<&'a Value> {
    parse(path)?.into_iter().try_fold(delivery, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Item(position) => value.get(position),
    })
}

fn parse(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("['") {
            let (name, after) = after.split_once("']")?;
            steps.push(Step::Member(name));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (position, after) = after.split_once(']')?;
            steps.push(Step::Item(position.parse().ok()?));
            rest = after;
        } else {
            let after = rest.strip_prefix('.')?;
            let end = after.find(['.', '[']).unwrap_or(after.len());
            let name = &after[..end];
            let is_plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
            if name.is_empty() || !name.chars().all(is_plain) {
                return None;
            }
            steps.push(Step::Member(name));
            rest = &after[end..];
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn action() -> Action {
        serde_json::from_value(json!({
            "name": "Source",
            "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
            "configuration": {"Branch": "main", "Owner": "o"},
        }))
        .unwrap()
    }

    fn filter(json_path: &str, match_equals: Option<&str>) -> Filter {
        Filter { json_path: json_path.to_owned(), match_equals: match_equals.map(str::to_owned) }
    }

    #[test]
    fn filters_look_at_one_place() {
        let delivery = json!({"ref": "refs/heads/main", "commits": [{"id": 7}], "repository": {"na-me": "r"}});
        let passes = |filters: &[Filter]| passes(filters, &action(), &delivery);
        assert!(passes(&[filter("$.ref", Some("refs/heads/{Branch}"))]));
        assert!(passes(&[filter("$['ref']", Some("refs/heads/main")), filter("$.commits[0].id", Some("7"))]));
        assert!(passes(&[filter("$.repository.na-me", None)]));
        assert!(!passes(&[filter("$.ref", Some("refs/heads/{Nothing}"))]));
        assert!(!passes(&[filter("$.missing", None)]));
        assert!(!passes(&[filter("$.ref", Some("refs/heads/main")), filter("$.ref", Some("refs/heads/other"))]));
    }

    #[test]
    fn other_paths_are_not_understood() {
        assert!(is_supported("$.a.b[2]['c d']"));
        for path in ["", "ref", "$..ref", "$.*", "$[?(@.a)]", "$.a[x]", "$.a b"] {
            assert!(!is_supported(path), "{path}");
        }
    }
}
