//! Commands that change a repository.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use camino::Utf8Path;

use super::{CommitId, Error, Git, Result};
use crate::id::Secret;

/// How long a push or the packing of an archive may take.
const TRANSFER_LIMIT: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// Who commits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

impl Git {
    /// Makes the folder a checkout with an empty branch.
    pub async fn init(&self, branch: &str) -> Result<()> {
        self.run(["init", "--quiet", &format!("--initial-branch={branch}")]).await.map(drop)
    }

    /// Makes the folder a repository without a checkout.
    pub async fn init_bare(&self, branch: &str) -> Result<()> {
        self.run(["init", "--quiet", "--bare", &format!("--initial-branch={branch}")]).await.map(drop)
    }

    /// Commits everything in the checkout that no ignore rule names.
    pub async fn commit_all(&self, message: &str, author: &Author) -> Result<CommitId> {
        self.run(["add", "--all"]).await?;
        self.command(["commit", "--quiet", "--no-gpg-sign", "--message", message])
            .variable("GIT_AUTHOR_NAME", &author.name)
            .variable("GIT_AUTHOR_EMAIL", &author.email)
            .variable("GIT_COMMITTER_NAME", &author.name)
            .variable("GIT_COMMITTER_EMAIL", &author.email)
            .succeed()
            .await?;
        self.commit_of("HEAD").await?.ok_or_else(|| Error::NotACommit { text: "HEAD".to_owned() })
    }

    /// Pushes a refspec (`main`, `main:other`) and returns what the other side said.
    ///
    /// The token goes to Git by its environment: in an argument, every user of the machine could read it.
    pub async fn push(&self, url: &str, refspec: &str, token: Option<&Secret>) -> Result<Vec<String>> {
        let mut command = self.command(["push", url, refspec]).time_limit(TRANSFER_LIMIT);
        if let Some(token) = token {
            let credentials = BASE64_STANDARD.encode(format!("x-access-token:{}", token.expose()));
            command = command
                .variable("GIT_CONFIG_COUNT", "1")
                .variable("GIT_CONFIG_KEY_0", "http.extraHeader")
                .variable("GIT_CONFIG_VALUE_0", format!("Authorization: Basic {credentials}"));
        }
        let finished = command.succeed().await?;
        Ok(String::from_utf8_lossy(&finished.errors)
            .lines()
            .filter_map(|line| line.strip_prefix("remote: "))
            .map(|line| line.trim_end().to_owned())
            .collect())
    }

    /// Writes the files of a commit to a zip archive.
    pub async fn archive(&self, commit: &CommitId, target: &Utf8Path) -> Result<()> {
        self.command(["archive", "--format=zip", "--output", target.as_str(), commit.as_str()])
            .time_limit(TRANSFER_LIMIT)
            .succeed()
            .await?;
        Ok(())
    }
}
