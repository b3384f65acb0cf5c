//! Commits as GitHub tells of them, read from a repository.

use std::collections::HashMap;

use crate::git::{CommitId, Git, Result};

/// How many commits a push event lists, as on GitHub.
pub(super) const LIST_LIMIT: usize = 2048;

/// The fields of `git log`, each ended by NUL, which no field can contain: id, tree, parents, author, committer, message.
const FORMAT: &str = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00";
const FIELDS: usize = 10;

/// Who wrote or applied a commit, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Signature {
    pub name: String,
    pub email: String,
    /// In the format of RFC 3339.
    pub date: String,
}

/// The files that a commit touches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Touched {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub modified: Vec<String>,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Commit {
    pub id: String,
    pub tree: String,
    pub parents: Vec<String>,
    pub author: Signature,
    pub committer: Signature,
    pub message: String,
    pub touched: Touched,
}

impl Commit {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

/// Reads the commit that a revision names, with the files that it touches.
pub(super) async fn read(git: &Git, commit: &CommitId) -> Result<Option<Commit>> {
    let mut commits = list(git, &["--max-count=1", commit.as_str()]).await?;
    Ok(commits.pop())
}

/// Lists the commits of a range, the oldest first.
pub(super) async fn list(git: &Git, range: &[&str]) -> Result<Vec<Commit>> {
    let limit = format!("--max-count={LIST_LIMIT}");
    let mut arguments = vec!["log", "--reverse", &limit, FORMAT];
    arguments.extend_from_slice(range);
    arguments.push("--");
    let finished = git.command(arguments).succeed().await?;
    let text = String::from_utf8_lossy(&finished.output);
    let fields: Vec<&str> = text.split('\0').collect();
    let mut commits: Vec<Commit> = fields.chunks_exact(FIELDS).map(commit).collect();
    let mut touched = touched(git, &commits).await?;
    for commit in &mut commits {
        commit.touched = touched.remove(&commit.id).unwrap_or_default();
    }
    Ok(commits)
}

/// Makes a commit of exactly [`FIELDS`] fields. `git log` ends each commit with a line end, which the next id follows.
fn commit(fields: &[&str]) -> Commit {
    let signature = |at: usize| Signature {
        name: fields[at].to_owned(),
        email: fields[at + 1].to_owned(),
        date: fields[at + 2].to_owned(),
    };
    Commit {
        id: fields[0].trim_start().to_owned(),
        tree: fields[1].to_owned(),
        parents: fields[2].split_whitespace().map(str::to_owned).collect(),
        author: signature(3),
        committer: signature(6),
        message: fields[9].trim_end().to_owned(),
        touched: Touched::default(),
    }
}

/// Finds out which files commits touch. A merge touches none by itself, as on GitHub.
async fn touched(git: &Git, commits: &[Commit]) -> Result<HashMap<String, Touched>> {
    let ids: String = commits.iter().map(|commit| format!("{}\n", commit.id)).collect();
    let finished = git
        .command(["diff-tree", "--stdin", "--root", "-r", "-z", "--no-renames", "--name-status"])
        .input(ids)
        .succeed()
        .await?;
    Ok(parse_touched(&String::from_utf8_lossy(&finished.output)))
}

/// Reads `git diff-tree -z`: a commit's id, then pairs of a status and a path, each ended by NUL.
fn parse_touched(text: &str) -> HashMap<String, Touched> {
    let mut found: HashMap<String, Touched> = HashMap::new();
    let mut current = None;
    let mut parts = text.split('\0').map(|part| part.trim_start_matches('\n'));
    while let Some(part) = parts.next() {
        if part.parse::<CommitId>().is_ok() {
            current = Some(part.to_owned());
        } else if let (Some(id), Some(path)) = (&current, parts.next()) {
            let touched = found.entry(id.clone()).or_default();
            match part {
                "A" => touched.added.push(path.to_owned()),
                "D" => touched.removed.push(path.to_owned()),
                _ => touched.modified.push(path.to_owned()),
            }
        }
    }
    found
}
