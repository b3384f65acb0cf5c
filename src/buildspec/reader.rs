//! Decoding by hand: every mistake is noted with its place, and reading goes on.

use camino::Utf8Path;

use super::locate::{Part, Step, locate};
use super::tree::Tree;
use crate::diagnostic::{Diagnostic, Report, SourceFile};
use crate::text;

/// A node and the way to it.
#[derive(Clone)]
pub(super) struct Node<'tree> {
    pub(super) tree: &'tree Tree,
    path: Vec<Step>,
}

impl<'tree> Node<'tree> {
    /// The document's root.
    pub(super) fn root(tree: &'tree Tree) -> Self {
        Self { tree, path: Vec::new() }
    }

    fn child(&self, step: Step, tree: &'tree Tree) -> Self {
        let mut path = self.path.clone();
        path.push(step);
        Self { tree, path }
    }

    /// The key or the position that led here.
    pub(super) fn name(&self) -> String {
        match self.path.last() {
            Some(Step::Key(key)) => key.clone(),
            Some(Step::Item(position)) => format!("[{position}]"),
            None => "the file".to_owned(),
        }
    }

    /// The whole way here, such as `phases.build.commands[1]`.
    fn full_name(&self) -> String {
        let mut name = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if name.is_empty() => name.push_str(key),
                Step::Key(key) => {
                    name.push('.');
                    name.push_str(key);
                }
                Step::Item(position) => name.push_str(&format!("[{position}]")),
            }
        }
        if name.is_empty() { "the file".to_owned() } else { format!("`{name}`") }
    }
}

/// The entries of a mapping.
pub(super) struct Fields<'tree>(Vec<Node<'tree>>);

impl<'tree> Fields<'tree> {
    /// The value of a key, if it is there and not empty.
    pub(super) fn get(&self, key: &str) -> Option<Node<'tree>> {
        self.0.iter().find(|node| *node.tree != Tree::Null && node.name() == key).cloned()
    }
}

/// Collects findings in one file.
pub(super) struct Reader<'text> {
    file: &'text Utf8Path,
    text: &'text str,
    report: Report,
}

impl<'text> Reader<'text> {
    /// Starts with no findings.
    pub(super) fn new(file: &'text Utf8Path, text: &'text str) -> Self {
        let source = SourceFile { path: file.to_owned(), text: text.to_owned() };
        Self { file, text, report: Report { sources: vec![source], ..Report::default() } }
    }

    /// Ends reading; the findings come in the order of the file.
    pub(super) fn finish(mut self) -> Report {
        self.report.diagnostics.sort_by_key(|finding| finding.labels.first().map(|label| label.span.start));
        self.report
    }

    /// Notes a finding at a node.
    pub(super) fn note(&mut self, node: &Node<'_>, part: Part, diagnostic: Diagnostic) {
        let mut span = 0..0;
        if self.report.diagnostics.len() < Report::LIMIT && !node.path.is_empty() {
            span = locate(self.text, &node.path, part);
        }
        // In `[a, b]` a text ends before the line does.
        if let (Part::Value, Tree::Scalar(scalar)) = (part, node.tree)
            && self.text[span.clone()].starts_with(scalar.as_str())
        {
            span.end = span.start + scalar.len();
        }
        self.report.push(diagnostic.at(self.file, span, ""));
    }

    /// The entries of a mapping with a fixed set of keys.
    pub(super) fn fields<'tree>(&mut self, node: &Node<'tree>, known: &[&str]) -> Fields<'tree> {
        let entries = self.entries(node);
        for entry in &entries {
            let name = entry.name();
            if known.contains(&name.as_str()) {
                continue;
            }
            let mut finding = Diagnostic::error("unknown-key", format!("{} has no key `{name}`", node.full_name()));
            if let Some(near) = text::nearest(&name, known.iter().copied()) {
                finding = finding.help(format!("did you mean `{near}`?"));
            }
            self.note(entry, Part::Key, finding.help(format!("the keys here are {}", text::list(known))));
        }
        Fields(entries)
    }

    /// The entries of a mapping with keys of the user's choice.
    pub(super) fn entries<'tree>(&mut self, node: &Node<'tree>) -> Vec<Node<'tree>> {
        match node.tree {
            Tree::Map(entries) => {
                entries.iter().map(|(key, value)| node.child(Step::Key(key.clone()), value)).collect()
            }
            Tree::Null => Vec::new(),
            other => {
                let message = format!("{} must be a mapping, but is {}", node.full_name(), other.kind());
                self.note(node, Part::Value, Diagnostic::error("wrong-type", message));
                Vec::new()
            }
        }
    }

    /// The items of a list; a single text counts as a list of one.
    pub(super) fn items<'tree>(&mut self, node: &Node<'tree>) -> Vec<Node<'tree>> {
        match node.tree {
            Tree::List(items) => {
                items.iter().enumerate().map(|(position, item)| node.child(Step::Item(position), item)).collect()
            }
            Tree::Scalar(_) => vec![node.clone()],
            Tree::Null => Vec::new(),
            Tree::Map(_) => {
                let message = format!("{} must be a list, but is a mapping", node.full_name());
                self.note(node, Part::Value, Diagnostic::error("wrong-type", message));
                Vec::new()
            }
        }
    }

    /// A text; numbers and booleans count as what was written.
    pub(super) fn text(&mut self, node: &Node<'_>) -> Option<String> {
        let other = match node.tree {
            Tree::Scalar(text) => return Some(text.clone()),
            other => other,
        };
        let message = format!("{} must be text, but is {}", node.full_name(), other.kind());
        let mut finding = Diagnostic::error("wrong-type", message);
        if matches!(other, Tree::Map(_)) {
            finding = finding.help("put quotes around text that has a colon and a space in it");
        }
        self.note(node, Part::Value, finding);
        None
    }

    /// The texts of a list.
    pub(super) fn texts(&mut self, node: Option<Node<'_>>) -> Vec<String> {
        let Some(node) = node else { return Vec::new() };
        self.items(&node).iter().filter_map(|item| self.text(item)).collect()
    }

    /// The value of a key that takes one text.
    pub(super) fn optional_text(&mut self, node: Option<Node<'_>>) -> Option<String> {
        node.and_then(|node| self.text(&node))
    }

    /// One of a set of words.
    pub(super) fn choice<T: Copy>(&mut self, node: Option<Node<'_>>, choices: &[(&str, T)]) -> Option<T> {
        let node = node?;
        let word = self.text(&node)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == word) {
            return Some(*value);
        }
        let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
        self.unknown_value(&node, &word, &names);
        None
    }

    /// Notes that a word is none of the allowed ones.
    pub(super) fn unknown_value(&mut self, node: &Node<'_>, word: &str, allowed: &[&str]) {
        let mut finding =
            Diagnostic::error("unknown-value", format!("{} does not take `{}`", node.full_name(), shorten(word)));
        if let Some(near) = text::nearest(word, allowed.iter().copied()) {
            finding = finding.help(format!("did you mean `{near}`?"));
        }
        self.note(node, Part::Value, finding.help(format!("allowed are {}", text::list(allowed))));
    }

    /// A yes or no: a boolean, or one of the words that YAML 1.1 takes for one.
    pub(super) fn yes_no(&mut self, node: Option<Node<'_>>) -> Option<bool> {
        let node = node?;
        let word = self.text(&node)?;
        match word.to_ascii_lowercase().as_str() {
            "yes" | "true" | "on" => Some(true),
            "no" | "false" | "off" => Some(false),
            _ => {
                self.unknown_value(&node, &word, &["yes", "no"]);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(&mut self, node: Option<Node<'_>>, least: u32, most: u32) -> Option<u32> {
        let node = node?;
        let word = self.text(&node)?;
        match word.parse() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                let message = format!(
                    "{} must be a number from {least} to {most}, but is `{}`",
                    node.full_name(),
                    shorten(&word)
                );
                self.note(&node, Part::Value, Diagnostic::error("unknown-value", message));
                None
            }
        }
    }

    /// Notes that a key is missing.
    pub(super) fn missing(&mut self, node: &Node<'_>, key: &str, why: &str) {
        let finding = Diagnostic::error("missing-key", format!("{} has no `{key}`", node.full_name())).help(why);
        self.note(node, Part::Key, finding);
    }
}

/// A text that is short enough for a message.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
