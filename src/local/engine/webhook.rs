//! Webhooks as the engine keeps them.

use std::io;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::live::{Books, Engine, unwritten};
use super::machine::{ExecutionId, RevisionKind, SourceOverride, StartTrigger, TriggerKind};
use super::record::{PipelineKey, Secrets, Tags};
use super::structure::{Action, Provider};
use super::{Start, store::Store};
use crate::git::CommitId;
use crate::id::{Environment, Repository, Secret};
use crate::local::{Fault, WebhookTarget, Webhooks};

const FILE: &str = "webhooks";
const SECRETS: &str = "webhook-secrets";

/// A webhook: an address whose calls start a pipeline.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Webhook {
    /// The last part of its address, which nobody can guess.
    pub id: String,
    /// The account and the region.
    pub environment: Environment,
    /// Its name, unique there.
    pub name: String,
    /// The pipeline that it starts.
    pub pipeline: String,
    /// The source action that it starts.
    pub action: String,
    /// What a call must say; all of them must match.
    pub filters: Vec<Filter>,
    /// How a call proves whence it comes.
    pub authentication: Authentication,
    /// Whether the third party knows of it.
    pub registration: Registration,
    /// When it last started its pipeline.
    pub last_triggered: Option<Timestamp>,
    /// Its tags.
    pub tags: Tags,
    /// The key of the signatures, which is written to a file of its own.
    #[serde(skip)]
    pub secret: Option<Secret>,
}

/// What a call of a webhook must say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filter {
    /// The place in the call's JSON, such as `$.ref`.
    pub json_path: String,
    /// What must stand there; `{Branch}` is the value of the action's configuration. Without it, anything may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_equals: Option<String>,
}

/// How a call proves whence it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authentication {
    /// By a signature as GitHub makes it.
    GitHubHmac,
    /// Not at all.
    Unauthenticated,
}

/// Whether the third party knows of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Registration {
    /// It does, and calls it.
    Registered,
    /// It does not.
    Unregistered,
}

impl Webhook {
    /// The webhook's ARN.
    pub fn arn(&self) -> String {
        webhook_arn(&self.environment, &self.name)
    }

    /// The pipeline that it starts.
    pub fn target(&self) -> PipelineKey {
        PipelineKey { environment: self.environment.clone(), name: self.pipeline.clone() }
    }
}

/// The ARN of a webhook.
pub fn webhook_arn(environment: &Environment, name: &str) -> String {
    format!("arn:aws:codepipeline:{}:{}:webhook:{name}", environment.region, environment.account)
}

/// Reads the webhooks back.
pub(super) fn load(store: &Store, books: &mut Books) -> io::Result<()> {
    let list: Vec<Webhook> = store.load_list(FILE)?;
    let mut secrets = store.load_secrets(SECRETS)?;
    for mut webhook in list {
        webhook.secret = secrets.remove(&webhook.id);
        books.webhooks.insert(webhook.id.clone(), webhook);
    }
    Ok(())
}

fn save(store: &Store, books: &Books) -> Result<(), Fault> {
    let list: Vec<&Webhook> = books.webhooks.values().collect();
    let secrets: Secrets =
        list.iter().filter_map(|webhook| Some((webhook.id.clone(), webhook.secret.clone()?))).collect();
    store.save_secrets(SECRETS, &secrets).and_then(|()| store.save_list(FILE, &list)).map_err(|error| unwritten(&error))
}

impl Engine {
    /// The address of a webhook.
    pub fn webhook_url(&self, webhook: &Webhook) -> String {
        format!("{}/webhooks/{}", self.0.surroundings.endpoint, webhook.id)
    }

    /// Makes a webhook, or changes the one of the same name, which keeps its address and its registration.
    pub fn put_webhook(&self, mut webhook: Webhook) -> Result<Webhook, Fault> {
        self.check_exists(&webhook.target())?;
        let mut books = self.lock();
        let known = books
            .webhooks
            .values()
            .find(|known| known.environment == webhook.environment && known.name == webhook.name);
        if let Some(known) = known {
            webhook.id = known.id.clone();
            webhook.registration = known.registration;
            webhook.last_triggered = known.last_triggered;
        }
        books.webhooks.insert(webhook.id.clone(), webhook.clone());
        save(&self.0.store, &books)?;
        Ok(webhook)
    }

    /// Changes a webhook; `None` when there is none of that name.
    pub fn change_webhook<T>(
        &self,
        environment: &Environment,
        name: &str,
        change: impl FnOnce(&mut Webhook) -> T,
    ) -> Result<Option<T>, Fault> {
        let mut books = self.lock();
        let found = books.webhooks.values_mut().find(|known| known.environment == *environment && known.name == name);
        let Some(webhook) = found else { return Ok(None) };
        let answer = change(webhook);
        save(&self.0.store, &books)?;
        Ok(Some(answer))
    }

    /// Deletes a webhook; one that is not there is no error.
    pub fn delete_webhook(&self, environment: &Environment, name: &str) -> Result<(), Fault> {
        let mut books = self.lock();
        books.webhooks.retain(|_, known| known.environment != *environment || known.name != name);
        save(&self.0.store, &books)
    }

    /// All webhooks of an account and region, in the order of their names.
    pub fn webhooks(&self, environment: &Environment) -> Vec<Webhook> {
        let mut list: Vec<Webhook> =
            self.lock().webhooks.values().filter(|webhook| webhook.environment == *environment).cloned().collect();
        list.sort_by(|left, right| left.name.cmp(&right.name));
        list
    }

    /// The webhook of an address.
    pub fn webhook(&self, id: &str) -> Option<Webhook> {
        self.lock().webhooks.get(id).cloned()
    }

    /// The source action that a webhook starts, as its pipeline stands now.
    pub fn webhook_action(&self, webhook: &Webhook) -> Option<Action> {
        self.read(&webhook.target(), |record| {
            let structure = record.machine.structure();
            structure.stages.first()?.action(&webhook.action).cloned()
        })
        .ok()
        .flatten()
    }

    /// Starts the pipeline of a webhook, with the commit that was pushed if it is the branch's newest. A delivery that
    /// comes again starts nothing new.
    pub async fn trigger_webhook(
        &self,
        webhook: &Webhook,
        action: &Action,
        commit: Option<&str>,
        delivery: Option<&str>,
    ) -> Result<ExecutionId, Fault> {
        let newest = self.newest_commit(action).await;
        let commit = commit.filter(|commit| newest.as_ref().is_some_and(|newest| newest.as_str() == *commit));
        let start = Start {
            client_token: delivery.map(|delivery| format!("{}/{delivery}", webhook.id)),
            source_overrides: commit
                .into_iter()
                .map(|commit| SourceOverride {
                    action_name: webhook.action.clone(),
                    revision_type: RevisionKind::CommitId,
                    revision_value: commit.to_owned(),
                })
                .collect(),
            ..Start::plain(StartTrigger { kind: TriggerKind::Webhook, detail: webhook.arn() })
        };
        let id = self.start(&webhook.target(), start)?;
        self.change_webhook(&webhook.environment, &webhook.name, |webhook| {
            webhook.last_triggered = Some(Timestamp::now());
        })?;
        Ok(id)
    }

    /// The newest commit of the branch that a GitHub source reads.
    pub(super) async fn newest_commit(&self, action: &Action) -> Option<CommitId> {
        let repository = format!("{}/{}", action.setting("Owner")?, action.setting("Repo")?).parse().ok()?;
        let git = self.0.surroundings.repositories.repository(&repository)?;
        git.commit_of(&format!("refs/heads/{}", action.setting("Branch")?)).await.ok()?
    }
}

impl Webhooks for Engine {
    fn targets(&self, repository: &Repository) -> Vec<WebhookTarget> {
        let registered: Vec<Webhook> = self
            .lock()
            .webhooks
            .values()
            .filter(|webhook| webhook.registration == Registration::Registered)
            .cloned()
            .collect();
        registered
            .into_iter()
            .filter(|webhook| self.webhook_action(webhook).is_some_and(|action| reads(&action, repository)))
            .map(|webhook| WebhookTarget {
                name: webhook.name.clone(),
                url: self.webhook_url(&webhook),
                secret: webhook.secret.clone(),
            })
            .collect()
    }
}

/// Tells whether a source action reads a repository of GitHub.
fn reads(action: &Action, repository: &Repository) -> bool {
    action.provider() == Some(Provider::GitHub)
        && action.setting("Owner").is_some_and(|owner| owner.eq_ignore_ascii_case(repository.owner()))
        && action.setting("Repo").is_some_and(|name| name.eq_ignore_ascii_case(repository.name()))
}
