//! The repositories that source actions read.

use super::github::Hub;
use crate::git::Git;
use crate::id::{Repository, Secret};

/// Knows the repositories of the endpoint's Git, and who may read them.
pub trait Repositories: Send + Sync + 'static {
    /// Opens a repository; `None` where there is none.
    fn repository(&self, repository: &Repository) -> Option<Git>;

    /// Tells whether a token may read repositories.
    fn accepts(&self, token: &Secret) -> bool;
}

impl Repositories for Hub {
    fn repository(&self, repository: &Repository) -> Option<Git> {
        Self::repository(self, repository)
    }

    fn accepts(&self, token: &Secret) -> bool {
        Self::accepts(self, token.expose())
    }
}
