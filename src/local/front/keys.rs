//! Whose access keys are whose.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::id::AccountId;
use crate::local::account_key::Seed;
use crate::local::authority::{Authority, Credential};
use crate::local::contract::Fault;

/// How long an answer of the emulator is trusted: short enough for a key that is deleted meanwhile.
const TRUST: Duration = Duration::from_secs(10);

/// How many answers are kept.
const KEPT: usize = 1000;

/// The keys of account roots, which the front itself knows, and all others, for which it asks the emulator.
#[derive(Debug)]
pub struct Keys {
    seed: Seed,
    authority: Authority,
    registered: Mutex<HashSet<AccountId>>,
    known: Mutex<HashMap<String, (Instant, Credential)>>,
}

impl Keys {
    /// Makes the look-up of an instance's keys.
    pub fn new(seed: Seed, authority: Authority) -> Self {
        Self { seed, authority, registered: Mutex::default(), known: Mutex::default() }
    }

    /// Looks a key up; `None` for an unknown one.
    pub async fn find(&self, access_key: &str) -> Result<Option<Credential>, Fault> {
        if let Some(account) = self.seed.account_of(access_key) {
            return self.root(account).await.map(Some);
        }
        if let Some((since, credential)) = self.known.lock().await.get(access_key)
            && since.elapsed() < TRUST
        {
            return Ok(Some(credential.clone()));
        }
        let found = self.authority.credential(access_key).await?;
        let mut known = self.known.lock().await;
        known.retain(|_, (since, _)| since.elapsed() < TRUST);
        if let Some(credential) = &found
            && known.len() < KEPT
        {
            known.insert(access_key.to_owned(), (Instant::now(), credential.clone()));
        }
        Ok(found)
    }

    /// Makes an account's root known to the emulator, once.
    async fn root(&self, account: AccountId) -> Result<Credential, Fault> {
        let credentials = self.seed.credentials(&account);
        let mut registered = self.registered.lock().await;
        if !registered.contains(&account) {
            self.authority.register_root(&account, &credentials).await?;
            registered.insert(account.clone());
        }
        Ok(Credential {
            secret: credentials.secret_key,
            session_token: None,
            arn: format!("arn:aws:iam::{account}:root"),
            account,
        })
    }
}
