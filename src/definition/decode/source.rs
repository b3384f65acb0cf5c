//! `[source.github]`, `[source.connection]` or `[source.s3]`.

use super::triggers;
use super::value::arn;
use crate::definition::grammar;
use crate::definition::model::Source;
use crate::definition::read::{Node, Table};
use crate::text;

/// The branch that is followed when none is named.
pub const BRANCH: &str = "main";
/// The secret that holds the token when none is named.
pub const TOKEN_SECRET: &str = "github-token";

pub(super) fn decode(node: &Node<'_>) -> Option<Source> {
    let table = node.table(&grammar::SOURCE)?;
    let kinds: Vec<Node<'_>> = ["github", "connection", "s3"].into_iter().filter_map(|key| table.get(key)).collect();
    let sources: Vec<Option<Source>> = kinds.iter().map(one).collect();
    match kinds.as_slice() {
        [_] => sources.into_iter().next()?,
        [] => {
            let diagnostic = node.context.error("missing-key", "the source is not given", node.span.clone(), "");
            node.context.report_missing(
                diagnostic.help("add exactly one of `[source.github]`, `[source.connection]` and `[source.s3]`"),
            );
            None
        }
        [.., last] => {
            let names: Vec<&str> = kinds.iter().map(Node::name).collect();
            let message = format!("a pipeline has one source, not {}", text::list(&names));
            last.refuse("conflicting-keys", message, "one too many")
        }
    }
}

/// What stands for a source that cannot be read.
pub(super) fn unknown() -> Source {
    Source::S3 { bucket: String::new(), key: String::new() }
}

fn one(node: &Node<'_>) -> Option<Source> {
    match node.name() {
        "github" => node.table(&grammar::GITHUB).and_then(|table| github(&table)),
        "connection" => node.table(&grammar::CONNECTION).and_then(|table| connection(&table)),
        _ => node.table(&grammar::S3).and_then(|table| s3(&table)),
    }
}

fn github(table: &Table<'_>) -> Option<Source> {
    let repository = table.require("repository").and_then(|node| node.identifier());
    let branch = branch(table);
    let token_secret = match table.get("token-secret") {
        Some(node) => secret_name(&node),
        None => Some(TOKEN_SECRET.to_owned()),
    };
    Some(Source::GitHub { repository: repository?, branch: branch?, token_secret: token_secret? })
}

fn connection(table: &Table<'_>) -> Option<Source> {
    let connection = table.require("arn").and_then(|node| arn(&node, &["codeconnections", "codestar-connections"]));
    let repository = table.require("repository").and_then(|node| node.identifier());
    let branch = branch(table);
    let triggers = triggers::decode(table, branch.as_deref().unwrap_or(BRANCH));
    Some(Source::Connection { connection: connection?, repository: repository?, branch: branch?, triggers })
}

fn s3(table: &Table<'_>) -> Option<Source> {
    let bucket = table.require("bucket").and_then(|node| bucket_name(&node));
    let key = table.require("key").and_then(|node| object_key(&node));
    Some(Source::S3 { bucket: bucket?, key: key? })
}

/// A branch by the rules of `git check-ref-format`, as far as they are about characters.
fn branch(table: &Table<'_>) -> Option<String> {
    let Some(node) = table.get("branch") else {
        return Some(BRANCH.to_owned());
    };
    let name = node.text_up_to(255)?;
    if let Some(short) = name.strip_prefix("refs/heads/") {
        return node.invalid(format!("the branch is given without `refs/heads/`: `{short}`"), "a branch's name");
    }
    let has_odd_character = name.chars().any(|character| " ~^:?*[\\\n\t\r".contains(character));
    let is_odd = name.contains("..") || name.starts_with(['/', '-', '.']) || name.ends_with(['/', '.']);
    if has_odd_character || is_odd || name.contains("//") || name.contains("@{") || name.ends_with(".lock") {
        return node.invalid(format!("`{name}` is not a branch's name"), "a branch's name");
    }
    Some(name)
}

/// A secret's name as of Secrets Manager. ARNs are refused: they would tie the file to one account.
fn secret_name(node: &Node<'_>) -> Option<String> {
    let name = node.text_up_to(512)?;
    if name.chars().all(|character| character.is_ascii_alphanumeric() || "/_+=.@-".contains(character)) {
        Some(name)
    } else {
        node.invalid(
            format!("`{name}` is not a secret's name: letters, digits and `/_+=.@-`"),
            "the name of a secret in Secrets Manager",
        )
    }
}

/// The key of an object. The pipeline may read this one alone, so it holds nothing that IAM or CloudFormation would read as a
/// wildcard or as a variable.
fn object_key(node: &Node<'_>) -> Option<String> {
    let key = node.text_up_to(1024)?;
    match ["*", "?", "${"].into_iter().find(|sign| key.contains(sign)) {
        Some(sign) => node.invalid(
            format!("`{key}` is the key of one object: `{sign}` in it would be read as something else"),
            "the key of an object",
        ),
        None => Some(key),
    }
}

/// A general purpose bucket's name.
fn bucket_name(node: &Node<'_>) -> Option<String> {
    let name = node.text()?;
    let is_valid = (3..=63).contains(&name.len())
        && name.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || matches!(character, '-' | '.')
        });
    if is_valid {
        Some(name)
    } else {
        node.invalid(
            format!("`{name}` is not a bucket's name: 3 to 63 lower-case letters, digits, hyphens and dots"),
            "a bucket's name",
        )
    }
}
