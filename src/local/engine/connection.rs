//! Connections as the engine keeps them, and the pushes that come through them.

use std::io;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::live::{Books, Engine, unwritten};
use super::machine::{RevisionKind, SourceOverride, StartTrigger, TriggerKind};
use super::record::{PipelineKey, Tags};
use super::structure::{Action, Provider, Structure};
use super::{Start, store::Store};
use crate::id::Environment;
use crate::local::{Fault, Push, PushListener, PushedReference};

const FILE: &str = "connections";

/// A connection to a provider of repositories. Here it is available at once; on AWS a person has to complete it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Connection {
    /// Its ARN.
    pub arn: String,
    /// The account and the region.
    pub environment: Environment,
    /// Its name.
    pub name: String,
    /// The provider, such as `GitHub`.
    pub provider: Option<String>,
    /// The host, for providers that somebody runs himself.
    pub host: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// Reads the connections back.
pub(super) fn load(store: &Store, books: &mut Books) -> io::Result<()> {
    let list: Vec<Connection> = store.load_list(FILE)?;
    books.connections = list.into_iter().map(|connection| (connection.arn.clone(), connection)).collect();
    Ok(())
}

fn save(store: &Store, books: &Books) -> Result<(), Fault> {
    let list: Vec<&Connection> = books.connections.values().collect();
    store.save_list(FILE, &list).map_err(|error| unwritten(&error))
}

impl Engine {
    /// Keeps a connection, new or changed.
    pub fn put_connection(&self, connection: Connection) -> Result<(), Fault> {
        let mut books = self.lock();
        books.connections.insert(connection.arn.clone(), connection);
        save(&self.0.store, &books)
    }

    /// The connection of an ARN.
    pub fn connection(&self, arn: &str) -> Option<Connection> {
        self.lock().connections.get(arn).cloned()
    }

    /// All connections of an account and region.
    pub fn connections(&self, environment: &Environment) -> Vec<Connection> {
        self.lock().connections.values().filter(|known| known.environment == *environment).cloned().collect()
    }

    /// Deletes a connection; gives what it was.
    pub fn delete_connection(&self, arn: &str) -> Result<Option<Connection>, Fault> {
        let mut books = self.lock();
        let removed = books.connections.remove(arn);
        save(&self.0.store, &books)?;
        Ok(removed)
    }

    /// The pipelines, with their source actions, that read a repository through a connection.
    fn connected(&self, repository: &str) -> Vec<(PipelineKey, Structure, Action)> {
        let books = self.lock();
        let mut found = Vec::new();
        for (key, record) in &books.pipelines {
            let structure = record.machine.structure();
            for (_, action) in structure.actions() {
                let reads = action.provider() == Some(Provider::Connection)
                    && action.setting("FullRepositoryId").is_some_and(|name| name.eq_ignore_ascii_case(repository));
                if reads {
                    found.push((key.clone(), structure.clone(), action.clone()));
                }
            }
        }
        found
    }

    /// Which files a push changed, with all its commits. Of a branch that it created, those of the last commit.
    async fn changed_files(&self, push: &Push) -> Vec<String> {
        let Some(git) = self.0.surroundings.repositories.repository(&push.repository) else { return Vec::new() };
        let mut arguments = vec!["diff-tree", "-r", "--root", "-z", "--no-commit-id", "--name-only"];
        match &push.before {
            Some(before) => arguments.extend([before.as_str(), push.commit.as_str()]),
            None => arguments.extend(["-m", "--first-parent", push.commit.as_str()]),
        }
        match git.command(arguments).succeed().await {
            Ok(finished) => String::from_utf8_lossy(&finished.output)
                .split('\0')
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            Err(error) => {
                tracing::warn!(%error, "the changed files of a push are not known");
                Vec::new()
            }
        }
    }
}

/// Tells whether a push starts a pipeline: by a trigger if there is one for the action, else by the action's own
/// detection of changes.
fn counts(structure: &Structure, action: &Action, pushed: &PushedReference, changed: &[String]) -> bool {
    let trigger = structure.triggers.iter().find(|trigger| trigger.git_configuration.source_action_name == action.name);
    match trigger {
        Some(trigger) => trigger.git_configuration.matches(pushed, changed),
        None => {
            let is_off = action.setting("DetectChanges").is_some_and(|value| value.eq_ignore_ascii_case("false"));
            let followed = action.setting("BranchName").map(|name| PushedReference::Branch(name.to_owned()));
            !is_off && followed.as_ref() == Some(pushed)
        }
    }
}

impl PushListener for Engine {
    fn pushed(&self, push: Push) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async move {
            let connected = self.connected(&push.repository.to_string());
            if connected.is_empty() {
                return Vec::new();
            }
            let changed = self.changed_files(&push).await;
            let mut said = Vec::new();
            for (key, structure, action) in connected {
                if !counts(&structure, &action, &push.reference, &changed) {
                    said.push(format!(
                        "pipeline {}: nothing of this push starts it, but `pipectl --local run` does",
                        key.name
                    ));
                    continue;
                }
                let detail = action.setting("ConnectionArn").unwrap_or_default().to_owned();
                let start = Start {
                    source_overrides: vec![SourceOverride {
                        action_name: action.name.clone(),
                        revision_type: RevisionKind::CommitId,
                        revision_value: push.commit.to_string(),
                    }],
                    ..Start::plain(StartTrigger { kind: TriggerKind::WebhookV2, detail })
                };
                said.push(match self.start(&key, start) {
                    Ok(id) => format!("pipeline {}: started execution {id}", key.name),
                    Err(fault) => format!("pipeline {}: {}", key.name, fault.message),
                });
            }
            said
        })
    }
}
