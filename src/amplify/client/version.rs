//! The versions of the client configuration, and what each has.

use std::fmt;
use std::str::FromStr;

/// A version of the client configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutputsVersion {
    /// `amplifyconfiguration`, which the libraries of Gen 1 read.
    Legacy,
    /// The first `amplify_outputs`.
    V1,
    /// With buckets.
    V1_1,
    /// With the paths of buckets.
    V1_2,
    /// With groups of users.
    V1_3,
    /// With sign-in without a password.
    V1_4,
    /// The newest.
    #[default]
    V1_5,
}

/// What is told of the users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AuthScope {
    /// The pool and its rules.
    Pool,
    /// And its groups.
    Groups,
    /// And sign-in without a password.
    Passwordless,
}

/// What is told of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum StorageScope {
    /// The bucket.
    Bucket,
    /// All buckets.
    Buckets,
    /// And who may do what below their paths.
    Paths,
}

/// What a version has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    /// The version that the configuration itself tells.
    pub written: &'static str,
    /// Of the users.
    pub auth: AuthScope,
    /// Of the files.
    pub storage: StorageScope,
}

/// A row of the table of versions: the version, its name, and what it has.
type Row = (OutputsVersion, &'static str, Scope);

const fn row(
    version: OutputsVersion,
    name: &'static str,
    written: &'static str,
    auth: AuthScope,
    storage: StorageScope,
) -> Row {
    (version, name, Scope { written, auth, storage })
}

/// All versions, the oldest first. The oldest is made of the newest, without what it has no words for.
const VERSIONS: [Row; 7] = [
    row(OutputsVersion::Legacy, "0", "1.5", AuthScope::Pool, StorageScope::Paths),
    row(OutputsVersion::V1, "1", "1", AuthScope::Pool, StorageScope::Bucket),
    row(OutputsVersion::V1_1, "1.1", "1.1", AuthScope::Pool, StorageScope::Buckets),
    row(OutputsVersion::V1_2, "1.2", "1.2", AuthScope::Pool, StorageScope::Paths),
    row(OutputsVersion::V1_3, "1.3", "1.3", AuthScope::Groups, StorageScope::Paths),
    row(OutputsVersion::V1_4, "1.4", "1.4", AuthScope::Passwordless, StorageScope::Paths),
    row(OutputsVersion::V1_5, "1.5", "1.5", AuthScope::Passwordless, StorageScope::Paths),
];

impl OutputsVersion {
    /// All versions, the oldest first.
    pub fn all() -> impl Iterator<Item = Self> {
        VERSIONS.into_iter().map(|(version, ..)| version)
    }

    /// How it is called.
    pub fn as_str(self) -> &'static str {
        VERSIONS[self as usize].1
    }

    /// What it has.
    pub(super) fn scope(self) -> Scope {
        VERSIONS[self as usize].2
    }
}

impl fmt::Display for OutputsVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A text that names no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("versions are 0, 1, 1.1, 1.2, 1.3, 1.4 and 1.5")]
pub struct NoVersion;

impl FromStr for OutputsVersion {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        Self::all().find(|version| version.as_str() == text).ok_or(NoVersion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_version_in_its_place() {
        for (index, (version, name, _)) in VERSIONS.into_iter().enumerate() {
            assert_eq!((version as usize, version.as_str().parse()), (index, Ok(version)), "{name}");
        }
        assert_eq!(OutputsVersion::default(), OutputsVersion::all().last().unwrap());
    }

    #[test]
    fn a_later_version_has_no_less() {
        let scopes: Vec<_> =
            OutputsVersion::all().skip(1).map(|version| (version.scope().auth, version.scope().storage)).collect();
        assert!(scopes.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1));
    }
}
