//! Taking the roles that publish.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Access, PublishError, StorePlan};
use crate::aws::Aws;
use crate::aws::identity::Assumption;
use crate::ops::role::NoRole;

/// How many roles are assumed, and how many stores are looked at, at once.
pub(super) const AT_ONCE: usize = 8;

/// Connects to every store, taking each role once.
pub(super) async fn all(aws: &Aws, stores: Vec<StorePlan>) -> Result<Vec<(StorePlan, Aws)>, PublishError> {
    let mut accesses: Vec<&Access> = Vec::new();
    for store in &stores {
        if !accesses.contains(&&store.access) {
            accesses.push(&store.access);
        }
    }
    let connections: HashMap<Access, Aws> = stream::iter(accesses)
        .map(|access| async move { Ok::<_, PublishError>((access.clone(), one(aws, access).await?)) })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let connected = stores.into_iter().filter_map(|store| {
        let connection = connections.get(&store.access)?.clone();
        Some((store, connection))
    });
    Ok(connected.collect())
}

/// Takes the role that publishes.
pub(super) async fn one(aws: &Aws, access: &Access) -> Result<Aws, PublishError> {
    let there = aws.in_region(&access.region);
    let Some(role) = &access.role else {
        return Ok(there);
    };
    let assumption = Assumption {
        role: role.clone(),
        session: "pipectl-publish".to_owned(),
        policy: None,
        external_id: access.external_id.clone(),
        tags: access.session_tags.clone(),
    };
    let source = match there.assume(&assumption).await {
        Ok(connection) => return Ok(connection),
        Err(source) => source,
    };
    let environment = access.environment();
    // Whoever publishes is of the account that has to be let in. If even that cannot be told, it is not what is wrong.
    let own = there.identity().await.map_or_else(|_| environment.account.clone(), |identity| identity.account);
    Err(NoRole::new(role.clone(), &environment, &own, source).into())
}
