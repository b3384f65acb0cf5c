//! A buildspec's YAML as a tree that keeps every scalar as it was written.
//!
//! A YAML library turns `3.10` into the number 3.1, but `python: 3.10` means the text. So the text is read twice: once
//! to learn each node's kind, and once more, along those kinds, to read every scalar as text.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use yaml_serde::Value;

/// A node of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tree {
    /// Nothing: an empty value, `~` or `null`.
    Null,
    /// A text, a number or a boolean, as it was written.
    Scalar(String),
    /// A sequence.
    List(Vec<Tree>),
    /// A mapping, in the order of the file.
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// Reads a whole document.
    pub(super) fn parse(text: &str) -> Result<Self, yaml_serde::Error> {
        let kinds: Value = yaml_serde::from_str(text)?;
        let mut tree = AsWritten(&kinds).deserialize(yaml_serde::Deserializer::from_str(text))?;
        tree.merge();
        Ok(tree)
    }

    /// What the node is, with its article, as a message names it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "empty",
            Self::Scalar(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
        }
    }

    /// Applies merge keys (`<<: *anchor`): a mapping takes over the entries that it does not have itself.
    fn merge(&mut self) {
        match self {
            Self::Null | Self::Scalar(_) => {}
            Self::List(items) => items.iter_mut().for_each(Self::merge),
            Self::Map(entries) => {
                entries.iter_mut().for_each(|(_, value)| value.merge());
                let Some(position) = entries.iter().position(|(key, _)| key == "<<") else { return };
                let sources = match &entries[position].1 {
                    Self::Map(_) => vec![entries[position].1.clone()],
                    Self::List(items) => items.clone(),
                    Self::Null | Self::Scalar(_) => return,
                };
                entries.remove(position);
                for source in sources {
                    let Self::Map(inherited) = source else { continue };
                    for (key, value) in inherited {
                        if !entries.iter().any(|(own, _)| *own == key) {
                            entries.push((key, value));
                        }
                    }
                }
            }
        }
    }
}

/// Reads a node whose kind is known, with its scalars as text.
struct AsWritten<'kinds>(&'kinds Value);

impl<'de> DeserializeSeed<'de> for AsWritten<'_> {
    type Value = Tree;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        match self.0 {
            Value::Null => deserializer.deserialize_any(IgnoredAny).map(|_| Tree::Null),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => deserializer.deserialize_str(self),
            Value::Sequence(_) => deserializer.deserialize_seq(self),
            Value::Mapping(_) => deserializer.deserialize_map(self),
            Value::Tagged(_) => Err(D::Error::custom("a buildspec has no YAML tags")),
        }
    }
}

impl<'de> Visitor<'de> for AsWritten<'_> {
    type Value = Tree;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the same node as before")
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::Scalar(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        for kind in self.0.as_sequence().into_iter().flatten() {
            match sequence.next_element_seed(AsWritten(kind))? {
                Some(item) => items.push(item),
                None => break,
            }
        }
        Ok(Tree::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        for kind in self.0.as_mapping().into_iter().flat_map(yaml_serde::Mapping::values) {
            match mapping.next_key::<String>()? {
                Some(key) => entries.push((key, mapping.next_value_seed(AsWritten(kind))?)),
                None => break,
            }
        }
        Ok(Tree::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Tree {
        Tree::Scalar(text.to_owned())
    }

    #[test]
    fn scalars_stay_as_they_were_written() {
        let tree = Tree::parse("a: 3.10\nb: 0755\nc: yes\nd: 'x'\ne:\nf: [1.0, true]\n").unwrap();
        let expected = vec![
            ("a".to_owned(), text("3.10")),
            ("b".to_owned(), text("0755")),
            ("c".to_owned(), text("yes")),
            ("d".to_owned(), text("x")),
            ("e".to_owned(), Tree::Null),
            ("f".to_owned(), Tree::List(vec![text("1.0"), text("true")])),
        ];
        assert_eq!(tree, Tree::Map(expected));
    }

    #[test]
    fn anchors_and_merge_keys_are_followed() {
        let tree = Tree::parse("base: &base {a: 1, b: 2}\nother:\n  <<: *base\n  b: 3\n").unwrap();
        let Tree::Map(entries) = tree else { panic!("a mapping was written") };
        assert_eq!(entries[1].1, Tree::Map(vec![("b".to_owned(), text("3")), ("a".to_owned(), text("1"))]));
    }

    #[test]
    fn aliases_that_grow_without_bound_are_refused() {
        let mut bomb = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..40 {
            bomb.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
        }
        assert!(Tree::parse(&bomb).is_err());
    }
}
