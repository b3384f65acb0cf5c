//! A value with its place.

use std::ops::Range;

use toml::de::DeValue;

use super::{Context, Table};
use crate::definition::grammar::Grammar;

/// Something read, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::definition) struct Placed<T> {
    pub value: T,
    pub span: Range<usize>,
}

/// A key of a table whose keys are the user's.
pub(in crate::definition) type Key<'a> = Placed<&'a str>;

/// A value with its place.
#[derive(Debug, Clone)]
pub(in crate::definition) struct Node<'a> {
    pub context: &'a Context<'a>,
    pub value: &'a DeValue<'a>,
    pub span: Range<usize>,
    /// The path, such as `stage.2.name`.
    pub path: String,
}

impl<'a> Node<'a> {
    pub fn new(context: &'a Context<'a>, value: &'a DeValue<'a>, span: Range<usize>, path: String) -> Self {
        context.remember(&path, span.clone());
        Self { context, value, span, path }
    }

    /// The last key of the path, for messages. Positions in arrays are left out.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').find(|part| part.parse::<usize>().is_err()).unwrap_or(&self.path)
    }

    /// Opens a table whose keys are known, and reports those that it does not have.
    pub fn table(&self, grammar: &'static Grammar) -> Option<Table<'a>> {
        match self.value {
            DeValue::Table(table) => {
                Some(Table::open(self.context, table, self.span.clone(), self.path.clone(), grammar))
            }
            _ => self.wrong_type("a table"),
        }
    }

    /// Opens an array of tables. A single table is told how it becomes one.
    pub fn tables(&self, grammar: &'static Grammar) -> Vec<Table<'a>> {
        if let DeValue::Table(_) = self.value {
            let header: Vec<&str> = self.path.split('.').filter(|part| part.parse::<usize>().is_err()).collect();
            let message = format!("`{}` must be an array of tables, not a single table", self.name());
            let label = self.context.error("wrong-type", message, self.span.clone(), "");
            self.context.report(label.help(format!("write `[[{}]]`", header.join("."))));
            // Its contents are read all the same, so that their mistakes are found too.
            return self.table(grammar).into_iter().collect();
        }
        self.elements("an array of tables").iter().filter_map(|element| element.table(grammar)).collect()
    }

    /// Whether it is an array without elements.
    pub fn is_empty_array(&self) -> bool {
        matches!(self.value, DeValue::Array(elements) if elements.is_empty())
    }

    /// The elements of an array.
    pub fn elements(&self, wanted: &str) -> Vec<Node<'a>> {
        match self.value {
            DeValue::Array(elements) => elements
                .iter()
                .enumerate()
                .map(|(position, element)| {
                    let path = format!("{}.{position}", self.path);
                    Node::new(self.context, element.get_ref(), element.span(), path)
                })
                .collect(),
            _ => self.wrong_type::<Vec<_>>(wanted).unwrap_or_default(),
        }
    }

    /// The entries of a table whose keys are the user's, in the order of the file.
    pub fn entries(&self) -> Vec<(Key<'a>, Node<'a>)> {
        let DeValue::Table(table) = self.value else {
            return self.wrong_type::<Vec<_>>("a table").unwrap_or_default();
        };
        let mut entries: Vec<_> = table
            .iter()
            .map(|(key, value)| {
                let path = format!("{}.{}", self.path, key.get_ref());
                self.context.remember_key(&path, key.span());
                let node = Node::new(self.context, value.get_ref(), value.span(), path);
                (Placed { value: key.get_ref().as_ref(), span: key.span() }, node)
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    /// Reports that the value is of another type than wanted.
    pub fn wrong_type<T>(&self, wanted: &str) -> Option<T> {
        let message = format!("`{}` must be {wanted}, not {}", self.name(), kind(self.value));
        let mut diagnostic = self.context.error("wrong-type", message, self.span.clone(), format!("not {wanted}"));
        let is_scalar = matches!(
            self.value,
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::String(_)
        );
        let written = self.context.slice(self.span.clone());
        if wanted.starts_with("a string") && is_scalar {
            diagnostic = diagnostic.help(format!("put it in quotes: `\"{written}\"`"));
        } else if wanted.starts_with("an array of strings") && is_scalar {
            diagnostic = diagnostic.help(format!("put it in brackets: `[{written}]`"));
        }
        self.context.report(diagnostic);
        None
    }
}

/// What a value is, with its article.
pub(super) fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
