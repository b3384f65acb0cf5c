//! What a deployment would change, for people: stage by stage, stack by stack, down to the properties.

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use super::event::styled;
use crate::cfn::{Broadening, Difference, Effect, ResourceDifference, ValueChange, short_text};
use crate::ops::Vanished;
use crate::ops::diff::{Diff, StackChange, StackDiff, Unread};
use crate::text;

/// How many characters of a value are shown.
const LONGEST: usize = 160;

/// How wide a text is that is wrapped.
const WIDTH: usize = 120;

/// What stands above the pipeline's own stacks.
const OWN: &str = "The pipeline itself";

/// What stands above stacks that the pipeline deployed once.
const VANISHED: &str = "Not deployed any more";

/// How deep one thing stands below another.
const STEP: usize = 4;

/// Writes a difference. Colours only underline what the signs say.
pub(in crate::cli) fn diff(diff: &Diff) -> String {
    let mut lines = Vec::new();
    let mut stage: Option<Option<&str>> = None;
    for stack in &diff.stacks {
        let here = stack.stage.as_deref();
        if stage != Some(here) {
            lines.push(styled(Style::new().bold(), here.unwrap_or(OWN)));
            stage = Some(here);
        }
        self::stack(stack, &mut lines);
    }
    if !diff.vanished.is_empty() {
        lines.push(styled(Style::new().bold(), VANISHED));
        let told = |vanished: &Vanished| {
            format!("{}  in {}; it stays until `pipectl prune --delete`", vanished.stack, vanished.environment)
        };
        lines.extend(diff.vanished.iter().map(|vanished| Sign::Same.before(2, &told(vanished))));
    }
    lines.join("\n") + "\n"
}

/// A sign before what is told.
#[derive(Clone, Copy)]
enum Sign {
    Added,
    Changed,
    Removed,
    Permitted,
    Same,
    Unknown,
}

impl Sign {
    fn of(change: &ValueChange) -> Self {
        match (&change.before, &change.after) {
            (None, Some(_)) => Self::Added,
            (Some(_), None) => Self::Removed,
            _ => Self::Changed,
        }
    }

    fn before(self, indent: usize, words: &str) -> String {
        let (sign, style) = match self {
            Self::Added => ("+", AnsiColor::Green.on_default()),
            Self::Changed => ("~", AnsiColor::Yellow.on_default()),
            Self::Removed => ("-", AnsiColor::Red.on_default()),
            Self::Permitted => ("!", AnsiColor::Yellow.on_default().bold()),
            Self::Same => ("=", Style::new().dimmed()),
            Self::Unknown => ("?", AnsiColor::Yellow.on_default().bold()),
        };
        format!("{:indent$}{} {words}", "", styled(style, sign))
    }
}

fn stack(stack: &StackDiff, lines: &mut Vec<String>) {
    let (sign, words) = match stack.change {
        StackChange::New => (Sign::Added, "new"),
        StackChange::Changed => (Sign::Changed, "changed"),
        StackChange::Unchanged => (Sign::Same, "unchanged"),
        StackChange::Removed => (Sign::Removed, "deployed no more; it stays until `pipectl prune --delete`"),
        StackChange::Unknown => (Sign::Unknown, "cannot be compared"),
    };
    lines.push(sign.before(2, &format!("{}  {words}", stack.stack)));
    let indent = 2 + STEP;
    if let Some(Unread { message, .. }) = &stack.unread {
        lines.extend(wrapped(message, indent));
    }
    lines.extend(stack.settings.iter().map(|change| value("", change, 0, indent)));
    lines.extend(stack.tags.iter().map(|change| value("tag ", change, 0, indent)));
    if let Some(found) = &stack.difference {
        difference(found, indent, lines);
    }
}

fn difference(found: &Difference, indent: usize, lines: &mut Vec<String>) {
    lines.extend(found.values.iter().map(|change| {
        let falls_back = change.path.first().is_some_and(|name| found.defaults.contains(name));
        let why = if falls_back { ", the template's default: it is given no value any more" } else { "" };
        value("parameter ", change, 0, indent) + why
    }));
    lines.extend(found.hidden.iter().map(|name| {
        format!("{:indent$}? parameter {name}: not echoed, so whether its value changes is not known", "")
    }));
    lines.extend(found.sections.iter().map(|change| value("", change, 0, indent)));
    for resource in &found.resources {
        self::resource(resource, indent, lines);
    }
    for Broadening { logical_id, resource_type, permits } in &found.broadenings {
        let words = format!("newly permitted: {logical_id} ({resource_type}): {permits}");
        // What is approved has to be read whole.
        let mut parts = wrapped(&words, indent + STEP);
        let first = parts.remove(0);
        lines.push(Sign::Permitted.before(indent, first.trim_start()));
        lines.extend(parts);
    }
}

fn resource(resource: &ResourceDifference, indent: usize, lines: &mut Vec<String>) {
    let (sign, fate) = match resource.effect {
        Effect::Added => (Sign::Added, ""),
        Effect::Removed => (Sign::Removed, ""),
        Effect::Changed => (Sign::Changed, ""),
        Effect::PerhapsReplaced => (Sign::Changed, "  may be replaced"),
        Effect::Replaced if resource.changes.iter().any(|change| change.path == ["Type"]) => {
            (Sign::Changed, "  refused by CloudFormation: another type needs another name")
        }
        Effect::Replaced => (Sign::Changed, "  replaced"),
    };
    lines.push(sign.before(indent, &format!("{}  {}{fate}", resource.resource_type, resource.logical_id)));
    let within = indent + STEP;
    lines.extend(resource.changes.iter().map(|change| {
        let is_property = change.path.first().is_some_and(|first| first == "Properties") && change.path.len() > 1;
        value("", change, usize::from(is_property), within)
    }));
    if let Some(nested) = &resource.nested {
        difference(nested, within, lines);
    }
}

/// A line about a place; the first parts of its path may be left out.
fn value(what: &str, change: &ValueChange, left_out: usize, indent: usize) -> String {
    let place = format!("{what}{}", change.path[left_out..].join("."));
    let words = match (&change.before, &change.after) {
        (_, Some(after)) if !change.follows.is_empty() => {
            format!("{place} follows {}: {}", text::list(&change.follows), written(after))
        }
        (Some(before), Some(after)) => format!("{place}: {} → {}", written(before), written(after)),
        (Some(only), None) | (None, Some(only)) => format!("{place}: {}", written(only)),
        (None, None) => place,
    };
    Sign::of(change).before(indent, &words)
}

fn written(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        value => shown(&short_text(value)),
    }
}

/// A text on as many lines as it needs, each with its indent. A word that is longer than a line stays whole.
fn wrapped(words: &str, indent: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = word.to_owned(),
            Some(line) if indent + line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.into_iter().map(|line| format!("{:indent$}{line}", "")).collect()
}

/// A text on one line, and not too much of it.
fn shown(words: &str) -> String {
    text::shortened(&words.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use indexmap::IndexMap;
    use serde_json::json;

    use super::*;
    use crate::cfn::{Absent, Rigour, StackTree, Template, Values};

    fn tree(root: &Value, nested: Vec<(&str, StackTree)>) -> StackTree {
        let nested: IndexMap<String, StackTree> =
            nested.into_iter().map(|(logical_id, tree)| (logical_id.to_owned(), tree)).collect();
        StackTree { template: Template::from_value(root.as_object().unwrap().clone()), nested }
    }

    fn told(stage: Option<&str>, stack: &str, change: StackChange, difference: Option<Difference>) -> StackDiff {
        StackDiff {
            stage: stage.map(str::to_owned),
            stack: stack.to_owned(),
            environment: "aws://111111111111/us-east-1".to_owned(),
            change,
            tags: Vec::new(),
            settings: Vec::new(),
            difference,
            unread: None,
        }
    }

    fn changed() -> Difference {
        let nested = |versions: u8, hash: &str| {
            let api = json!({ "Type": "AWS::DynamoDB::Table", "Properties": { "TableName": hash } });
            let mut resources = json!({ "Table": api });
            if versions > 1 {
                resources["More"] = json!({ "Type": "AWS::SNS::Topic" });
            }
            tree(&json!({ "Resources": resources }), Vec::new())
        };
        let root = |size: &str, hash: &str, hold: &str| {
            json!({
                "Parameters": { "Name": { "Type": "String" }, "Size": { "Type": "String", "Default": "small" } },
                "Resources": {
                    "Files": { "Type": "AWS::S3::Bucket", "Properties": {
                        "BucketName": { "Ref": "Name" }, "Tags": [{ "Key": "size", "Value": size }],
                    }, "DeletionPolicy": hold },
                    "storage": { "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": hash } },
                    "Role": { "Type": "AWS::IAM::Role", "Properties": { "Policies": [{ "PolicyDocument": {
                        "Statement": [{ "Effect": "Allow", "Action": size, "Resource": "*" }],
                    } }] } },
                    "Thing": { "Type": "Custom::Thing", "Properties": { "Text": format!("a\nlong  {size}") } },
                },
                "Outputs": { "Url": { "Value": { "Fn::GetAtt": ["Files", hold] } } },
            })
        };
        let before = tree(&root("s3:Get", "1", "Delete"), vec![("storage", nested(1, "old"))]);
        let after = tree(&root("s3:Put", "2", "Retain"), vec![("storage", nested(2, "new"))]);
        let map = |value: &str| BTreeMap::from([("Name".to_owned(), value.to_owned())]);
        let deployed = [("Size".to_owned(), "large".to_owned())].into_iter().chain(map("a")).collect();
        let later = BTreeSet::new();
        let values = Values::of(&after.template, &deployed, &map("b"), Absent::Default { later: &later });
        Difference::between(Some(&before), &after, values, Rigour::Lenient)
    }

    #[test]
    fn a_difference_is_told_stack_by_stack() {
        let new = tree(&json!({ "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } } }), Vec::new());
        let new = Difference::between(None, &new, Values::default(), Rigour::Lenient);
        let mut app = told(Some("Staging"), "shop-Staging-app", StackChange::Changed, Some(changed()));
        let tag = |name: &str, before: Option<Value>, after: Option<Value>| ValueChange {
            path: vec![name.to_owned()],
            before,
            after,
            follows: Vec::new(),
        };
        app.tags = vec![tag("team", Some("web".into()), None)];
        app.settings = vec![tag("TerminationProtection", Some(false.into()), Some(true.into()))];
        let stacks = vec![
            told(None, "shop-pipeline", StackChange::Unchanged, Some(Difference::default())),
            app,
            told(Some("Staging"), "shop-Staging-new", StackChange::New, Some(new)),
            told(Some("Beta"), "shop-Beta-app", StackChange::Removed, None),
            StackDiff {
                unread: Some(Unread {
                    message: "the role `deploy` cannot be assumed: ".to_owned() + &"no ".repeat(40),
                    hints: Vec::new(),
                }),
                ..told(Some("Far"), "shop-Far-app", StackChange::Unknown, None)
            },
        ];
        let vanished = vec![Vanished {
            environment: "aws://111111111111/us-east-1".to_owned(),
            stack: "shop-Beta-app".to_owned(),
        }];
        let plain = anstream::adapter::strip_str(&diff(&Diff { stacks, vanished })).to_string();
        insta::assert_snapshot!(plain);
    }
}
