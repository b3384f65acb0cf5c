//! A path within a resource: what is there is set or removed.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::Replacement;
use crate::cfn::intrinsic::is_function;

/// Where paths start that do not say otherwise.
const PROPERTIES: &str = "Properties";

/// A path within a resource, such as `Policies.PasswordPolicy.MinimumLength`: keys, and positions in lists, with dots
/// between them. A dot in a key is written `\.`; a path that begins with `/` starts at the resource and not at its
/// properties (`/DependsOn`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PropertyPath {
    text: String,
    /// From the resource on.
    keys: Vec<String>,
}

/// Why a text is no path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has an empty key")]
pub struct EmptyKey;

impl FromStr for PropertyPath {
    type Err = EmptyKey;

    fn from_str(text: &str) -> Result<Self, EmptyKey> {
        let (mut keys, below) = match text.strip_prefix('/') {
            Some(below) => (Vec::new(), below),
            None => (vec![PROPERTIES.to_owned()], text),
        };
        let mut key = String::new();
        let mut characters = below.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\\' if characters.peek() == Some(&'.') => key.extend(characters.next()),
                '.' => keys.push(std::mem::take(&mut key)),
                other => key.push(other),
            }
        }
        keys.push(key);
        if keys.iter().any(String::is_empty) {
            return Err(EmptyKey);
        }
        Ok(Self { text: text.to_owned(), keys })
    }
}

impl fmt::Display for PropertyPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Why a value cannot be set or removed. The text is the path to what is in the way.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// An intrinsic function is there.
    Function(String),
    /// A value without parts is there.
    Plain(String),
    /// A list is there, and the key is no position in it or behind its end.
    NoPosition(String),
}

/// What became of what was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    Removed,
    Absent,
}

impl PropertyPath {
    /// The keys below the properties; none for a path that leads elsewhere.
    pub(super) fn property(&self) -> Option<&[String]> {
        self.keys.split_first().filter(|(first, _)| *first == PROPERTIES).map(|(_, below)| below)
    }

    /// Sets a value in a resource. Tables are merged.
    pub(super) fn set(
        &self,
        resource: &mut Map<String, Value>,
        value: &Value,
        replacement: Replacement,
    ) -> Result<(), Obstacle> {
        let mut root = Value::Object(std::mem::take(resource));
        let done = Setter { replacement, keys: &self.keys }.set(&mut root, 0, value);
        restore(resource, root);
        done
    }

    /// By what paths are ordered so that none of them, once something is removed there, moves what another one means:
    /// of positions in a list, the last comes first.
    pub(super) fn removal_order(&self) -> Vec<(Option<Reverse<usize>>, String)> {
        self.keys.iter().map(|key| (key.parse().ok().map(Reverse), key.clone())).collect()
    }

    /// Removes a value from a resource, and what is empty without it.
    pub(super) fn delete(&self, resource: &mut Map<String, Value>) -> Result<Removal, Obstacle> {
        let mut root = Value::Object(std::mem::take(resource));
        let done = delete(&mut root, &self.keys, 0);
        restore(resource, root);
        done
    }
}

fn restore(resource: &mut Map<String, Value>, root: Value) {
    if let Value::Object(object) = root {
        *resource = object;
    }
}

/// The path to the key before a position, as people write it.
fn path_to(keys: &[String], end: usize) -> String {
    let keys = &keys[..end];
    let keys = keys.strip_prefix(&[PROPERTIES.to_owned()][..]).filter(|below| !below.is_empty()).unwrap_or(keys);
    keys.join(".")
}

struct Setter<'a> {
    replacement: Replacement,
    keys: &'a [String],
}

impl Setter<'_> {
    fn set(&self, target: &mut Value, depth: usize, value: &Value) -> Result<(), Obstacle> {
        let Some(key) = self.keys.get(depth) else { return self.put(target, value) };
        let replaces = self.replacement == Replacement::Replace;
        match target {
            // The first element of a list that is not there yet.
            Value::Null if key == "0" => {
                *target = Value::Array(Vec::new());
                return self.set(target, depth, value);
            }
            Value::Null if key.parse::<usize>().is_ok() => {
                return Err(Obstacle::NoPosition(path_to(self.keys, depth)));
            }
            Value::Null => *target = Value::Object(Map::new()),
            Value::Array(items) => {
                let position = key.parse::<usize>().ok().filter(|position| *position <= items.len());
                let Some(position) = position else { return Err(Obstacle::NoPosition(path_to(self.keys, depth))) };
                if position == items.len() {
                    items.push(Value::Null);
                }
                return self.set(&mut items[position], depth + 1, value);
            }
            _ if is_function(target) && !replaces => return Err(Obstacle::Function(path_to(self.keys, depth))),
            _ if is_function(target) => *target = Value::Object(Map::new()),
            Value::Object(_) => {}
            _ if replaces => *target = Value::Object(Map::new()),
            _ => return Err(Obstacle::Plain(path_to(self.keys, depth))),
        }
        let Value::Object(object) = target else { return Ok(()) };
        self.set(object.entry(key.clone()).or_insert(Value::Null), depth + 1, value)
    }

    /// Puts a value in the place of another.
    fn put(&self, target: &mut Value, value: &Value) -> Result<(), Obstacle> {
        if is_function(target) && target != value && self.replacement == Replacement::Merge {
            return Err(Obstacle::Function(path_to(self.keys, self.keys.len())));
        }
        match (target, value) {
            (Value::Object(old), Value::Object(new))
                if self.replacement == Replacement::Merge && !is_function(value) =>
            {
                new.iter().try_for_each(|(key, value)| self.put(old.entry(key.clone()).or_insert(Value::Null), value))
            }
            (target, value) => {
                *target = value.clone();
                Ok(())
            }
        }
    }
}

fn delete(target: &mut Value, keys: &[String], depth: usize) -> Result<Removal, Obstacle> {
    if is_function(target) {
        return Err(Obstacle::Function(path_to(keys, depth)));
    }
    let is_last = depth + 1 == keys.len();
    match target {
        Value::Object(object) => {
            let Some(below) = object.get_mut(&keys[depth]) else { return Ok(Removal::Absent) };
            let removal = if is_last { Removal::Removed } else { delete(below, keys, depth + 1)? };
            let is_empty = below.as_object().is_some_and(Map::is_empty);
            if is_last || (removal == Removal::Removed && is_empty) {
                object.remove(&keys[depth]);
            }
            Ok(removal)
        }
        Value::Array(items) => {
            let position = keys[depth].parse::<usize>().ok().filter(|position| *position < items.len());
            let Some(position) = position else { return Err(Obstacle::NoPosition(path_to(keys, depth))) };
            if is_last {
                items.remove(position);
                return Ok(Removal::Removed);
            }
            delete(&mut items[position], keys, depth + 1)
        }
        _ => Ok(Removal::Absent),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(path: &str, value: &Value, replacement: Replacement) -> Result<Value, Obstacle> {
        let mut resource = json!({ "Type": "T", "Properties": {
            "A": { "B": 1 }, "L": [{ "K": "x" }], "F": { "Ref": "P" }, "N": { "D.E": 1, "G": { "Fn::Sub": "x" } },
        } });
        let object = resource.as_object_mut().unwrap();
        path.parse::<PropertyPath>().unwrap().set(object, value, replacement)?;
        Ok(resource["Properties"].clone())
    }

    #[test]
    fn values_are_set_at_any_depth() {
        let merged = |path: &str, value: Value| set(path, &value, Replacement::Merge).unwrap();
        assert_eq!(merged("A.C.D", json!(2))["A"], json!({ "B": 1, "C": { "D": 2 } }));
        assert_eq!(merged("A", json!({ "C": 2 }))["A"], json!({ "B": 1, "C": 2 }), "tables are merged");
        assert_eq!(merged("A", json!({ "Ref": "P" }))["A"], json!({ "Ref": "P" }), "a function is no table");
        assert_eq!(merged("L.0.K", json!("y"))["L"], json!([{ "K": "y" }]));
        assert_eq!(merged("L.1.K", json!("y"))["L"], json!([{ "K": "x" }, { "K": "y" }]));
        assert_eq!(merged(r"N.D\.E", json!(2))["N"]["D.E"], 2);
        assert_eq!(set("A", &json!({ "C": 2 }), Replacement::Replace).unwrap()["A"], json!({ "C": 2 }));
    }

    #[test]
    fn functions_and_plain_values_are_in_the_way() {
        let refused = |path: &str, value: Value| set(path, &value, Replacement::Merge).unwrap_err();
        assert_eq!(refused("F", json!("x")), Obstacle::Function("F".to_owned()));
        assert_eq!(refused("F.X", json!("x")), Obstacle::Function("F".to_owned()));
        assert_eq!(refused("N", json!({ "G": "x" })), Obstacle::Function("N".to_owned()));
        assert_eq!(refused("A.B.C", json!("x")), Obstacle::Plain("A.B".to_owned()));
        assert_eq!(refused("L.2", json!("x")), Obstacle::NoPosition("L".to_owned()));
        assert_eq!(set("F.X", &json!("x"), Replacement::Replace).unwrap()["F"], json!({ "X": "x" }));
        assert_eq!(set("A.B.C", &json!("x"), Replacement::Replace).unwrap()["A"]["B"], json!({ "C": "x" }));
        assert_eq!(set("F", &json!({ "Ref": "P" }), Replacement::Merge).unwrap()["F"], json!({ "Ref": "P" }));
    }

    #[test]
    fn what_is_empty_after_a_removal_goes_too() {
        let delete = |path: &str| {
            let mut resource = json!({ "Type": "T", "Properties": { "A": { "B": { "C": 1 } }, "L": [1, 2] } });
            let removal = path.parse::<PropertyPath>().unwrap().delete(resource.as_object_mut().unwrap()).unwrap();
            (removal, resource)
        };
        assert_eq!(delete("A.B.C").1["Properties"], json!({ "L": [1, 2] }));
        assert_eq!(delete("L.0").1["Properties"]["L"], json!([2]));
        assert_eq!(delete("X.Y").0, Removal::Absent);
        assert_eq!(delete("/Type").1["Type"], Value::Null);
        assert!("A..B".parse::<PropertyPath>().is_err());
    }
}
