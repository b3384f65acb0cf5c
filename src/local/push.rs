//! How a push to the endpoint's Git reaches pipelines: by webhook, as on GitHub, or by a connection's listener.
//!
//! The Git server asks for webhooks and tells listeners before it answers the push, so when `git push` returns, the
//! executions that it causes have started. What they say is shown to whoever pushes.

use futures_util::future::BoxFuture;

use crate::git::CommitId;
use crate::id::{Repository, Secret};

/// A webhook to deliver a push to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    /// What the pusher is told that the webhook is called.
    pub name: String,
    /// Where the push is delivered. Only addresses of this machine are called.
    pub url: String,
    /// The key of the signature; without it, deliveries are not signed.
    pub secret: Option<Secret>,
}

/// Knows the webhooks that pipelines registered.
pub trait Webhooks: Send + Sync + 'static {
    /// Lists the webhooks of a repository.
    fn targets(&self, repository: &Repository) -> Vec<WebhookTarget>;
}

/// What a push created or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushedReference {
    /// A branch, without `refs/heads/`.
    Branch(String),
    /// A tag, without `refs/tags/`.
    Tag(String),
}

/// A branch or a tag that was created or moved by a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The repository.
    pub repository: Repository,
    /// The branch or the tag.
    pub reference: PushedReference,
    /// Its commit before; none if the push created it.
    pub before: Option<CommitId>,
    /// Its new commit.
    pub commit: CommitId,
    /// The first line of that commit's message.
    pub subject: String,
}

/// Wants to know of pushes: the sources that use a connection.
pub trait PushListener: Send + Sync + 'static {
    /// Takes note of a push; returns what the pusher is to be told, line by line.
    fn pushed(&self, push: Push) -> BoxFuture<'_, Vec<String>>;
}
