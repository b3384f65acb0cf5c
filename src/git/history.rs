//! Commits: who made them, when, with which message, and the files that they touch.

use std::collections::HashMap;

use super::{CommitId, Git, Result};

/// How many commits one history lists at most: as many as a push event of GitHub's.
pub const HISTORY_LIMIT: usize = 2048;

/// The fields of `git log`, each ended by NUL, which no field can contain: id, tree, parents, author, committer, message.
const FORMAT: &str = "--format=%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x00";
const FIELDS: usize = 10;

/// Who wrote or applied a commit, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// When, in the format of RFC 3339.
    pub date: String,
}

/// The files that a commit touches. A merge touches none by itself, as on GitHub.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Touched {
    /// Those that it adds.
    pub added: Vec<String>,
    /// Those that it removes.
    pub removed: Vec<String>,
    /// Those that it changes.
    pub modified: Vec<String>,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The id.
    pub id: CommitId,
    /// The id of its tree.
    pub tree: String,
    /// The ids of the commits before it.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub author: Signature,
    /// Who applied it.
    pub committer: Signature,
    /// The whole message.
    pub message: String,
    /// The files that it touches.
    pub touched: Touched,
}

impl Commit {
    /// The first line of the message.
    pub fn subject(&self) -> &str {
        self.message.lines().next().unwrap_or_default()
    }
}

impl Git {
    /// Tells of one commit; `None` where there is no such commit.
    pub async fn describe(&self, commit: &CommitId) -> Result<Option<Commit>> {
        if self.commit_of(commit.as_str()).await?.is_none() {
            return Ok(None);
        }
        Ok(self.history(&["--max-count=1", commit.as_str()]).await?.pop())
    }

    /// Lists the commits of a range, as `git log` takes it, the oldest first; at most [`HISTORY_LIMIT`] of the newest.
    pub async fn history(&self, range: &[&str]) -> Result<Vec<Commit>> {
        let limit = format!("--max-count={HISTORY_LIMIT}");
        let mut arguments = vec!["log", "--reverse", &limit, FORMAT];
        arguments.extend_from_slice(range);
        arguments.push("--");
        let finished = self.run(arguments).await?;
        let text = String::from_utf8_lossy(&finished.output);
        let fields: Vec<&str> = text.split('\0').collect();
        let mut commits = fields.chunks_exact(FIELDS).map(commit).collect::<Result<Vec<Commit>>>()?;
        let ids: String = commits.iter().map(|commit| format!("{}\n", commit.id)).collect();
        let touched = self
            .command(["diff-tree", "--stdin", "--root", "-r", "-z", "--no-renames", "--name-status"])
            .input(ids)
            .succeed()
            .await?;
        let mut touched = parse_touched(&String::from_utf8_lossy(&touched.output));
        for commit in &mut commits {
            commit.touched = touched.remove(&commit.id).unwrap_or_default();
        }
        Ok(commits)
    }
}

/// Makes a commit of exactly [`FIELDS`] fields. `git log` ends each commit with a line end, which the next id follows.
fn commit(fields: &[&str]) -> Result<Commit> {
    let signature = |at: usize| Signature {
        name: fields[at].to_owned(),
        email: fields[at + 1].to_owned(),
        date: fields[at + 2].to_owned(),
    };
    Ok(Commit {
        id: fields[0].trim_start().parse()?,
        tree: fields[1].to_owned(),
        parents: fields[2].split_whitespace().map(str::to_owned).collect(),
        author: signature(3),
        committer: signature(6),
        message: fields[9].trim_end().to_owned(),
        touched: Touched::default(),
    })
}

/// Reads `git diff-tree -z`: a commit's id, then pairs of a status and a path, each ended by NUL.
fn parse_touched(text: &str) -> HashMap<CommitId, Touched> {
    let mut found: HashMap<CommitId, Touched> = HashMap::new();
    let mut current = None;
    let mut parts = text.split('\0').map(|part| part.trim_start_matches('\n'));
    while let Some(part) = parts.next() {
        if let Ok(id) = part.parse::<CommitId>() {
            current = Some(id);
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
