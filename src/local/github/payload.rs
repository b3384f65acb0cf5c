//! The `push` event of GitHub's webhooks
//! (<https://docs.github.com/en/webhooks/webhook-events-and-payloads#push>), and its description of a repository.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Hub;
use super::updates::Update;
use crate::git::{Commit, CommitId, Git, Result, Signature};
use crate::id::Repository;

/// The user whom every token belongs to.
pub(super) const USER: &str = "pipectl";

/// The mail address of that user, in a domain that cannot exist.
const USER_EMAIL: &str = "pipectl@localhost.invalid";

/// What GitHub gives instead of a commit that does not exist.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

/// Describes one changed reference as GitHub does.
pub(super) async fn push_event(hub: &Hub, repository: &Repository, git: &Git, update: &Update) -> Result<Value> {
    let commits = match &update.after {
        Some(after) => new_commits(git, update, after).await?,
        None => Vec::new(),
    };
    let head = match &update.after {
        Some(after) => git.describe(after).await?,
        None => None,
    };
    let before = update.before.as_ref().map_or(NO_COMMIT, CommitId::as_str);
    let after = update.after.as_ref().map_or(NO_COMMIT, CommitId::as_str);
    let url = web_url(hub, repository);
    Ok(json!({
        "ref": update.reference,
        "before": before,
        "after": after,
        "repository": repository_description(hub, repository, git).await?,
        "pusher": {"name": USER, "email": USER_EMAIL},
        "sender": user_description(hub),
        "created": update.before.is_none(),
        "deleted": update.after.is_none(),
        "forced": is_forced(git, update).await?,
        "base_ref": null,
        "compare": format!("{url}/compare/{before}...{after}"),
        "commits": commits.iter().map(|commit| commit_description(&url, commit)).collect::<Vec<Value>>(),
        "head_commit": head.map(|commit| commit_description(&url, &commit)),
    }))
}

/// Describes a repository: the fields that clients read, of the many that GitHub gives.
pub(super) async fn repository_description(hub: &Hub, repository: &Repository, git: &Git) -> Result<Value> {
    let api = format!("{}/repos/{repository}", hub.api_url());
    let web = web_url(hub, repository);
    let default_branch = git.branch().await?.unwrap_or_else(|| super::FIRST_BRANCH.to_owned());
    Ok(json!({
        "id": id_of(repository.as_str()),
        "node_id": format!("R_{}", id_of(repository.as_str())),
        "name": repository.name(),
        "full_name": repository,
        "private": true,
        "visibility": "private",
        "owner": {
            "login": repository.owner(),
            "name": repository.owner(),
            "id": id_of(repository.owner()),
            "type": "User",
            "url": format!("{}/users/{}", hub.api_url(), repository.owner()),
        },
        "html_url": web,
        "url": api,
        "hooks_url": format!("{api}/hooks"),
        "branches_url": format!("{api}/branches{{/branch}}"),
        "clone_url": hub.clone_url(repository),
        "default_branch": default_branch,
        "master_branch": default_branch,
        "fork": false,
        "archived": false,
        "disabled": false,
    }))
}

/// Describes the user whom every token belongs to.
pub(super) fn user_description(hub: &Hub) -> Value {
    json!({
        "login": USER,
        "id": id_of(USER),
        "node_id": format!("U_{}", id_of(USER)),
        "type": "User",
        "site_admin": false,
        "url": format!("{}/users/{USER}", hub.api_url()),
    })
}

/// A number that stays the same for the same name, in the range that clients expect of ids.
pub(super) fn id_of(name: &str) -> u32 {
    let digest = Sha256::digest(name);
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) >> 1
}

fn web_url(hub: &Hub, repository: &Repository) -> String {
    hub.clone_url(repository).trim_end_matches(".git").to_owned()
}

/// The commits that a push brings: those between before and after, or those of a new reference that no branch has.
async fn new_commits(git: &Git, update: &Update, after: &CommitId) -> Result<Vec<Commit>> {
    match (&update.before, update.branch()) {
        (Some(before), _) => git.history(&[&format!("{before}..{after}")]).await,
        (None, Some(branch)) => {
            let itself = format!("--exclude={branch}");
            git.history(&[after.as_str(), "--not", &itself, "--branches"]).await
        }
        (None, None) => git.history(&[after.as_str(), "--not", "--branches"]).await,
    }
}

/// Tells whether a reference was moved to a commit that does not follow its old one.
async fn is_forced(git: &Git, update: &Update) -> Result<bool> {
    let (Some(before), Some(after)) = (&update.before, &update.after) else {
        return Ok(false);
    };
    let finished = git.command(["merge-base", "--is-ancestor", before.as_str(), after.as_str()]).run().await?;
    Ok(!finished.exit.is_success())
}

fn commit_description(web_url: &str, commit: &Commit) -> Value {
    let person =
        |signature: &Signature| json!({"name": signature.name, "email": signature.email, "date": signature.date});
    json!({
        "id": commit.id.as_str(),
        "tree_id": commit.tree,
        "distinct": true,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "url": format!("{web_url}/commit/{}", commit.id),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "added": commit.touched.added,
        "removed": commit.touched.removed,
        "modified": commit.touched.modified,
    })
}
