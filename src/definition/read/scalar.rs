//! Values without parts: texts, numbers, identifiers, choices, paths.

use std::ops::RangeInclusive;
use std::str::FromStr;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use toml::de::DeValue;

use super::{Node, Placed};
use crate::id::IdentifierError;
use crate::text;

impl Node<'_> {
    /// A text that is not empty and has no control characters but line breaks and tabs.
    pub fn text(&self) -> Option<String> {
        let DeValue::String(text) = self.value else {
            return self.wrong_type("a string");
        };
        if text.trim().is_empty() {
            return self.invalid(format!("`{}` is empty", self.name()), "a text is wanted");
        }
        if text.chars().any(|character| character.is_control() && !matches!(character, '\n' | '\t' | '\r')) {
            return self.invalid(format!("`{}` contains a control character", self.name()), "remove it");
        }
        Some(text.as_ref().to_owned())
    }

    /// A text of at most so many characters.
    pub fn text_up_to(&self, longest: usize) -> Option<String> {
        let text = self.text()?;
        let length = text.chars().count();
        if length > longest {
            let message = format!("`{}` has {length} characters; at most {longest} are allowed", self.name());
            return self.refuse("limit", message, "too long");
        }
        Some(text)
    }

    /// An identifier.
    pub fn identifier<T: FromStr<Err = IdentifierError>>(&self) -> Option<T> {
        let DeValue::String(text) = self.value else {
            return self.wrong_type("a string");
        };
        match text.parse::<T>() {
            Ok(value) => Some(value),
            Err(error) => {
                let label = format!("not {}", error.kind);
                self.invalid(error.to_string(), &label)
            }
        }
    }

    /// An identifier with its place.
    pub fn placed<T: FromStr<Err = IdentifierError>>(&self) -> Option<Placed<T>> {
        self.identifier().map(|value| Placed { value, span: self.span.clone() })
    }

    /// A boolean.
    pub fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.wrong_type("a boolean (`true` or `false`)"),
        }
    }

    /// An integer in a range.
    pub fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let DeValue::Integer(written) = self.value else {
            return self.wrong_type("an integer");
        };
        match i64::from_str_radix(written.as_str(), written.radix()) {
            Ok(value) if range.contains(&value) => Some(value),
            _ => {
                let message = format!("`{}` must be from {} to {}", self.name(), range.start(), range.end());
                self.refuse("limit", message, "out of range")
            }
        }
    }

    /// One of some words.
    pub fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let DeValue::String(text) = self.value else {
            return self.wrong_type("a string");
        };
        if let Some((_, value)) = choices.iter().find(|(word, _)| word == text) {
            return Some(*value);
        }
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let shown: String = text.chars().take(80).collect();
        let message = format!("`{shown}` is not a value of `{}`", self.name());
        let near = text::nearest(text, words.iter().copied());
        let mut diagnostic =
            self.context.error("unknown-value", message, self.span.clone(), format!("one of {}", text::list(&words)));
        if let Some(near) = near {
            diagnostic = diagnostic.help(format!("a similar value exists: `{near}`"));
        }
        self.context.report(diagnostic);
        None
    }

    /// Texts, at least one unless the array itself is empty. Elements that are wrong are reported and left out.
    pub fn texts(&self) -> Vec<Placed<String>> {
        self.elements("an array of strings")
            .iter()
            .filter_map(|element| element.text().map(|value| Placed { value, span: element.span.clone() }))
            .collect()
    }

    /// A path relative to the definition's folder that stays inside it, without `.` components.
    pub fn path(&self) -> Option<Utf8PathBuf> {
        let text = self.text()?;
        let path = Utf8Path::new(&text);
        let mut inside = Utf8PathBuf::new();
        for component in path.components() {
            match component {
                Utf8Component::Normal(part) if !part.contains('\\') => inside.push(part),
                Utf8Component::CurDir => {}
                _ => return self.outside(path),
            }
        }
        if inside.as_str().is_empty() { self.outside(path) } else { Some(inside) }
    }

    fn outside<T>(&self, path: &Utf8Path) -> Option<T> {
        let message = format!("path `{path}` does not stay inside the definition's folder");
        let diagnostic = self.context.error("path-outside", message, self.span.clone(), "outside");
        self.context.report(
            diagnostic.help("give a path relative to the definition's folder, with `/` and without `..`".to_owned()),
        );
        None
    }

    /// Reports that the value is not what it should be.
    pub fn invalid<T>(&self, message: String, label: &str) -> Option<T> {
        self.refuse("invalid-value", message, label)
    }

    /// Reports that the value cannot be taken.
    pub fn refuse<T>(&self, code: &'static str, message: String, label: &str) -> Option<T> {
        self.context.report(self.context.error(code, message, self.span.clone(), label));
        None
    }
}
