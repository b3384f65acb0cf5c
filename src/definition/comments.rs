//! Comments of a definition that is written: each stands above the table that it is about.

use std::collections::BTreeMap;
use std::fmt;

use crate::id::Name;

/// The longest line of a comment, in characters, where words allow.
const WIDTH: usize = 118;

/// A table that comments can stand above.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CommentPlace {
    /// The whole file: at its beginning.
    File,
    /// `[pipeline]`.
    Pipeline,
    /// `[source.…]`.
    Source,
    /// `[build]`.
    Build,
    /// `[update-pipeline]`.
    UpdatePipeline,
    /// `[publish-assets]`.
    PublishAssets,
    /// A `[[stage]]`.
    Stage(Name),
    /// The `[[stage.assembly]]` of a stage.
    Assembly(Name),
    /// A step of a stage.
    Step {
        /// The stage.
        stage: Name,
        /// The step.
        step: Name,
    },
}

impl fmt::Display for CommentPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => formatter.write_str("the file"),
            Self::Pipeline => formatter.write_str("`[pipeline]`"),
            Self::Source => formatter.write_str("`[source]`"),
            Self::Build => formatter.write_str("`[build]`"),
            Self::UpdatePipeline => formatter.write_str("`[update-pipeline]`"),
            Self::PublishAssets => formatter.write_str("`[publish-assets]`"),
            Self::Stage(stage) | Self::Assembly(stage) => write!(formatter, "stage `{stage}`"),
            Self::Step { stage, step } => write!(formatter, "stage `{stage}`, step `{step}`"),
        }
    }
}

/// Comments by the table that they stand above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comments {
    texts: BTreeMap<CommentPlace, Vec<String>>,
}

impl Comments {
    /// Adds a comment: one paragraph, which is broken into lines as needed.
    pub fn add(&mut self, place: CommentPlace, text: impl Into<String>) {
        self.texts.entry(place).or_default().push(text.into());
    }

    /// The lines that stand at a place; empty if there are none.
    pub(super) fn lines(&self, place: &CommentPlace) -> String {
        self.texts.get(place).into_iter().flatten().map(|text| lines(text)).collect()
    }
}

/// A paragraph as lines. Whatever could end a comment is gone: line breaks are blanks, other control characters are replaced.
fn lines(text: &str) -> String {
    let mut written = String::new();
    let mut line = String::from("#");
    for (number, word) in text.split_whitespace().enumerate() {
        if number > 0 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            written.push_str(&line);
            written.push('\n');
            line = String::from("#  ");
        }
        line.push(' ');
        line.extend(word.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }));
    }
    format!("{written}{line}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_cannot_become_anything_else() {
        assert_eq!(lines("a\nname = \"x\"\r\u{1b}[0m"), "# a name = \"x\" \u{fffd}[0m\n");
        let long = lines(&"word ".repeat(40));
        assert!(long.lines().all(|line| line.starts_with("# ") && line.len() <= WIDTH), "{long}");
        assert_eq!(long.lines().count(), 2);
    }
}
