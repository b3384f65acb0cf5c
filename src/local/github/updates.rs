//! Which branches and tags a push changed, as Git's own `post-receive` hook reports it.

use std::os::unix::fs::PermissionsExt;

use camino::Utf8Path;
use fs_err as fs;

use crate::git::CommitId;
use crate::local::PushedReference;

/// Names the file that the hook writes to.
pub(super) const REPORT_VARIABLE: &str = "PIPECTL_PUSH_REPORT";

/// Git hands the hook exactly the references that were changed, whoever else pushes at the same time.
const HOOK: &str = "#!/bin/sh\nexec cat >\"$PIPECTL_PUSH_REPORT\"\n";

/// One reference that a push changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Update {
    /// The whole name, such as `refs/heads/main`.
    pub reference: String,
    /// What it was; `None` when it was created.
    pub before: Option<CommitId>,
    /// What it is; `None` when it was deleted.
    pub after: Option<CommitId>,
}

impl Update {
    /// The branch, where the reference is one.
    pub fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/heads/")
    }

    /// The branch or the tag, where the reference is either.
    pub fn pushed(&self) -> Option<PushedReference> {
        let tag = || self.reference.strip_prefix("refs/tags/").map(|name| PushedReference::Tag(name.to_owned()));
        self.branch().map(|name| PushedReference::Branch(name.to_owned())).or_else(tag)
    }
}

/// Writes the hook into the folder that pushes take their hooks from.
pub(super) fn install_hook(folder: &Utf8Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join("post-receive");
    fs::write(&path, HOOK)?;
    fs::set_permissions(&path, PermissionsExt::from_mode(0o700))
}

/// Reads the hook's report: `before after reference` in each line, zeros where there is no commit.
pub(super) fn parse(report: &str) -> Vec<Update> {
    let commit = |text: &str| if text.bytes().all(|byte| byte == b'0') { None } else { text.parse().ok() };
    report
        .lines()
        .filter_map(|line| {
            let mut parts = line.splitn(3, ' ');
            let (before, after, reference) = (parts.next()?, parts.next()?, parts.next()?);
            Some(Update { reference: reference.to_owned(), before: commit(before), after: commit(after) })
        })
        .filter(|update| update.before.is_some() || update.after.is_some())
        .collect()
}
