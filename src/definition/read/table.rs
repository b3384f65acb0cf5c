//! A table whose keys are known.

use std::ops::Range;

use toml::de::DeTable;

use super::{Completeness, Context, Node};
use crate::definition::grammar::{self, Grammar};
use crate::text;

/// How much of a key of the user's a message shows, in characters.
const LONGEST_KEY: usize = 80;

/// A table whose keys are known.
#[derive(Debug)]
pub(in crate::definition) struct Table<'a> {
    pub context: &'a Context<'a>,
    table: &'a DeTable<'a>,
    /// Where its header stands.
    pub span: Range<usize>,
    path: String,
    grammar: &'static Grammar,
}

impl<'a> Table<'a> {
    /// Opens a table and reports the keys that it does not have.
    pub fn open(
        context: &'a Context<'a>,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        path: String,
        grammar: &'static Grammar,
    ) -> Self {
        let opened = Self { context, table, span, path, grammar };
        for key in table.keys().filter(|key| !grammar.has(key.get_ref())) {
            opened.refuse(key.get_ref(), key.span());
        }
        opened
    }

    /// Its path, such as `stage.2`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// A value, if the key is there.
    pub fn get(&self, key: &'static str) -> Option<Node<'a>> {
        debug_assert!(self.grammar.has(key), "`{key}` is not in the grammar of {}", self.grammar.title);
        let value = self.table.get(key)?;
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Some(Node::new(self.context, value.get_ref(), value.span(), path))
    }

    /// A value whose key must be there.
    pub fn require(&self, key: &'static str) -> Option<Node<'a>> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("{} lacks `{key}`", self.grammar.title);
            self.context.report_missing(self.context.error(
                "missing-key",
                message,
                self.span.clone(),
                format!("`{key}` is required here"),
            ));
        }
        found
    }

    /// Whether all its keys are known. If not, what seems to be missing may be one of them.
    pub fn completeness(&self) -> Completeness {
        match self.table.keys().all(|key| self.grammar.has(key.get_ref())) {
            true => Completeness::Whole,
            false => Completeness::Partial,
        }
    }

    /// Where a key stands, for messages about the key itself.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        self.table.get_key_value(key).map_or_else(|| self.span.clone(), |(key, _)| key.span())
    }

    fn refuse(&self, key: &str, span: Range<usize>) {
        let title = self.grammar.title;
        let diagnostic = self.context.error(
            "unknown-key",
            format!("unknown key `{}` in {title}", text::shortened(key, LONGEST_KEY)),
            span,
            "not a key of this table",
        );
        let home = || grammar::ALL.iter().find(|grammar| grammar.has(key));
        let help = match (text::nearest(key, self.grammar.all()), home()) {
            (Some(near), _) => format!("a key with a similar name exists: `{near}`"),
            (None, Some(home)) => format!("`{key}` is a key of {}", home.title),
            (None, None) => format!("known keys: {}", text::list(&self.grammar.all().collect::<Vec<_>>())),
        };
        self.context.report(diagnostic.help(help));
    }
}
