//! Triggers of connection sources: which pushes start a pipeline.

use serde::{Deserialize, Serialize};

use crate::local::PushedReference;

/// A trigger. Its presence switches off the source action's own detection of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// Always `CodeStarSourceConnection`.
    pub provider_type: ProviderType,
    /// Which events of the repository count.
    pub git_configuration: GitConfiguration,
}

/// What a trigger listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProviderType {
    /// A connection.
    CodeStarSourceConnection,
}

/// Which events of a repository start the pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GitConfiguration {
    /// The source action.
    pub source_action_name: String,
    /// Pushes; any of the filters suffices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub push: Vec<PushFilter>,
    /// Pull requests, which the local Git server does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pull_request: Vec<serde_json::Value>,
}

/// Which pushes count: all the parts that are there must match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushFilter {
    /// Tags; a push of a branch never matches them, and that of a tag nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Patterns>,
    /// Branches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branches: Option<Patterns>,
    /// Paths of changed files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_paths: Option<Patterns>,
}

/// Globs that include and exclude; what excludes wins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patterns {
    /// Globs of which one must match, if there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub includes: Vec<String>,
    /// Globs of which none may match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
}

impl Patterns {
    /// Tells whether a name is included and not excluded.
    pub fn matches(&self, name: &str) -> bool {
        let any = |globs: &[String]| globs.iter().any(|glob| glob_matches(glob, name));
        (self.includes.is_empty() || any(&self.includes)) && !any(&self.excludes)
    }
}

impl PushFilter {
    /// Tells whether a push of a branch or a tag, which changed these files, counts.
    pub fn matches(&self, reference: &PushedReference, changed: &[String]) -> bool {
        let branch = match (reference, &self.tags) {
            (PushedReference::Tag(tag), Some(tags)) => return tags.matches(tag),
            (PushedReference::Branch(branch), None) => branch,
            (PushedReference::Tag(_), None) | (PushedReference::Branch(_), Some(_)) => return false,
        };
        let branch_counts = self.branches.as_ref().is_none_or(|patterns| patterns.matches(branch));
        let files_count =
            self.file_paths.as_ref().is_none_or(|patterns| changed.iter().any(|path| patterns.matches(path)));
        branch_counts && files_count
    }
}

impl GitConfiguration {
    /// Tells whether a push of a branch or a tag, which changed these files, starts the pipeline.
    pub fn matches(&self, reference: &PushedReference, changed: &[String]) -> bool {
        self.push.iter().any(|filter| filter.matches(reference, changed))
    }
}

/// A star stays within a folder, two stars do not.
fn glob_matches(glob: &str, name: &str) -> bool {
    globset::GlobBuilder::new(glob)
        .literal_separator(true)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn branch(name: &str) -> PushedReference {
        PushedReference::Branch(name.into())
    }

    fn filter(branches: Option<Patterns>, file_paths: Option<Patterns>) -> PushFilter {
        PushFilter { tags: None, branches, file_paths }
    }

    #[test]
    fn what_excludes_wins() {
        let patterns = Patterns { includes: vec!["release/**".into()], excludes: vec!["release/old*".into()] };
        assert!(patterns.matches("release/2/hotfix"));
        assert!(!patterns.matches("release/older"));
        assert!(!patterns.matches("main"));
    }

    #[test]
    fn branch_and_files_must_both_count() {
        let branches = Patterns { includes: vec!["main".into()], excludes: vec![] };
        let files = Patterns { includes: vec!["src/**".into()], excludes: vec![] };
        let filter = filter(Some(branches), Some(files));
        assert!(filter.matches(&branch("main"), &["src/a/b.rs".into()]));
        assert!(!filter.matches(&branch("main"), &["README.md".into()]));
        assert!(!filter.matches(&branch("other"), &["src/a.rs".into()]));
        assert!(!filter.matches(&PushedReference::Tag("main".into()), &["src/a/b.rs".into()]));
    }

    #[test]
    fn tags_are_matched_by_tags_alone() {
        let tags = Patterns { includes: vec!["v*".into()], excludes: vec![] };
        let filter = PushFilter { tags: Some(tags), branches: None, file_paths: None };
        assert!(filter.matches(&PushedReference::Tag("v1".into()), &[]));
        assert!(!filter.matches(&PushedReference::Tag("w1".into()), &[]));
        assert!(!filter.matches(&branch("v1"), &[]));
    }
}
