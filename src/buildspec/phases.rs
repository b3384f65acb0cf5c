//! The `phases` section: what runs, and what happens after a failure.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;

use super::locate::Part;
use super::reader::{Fields, Node, Reader};
use crate::diagnostic::Diagnostic;

/// The phases that have commands, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PhaseName {
    /// Tools are installed.
    Install,
    /// The build is prepared.
    PreBuild,
    /// The build itself.
    Build,
    /// What comes after; it runs after a failed build, too.
    PostBuild,
}

impl PhaseName {
    /// All phases in their order.
    pub const ALL: [Self; 4] = [Self::Install, Self::PreBuild, Self::Build, Self::PostBuild];

    /// The name as the buildspec writes it.
    pub fn key(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::PreBuild => "pre_build",
            Self::Build => "build",
            Self::PostBuild => "post_build",
        }
    }
}

impl fmt::Display for PhaseName {
    /// Writes the name as CodeBuild's API and logs do.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Install => "INSTALL",
            Self::PreBuild => "PRE_BUILD",
            Self::Build => "BUILD",
            Self::PostBuild => "POST_BUILD",
        })
    }
}

/// What happens when a command of a phase fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The build ends.
    Abort,
    /// The next phase runs.
    Continue,
    /// The phase is tried again.
    Retry {
        /// How often at most.
        count: u32,
        /// A regular expression that the failure's message must match.
        pattern: Option<String>,
    },
}

impl OnFailure {
    /// How often `RETRY` without a number tries.
    pub const DEFAULT_RETRIES: u32 = 3;
    /// The most that may be asked for.
    pub const MOST_RETRIES: u32 = 100;

    /// Reads `ABORT`, `CONTINUE`, `RETRY`, `RETRY-count`, `RETRY-regex` or `RETRY-count-regex`.
    fn parse(word: &str) -> Option<Self> {
        let rest = match word {
            "ABORT" => return Some(Self::Abort),
            "CONTINUE" => return Some(Self::Continue),
            "RETRY" => return Some(Self::Retry { count: Self::DEFAULT_RETRIES, pattern: None }),
            other => other.strip_prefix("RETRY-").filter(|rest| !rest.is_empty())?,
        };
        let (number, pattern) = match rest.split_once('-') {
            Some((number, pattern)) => (number, Some(pattern)),
            None => (rest, None),
        };
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            let count = number.parse().ok().filter(|count| *count <= Self::MOST_RETRIES)?;
            let pattern = pattern.filter(|pattern| !pattern.is_empty()).map(str::to_owned);
            Some(Self::Retry { count, pattern })
        } else {
            Some(Self::Retry { count: Self::DEFAULT_RETRIES, pattern: Some(rest.to_owned()) })
        }
    }
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Phase {
    /// The user who runs the commands.
    pub run_as: Option<String>,
    /// What happens after a failure, where the file says so.
    pub on_failure: Option<OnFailure>,
    /// The versions of tools that the image is to provide; only in `install`.
    pub runtime_versions: IndexMap<String, String>,
    /// The commands.
    pub commands: Vec<String>,
    /// What runs after the commands in any case.
    pub finally: Vec<String>,
}

/// The phases that the file has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Phases {
    /// The phase `install`.
    pub install: Option<Phase>,
    /// The phase `pre_build`.
    pub pre_build: Option<Phase>,
    /// The phase `build`.
    pub build: Option<Phase>,
    /// The phase `post_build`.
    pub post_build: Option<Phase>,
}

impl Phases {
    /// The phase with a name, if the file has it.
    pub fn get(&self, name: PhaseName) -> Option<&Phase> {
        match name {
            PhaseName::Install => self.install.as_ref(),
            PhaseName::PreBuild => self.pre_build.as_ref(),
            PhaseName::Build => self.build.as_ref(),
            PhaseName::PostBuild => self.post_build.as_ref(),
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>, node: &Node<'_>) -> Phases {
    let fields = reader.fields(node, &PhaseName::ALL.map(PhaseName::key));
    let mut phase = |name: PhaseName| fields.get(name.key()).map(|node| read_phase(reader, name, &node));
    Phases {
        install: phase(PhaseName::Install),
        pre_build: phase(PhaseName::PreBuild),
        build: phase(PhaseName::Build),
        post_build: phase(PhaseName::PostBuild),
    }
}

fn read_phase(reader: &mut Reader<'_>, name: PhaseName, node: &Node<'_>) -> Phase {
    let fields = match name {
        PhaseName::Install => reader.fields(node, &["run-as", "on-failure", "runtime-versions", "commands", "finally"]),
        PhaseName::PreBuild | PhaseName::Build | PhaseName::PostBuild => {
            reader.fields(node, &["run-as", "on-failure", "commands", "finally"])
        }
    };
    Phase {
        run_as: reader.optional_text(fields.get("run-as")),
        on_failure: read_on_failure(reader, &fields),
        runtime_versions: read_runtime_versions(reader, &fields),
        commands: reader.texts(fields.get("commands")),
        finally: reader.texts(fields.get("finally")),
    }
}

fn read_runtime_versions(reader: &mut Reader<'_>, fields: &Fields<'_>) -> IndexMap<String, String> {
    let Some(node) = fields.get("runtime-versions") else { return IndexMap::new() };
    let mut versions = IndexMap::new();
    for entry in reader.entries(&node) {
        if let Some(version) = reader.text(&entry) {
            versions.insert(entry.name(), version);
        }
    }
    versions
}

fn read_on_failure(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<OnFailure> {
    let node = fields.get("on-failure")?;
    let word = reader.text(&node)?;
    let rule = OnFailure::parse(&word);
    match &rule {
        None => reader.unknown_value(
            &node,
            &word,
            &["ABORT", "CONTINUE", "RETRY", "RETRY-<0..100>", "RETRY-<regex>", "RETRY-<0..100>-<regex>"],
        ),
        Some(OnFailure::Retry { pattern: Some(pattern), .. }) => {
            if let Err(error) = regex::Regex::new(pattern) {
                let message = format!("`{pattern}` is no regular expression: {error}");
                reader.note(&node, Part::Value, Diagnostic::error("regular-expression", message));
            }
        }
        Some(_) => {}
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_take_a_number_an_expression_or_both() {
        let retry =
            |count, pattern: Option<&str>| Some(OnFailure::Retry { count, pattern: pattern.map(str::to_owned) });
        assert_eq!(OnFailure::parse("RETRY"), retry(3, None));
        assert_eq!(OnFailure::parse("RETRY-0"), retry(0, None));
        assert_eq!(OnFailure::parse("RETRY-101"), None);
        assert_eq!(OnFailure::parse("RETRY-.*time-out"), retry(3, Some(".*time-out")));
        assert_eq!(OnFailure::parse("RETRY-2-.*time-out"), retry(2, Some(".*time-out")));
        assert_eq!(OnFailure::parse("RETRY-"), None);
        assert_eq!(OnFailure::parse("retry"), None);
    }
}
