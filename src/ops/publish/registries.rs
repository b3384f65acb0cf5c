//! The registries that images go to, and who one is there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::connect;
use super::execute::Run;
use super::look::Repository;
use super::{Access, PublishError};
use crate::container::Engine;

/// The registries. An engine knows one login for each, so one image after the other goes there.
#[derive(Debug, Default)]
pub(super) struct Registries {
    lanes: StdMutex<HashMap<String, Arc<Mutex<Option<Access>>>>>,
    /// Engines keep all logins in one file, which two of them at once might spoil.
    turn: Mutex<()>,
}

/// The right to use a registry as who one is there; others wait until it is dropped.
pub(super) type Lane = OwnedMutexGuard<Option<Access>>;

impl Registries {
    async fn lane(&self, registry: &str) -> Lane {
        let lane = {
            let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(registry.to_owned()).or_default())
        };
        lane.lock_owned().await
    }
}

/// Waits for the registry of a repository, and makes sure that the engine may use it.
pub(super) async fn log_in(run: &Run, engine: &Engine, repository: &Repository) -> Result<Lane, PublishError> {
    let name = repository.registry();
    let mut lane = run.registries.lane(name).await;
    if lane.as_ref() != Some(&repository.access) {
        // A role is good for an hour, and builds may take longer, so it is assumed anew.
        let registry = connect::one(&run.aws, &repository.access).await?.registry();
        let login = registry.login().await.map_err(|source| PublishError::Repository {
            repository: repository.name.clone(),
            environment: repository.access.environment(),
            source: source.into(),
        })?;
        let _turn = run.registries.turn.lock().await;
        engine
            .login(name, &login.user, &login.password)
            .await
            .map_err(|source| PublishError::Login { registry: name.to_owned(), source: source.into() })?;
        *lane = Some(repository.access.clone());
    }
    Ok(lane)
}
