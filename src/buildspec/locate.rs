//! Where in the text a node of the document is.
//!
//! The YAML library tells places only of errors. So the document is read once more, down to the node in question, and
//! there an error is raised on purpose. That is done only for findings, which are few.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// One step from a node to a node below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list.
    Item(usize),
}

/// Which part of an entry is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The key.
    Key,
    /// The value.
    Value,
}

/// Finds a node in a document that is known to be YAML; of a node that came by a merge key, the nearest one above it.
pub(super) fn locate(text: &str, path: &[Step], part: Part) -> Range<usize> {
    for length in (0..=path.len()).rev() {
        let part = if length == path.len() { part } else { Part::Value };
        let probe = Probe { path: &path[..length], part };
        if let Err(error) = probe.deserialize(yaml_serde::Deserializer::from_str(text))
            && let Some(location) = error.location()
        {
            return token(text, place(text, location.line(), location.column()), part);
        }
    }
    0..0
}

/// The byte offset of a line and a column, both counted from 1, the column in characters.
pub(super) fn place(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = &text[before.min(text.len())..];
    before + rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(offset, _)| offset)
}

/// The text from an offset to the end of its line, or, for a key, to its colon.
fn token(text: &str, start: usize, part: Part) -> Range<usize> {
    let line = text[start..].lines().next().unwrap_or_default();
    let end = match part {
        Part::Key => line.find(": ").unwrap_or(line.trim_end().trim_end_matches(':').len()),
        Part::Value => line.find(" #").unwrap_or(line.len()),
    };
    start..start + line[..end].trim_end().len()
}

/// Reads down a path and fails at its end.
#[derive(Clone, Copy)]
struct Probe<'path> {
    path: &'path [Step],
    part: Part,
}

impl<'de> DeserializeSeed<'de> for Probe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.path.is_empty() {
            deserializer.deserialize_any(Stop).map(|_: IgnoredAny| ())
        } else {
            deserializer.deserialize_any(self)
        }
    }
}

impl<'de> Visitor<'de> for Probe<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a mapping or a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        let Some((Step::Item(wanted), rest)) = self.path.split_first() else { return Ok(()) };
        for _ in 0..*wanted {
            sequence.next_element::<IgnoredAny>()?;
        }
        sequence.next_element_seed(Probe { path: rest, part: self.part })?;
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), rest)) = self.path.split_first() else { return Ok(()) };
        let stop = rest.is_empty() && self.part == Part::Key;
        while let Some(found) = mapping.next_key_seed(Key { wanted, stop })? {
            if found {
                mapping.next_value_seed(Probe { path: rest, part: self.part })?;
            } else {
                mapping.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// Compares a key, and fails at it if it is the end of the path.
struct Key<'path> {
    wanted: &'path str,
    stop: bool,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<bool, E> {
        if self.stop && key == self.wanted { Err(E::custom("the place")) } else { Ok(key == self.wanted) }
    }
}

/// Fails at any node.
struct Stop;

impl<'de> Visitor<'de> for Stop {
    type Value = IgnoredAny;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the place")
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<IgnoredAny, A::Error> {
        Err(A::Error::custom("the place"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "version: 0.2\nphases:\n  build:\n    commands:\n      - echo ü: x # why\n      - two\n";

    fn key(name: &str) -> Step {
        Step::Key(name.to_owned())
    }

    #[test]
    fn keys_values_and_items_are_found() {
        let build = [key("phases"), key("build")];
        assert_eq!(&TEXT[locate(TEXT, &build, Part::Key)], "build");
        let commands = [key("phases"), key("build"), key("commands"), Step::Item(1)];
        assert_eq!(&TEXT[locate(TEXT, &commands, Part::Value)], "two");
        let inner = [key("phases"), key("build"), key("commands"), Step::Item(0), key("echo ü")];
        assert_eq!(&TEXT[locate(TEXT, &inner, Part::Value)], "x");
    }

    #[test]
    fn of_a_node_that_is_not_there_the_one_above_is_found() {
        assert_eq!(&TEXT[locate(TEXT, &[key("version"), key("none")], Part::Key)], "0.2");
    }
}
