//! Git, run as a program: what a checkout holds, and the few commands that change one.
//!
//! The user's own configuration holds for his checkouts ([`Git::at`]); repositories that pipectl makes itself see no
//! configuration but their own ([`Git::isolated`]). Neither ever prompts.

mod change;
mod error;
mod history;
mod remote;

use std::fmt;
use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};

pub use change::Author;
pub use error::{Error, Result};
pub use history::{Commit, HISTORY_LIMIT, Signature, Touched};
pub use remote::{Hosted, Remote};

use crate::process::{Command, Finished};

/// Variables that Git sets in hooks, and that would lead a command to another repository than its folder's.
const AMBIENT: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
];

/// The id of a commit: 40 hexadecimal digits, or 64 in a SHA-256 repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(String);

impl CommitId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CommitId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_hexadecimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hexadecimal && matches!(text.len(), 40 | 64) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::NotACommit { text: text.chars().take(80).collect() })
        }
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whose configuration Git reads besides the repository's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Configuration {
    User,
    None,
}

/// How a file of a checkout relates to a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// The revision holds the same content.
    Same,
    /// The revision holds other content.
    Differs,
    /// The revision does not hold the file, or there is no such revision.
    Missing,
}

/// Git, run in one folder.
#[derive(Debug, Clone)]
pub struct Git {
    folder: Utf8PathBuf,
    configuration: Configuration,
}

impl Git {
    /// Works in a folder of the user's, with his configuration.
    pub fn at(folder: impl Into<Utf8PathBuf>) -> Self {
        Self { folder: folder.into(), configuration: Configuration::User }
    }

    /// Works in a folder of pipectl's own, with no configuration but the repository's.
    pub fn isolated(folder: impl Into<Utf8PathBuf>) -> Self {
        Self { folder: folder.into(), configuration: Configuration::None }
    }

    /// The folder.
    pub fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// Describes a Git command in the folder.
    pub fn command<T: AsRef<str>>(&self, arguments: impl IntoIterator<Item = T>) -> Command {
        let arguments: Vec<String> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
        let verb = arguments.iter().find(|argument| !argument.starts_with('-')).map_or("", String::as_str);
        let mut command = Command::new("git")
            .described(format!("git {verb}"))
            .obtained_by("install Git 2.31 or newer: https://git-scm.com/downloads")
            .arguments(&arguments)
            .folder(&self.folder)
            .variable("GIT_TERMINAL_PROMPT", "0")
            .variable("LC_ALL", "C");
        for name in AMBIENT {
            command = command.without_variable(name);
        }
        match self.configuration {
            Configuration::User => command,
            Configuration::None => command
                .variable("GIT_CONFIG_GLOBAL", "/dev/null")
                .variable("GIT_CONFIG_NOSYSTEM", "1")
                .without_variable("GIT_CONFIG_COUNT")
                .without_variable("GIT_CONFIG_PARAMETERS")
                .variable("GIT_ASKPASS", "true")
                .without_variable("SSH_ASKPASS"),
        }
    }

    async fn run<T: AsRef<str>>(&self, arguments: impl IntoIterator<Item = T>) -> Result<Finished> {
        Ok(self.command(arguments).succeed().await?)
    }

    /// Runs a command that reports "no such thing" by exit code 1 or 128; gives its output as text otherwise.
    async fn ask<T: AsRef<str>>(&self, arguments: impl IntoIterator<Item = T>) -> Result<Option<String>> {
        let finished = self.command(arguments).run().await?;
        Ok(finished.exit.is_success().then(|| finished.text()))
    }

    /// Checks that Git can be run.
    pub async fn check(&self) -> Result<()> {
        self.run(["--version"]).await.map(drop)
    }

    /// The top-level folder of the checkout that contains the folder.
    pub async fn top_level(&self) -> Result<Utf8PathBuf> {
        self.ask(["rev-parse", "--show-toplevel"])
            .await?
            .map(Utf8PathBuf::from)
            .ok_or_else(|| Error::NotARepository { folder: self.folder.clone() })
    }

    /// The branch that is checked out; `None` when it is a commit.
    pub async fn branch(&self) -> Result<Option<String>> {
        self.ask(["symbolic-ref", "--quiet", "--short", "HEAD"]).await
    }

    /// The commit that a revision names: a branch, `HEAD`, `refs/remotes/origin/main`.
    pub async fn commit_of(&self, revision: &str) -> Result<Option<CommitId>> {
        let named = format!("{revision}^{{commit}}");
        let answer = self.ask(["rev-parse", "--verify", "--quiet", "--end-of-options", &named]).await?;
        answer.map(|text| text.parse()).transpose()
    }

    /// The remotes of the checkout, as the user's configuration rewrites them.
    pub async fn remotes(&self) -> Result<Vec<Remote>> {
        let answer = self.ask(["remote", "--verbose"]).await?;
        Ok(remote::parse_list(&answer.unwrap_or_default()))
    }

    /// Reads a file as a revision holds it; `None` where it holds none. The path is relative to the top level.
    pub async fn read(&self, revision: &str, path: &Utf8Path) -> Result<Option<Vec<u8>>> {
        let named = format!("{revision}:{path}");
        let finished = self.command(["cat-file", "blob", &named]).run().await?;
        Ok(finished.exit.is_success().then_some(finished.output))
    }

    /// Compares a file of the checkout with a revision's. The path is relative to the folder, which must be the top level.
    pub async fn compare(&self, revision: &str, path: &Utf8Path) -> Result<FileState> {
        let named = format!("{revision}:{path}");
        let Some(theirs) = self.ask(["rev-parse", "--verify", "--quiet", "--end-of-options", &named]).await? else {
            return Ok(FileState::Missing);
        };
        let filters = format!("--path={path}");
        // Hashing through the checkout's filters keeps a difference in line ends from counting.
        let ours = self.ask(["hash-object", &filters, "--", path.as_str()]).await?;
        Ok(if ours.as_deref() == Some(theirs.as_str()) { FileState::Same } else { FileState::Differs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Git) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().canonicalize().unwrap()).unwrap();
        (folder, Git::isolated(path))
    }

    fn author() -> Author {
        Author { name: "Ada".to_owned(), email: "ada@example.com".to_owned() }
    }

    #[tokio::test]
    async fn a_folder_outside_any_checkout_is_told_apart() {
        let (_kept, git) = folder();
        assert!(matches!(git.top_level().await, Err(Error::NotARepository { .. })));
    }

    #[tokio::test]
    async fn a_checkout_tells_its_branch_commit_and_files() {
        let (_kept, git) = folder();
        git.init("feature/one").await.unwrap();
        assert_eq!(git.branch().await.unwrap().as_deref(), Some("feature/one"));
        assert_eq!(git.commit_of("HEAD").await.unwrap(), None);
        let path = Utf8Path::new("pipeline.toml");
        fs_err::write(git.folder().join(path), "one\n").unwrap();
        assert_eq!(git.compare("HEAD", path).await.unwrap(), FileState::Missing);
        let commit = git.commit_all("First", &author()).await.unwrap();
        assert_eq!(git.commit_of("HEAD").await.unwrap(), Some(commit.clone()));
        assert_eq!(git.compare("HEAD", path).await.unwrap(), FileState::Same);
        fs_err::write(git.folder().join(path), "two\n").unwrap();
        assert_eq!(git.compare("HEAD", path).await.unwrap(), FileState::Differs);
        assert_eq!(git.read("HEAD", path).await.unwrap().as_deref(), Some(&b"one\n"[..]));
        assert_eq!(git.read("HEAD", Utf8Path::new("none")).await.unwrap(), None);
        assert_eq!(git.top_level().await.unwrap(), git.folder());
        let described = git.describe(&commit).await.unwrap().unwrap();
        assert_eq!((described.subject(), described.author.name.as_str()), ("First", "Ada"));
        assert_eq!(described.touched.added, ["pipeline.toml"]);
        assert_eq!(git.describe(&"0".repeat(40).parse().unwrap()).await.unwrap(), None);
        let archive = git.folder().join("out.zip");
        git.archive(&commit, &archive).await.unwrap();
        assert!(fs_err::read(&archive).unwrap().starts_with(b"PK"));
    }

    #[tokio::test]
    async fn a_push_to_a_folder_moves_the_branch() {
        let (_kept, git) = folder();
        let (_kept_too, bare) = folder();
        bare.init_bare("main").await.unwrap();
        git.init("main").await.unwrap();
        fs_err::write(git.folder().join("file"), "1").unwrap();
        let commit = git.commit_all("First", &author()).await.unwrap();
        git.push(bare.folder().as_str(), "main", None).await.unwrap();
        assert_eq!(bare.commit_of("refs/heads/main").await.unwrap(), Some(commit));
    }
}
