//! The credentials of an assumed role, which are renewed before they end. A session lasts an hour; waiting for a stack may
//! take longer.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::Client;
use aws_sdk_sts::types::Tag;
use tokio::sync::Mutex;

use super::identity::Assumption;
use super::{Error, Result};

const OPERATION: &str = "sts:AssumeRole";

/// How long before their end credentials are renewed.
const MARGIN: Duration = Duration::from_secs(5 * 60);

/// Sessions of a role, one after the other.
#[derive(Debug)]
pub(super) struct AssumedRole {
    client: Client,
    assumption: Assumption,
    current: Mutex<Credentials>,
}

impl AssumedRole {
    /// Begins the first session, which tells whether the role can be assumed at all.
    pub async fn begin(client: Client, assumption: Assumption) -> Result<Self> {
        let first = session(&client, &assumption).await?;
        Ok(Self { client, assumption, current: Mutex::new(first) })
    }

    async fn current(&self) -> std::result::Result<Credentials, CredentialsError> {
        let mut current = self.current.lock().await;
        let ends_soon = current.expiry().is_some_and(|end| end < SystemTime::now() + MARGIN);
        if ends_soon {
            *current = session(&self.client, &self.assumption).await.map_err(CredentialsError::provider_error)?;
        }
        Ok(current.clone())
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.current())
    }
}

/// Assumes a role, for an hour.
async fn session(client: &Client, assumption: &Assumption) -> Result<Credentials> {
    let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build().ok();
    let tags: Option<Vec<Tag>> = some(assumption.tags.iter().filter_map(tag).collect());
    let keys = some(assumption.tags.iter().map(|(key, _)| key.clone()).collect());
    let answer = client
        .assume_role()
        .role_arn(&assumption.role)
        .role_session_name(&assumption.session)
        .set_policy(assumption.policy.clone())
        .set_external_id(assumption.external_id.clone())
        .set_tags(tags)
        .set_transitive_tag_keys(keys)
        .send()
        .await
        .map_err(Error::of(OPERATION))?;
    let given = answer.credentials().ok_or(Error::Incomplete { operation: OPERATION, what: "credentials" })?;
    let token = Some(given.session_token().to_owned());
    let end = SystemTime::try_from(*given.expiration()).ok();
    Ok(Credentials::new(given.access_key_id(), given.secret_access_key(), token, end, "pipectl"))
}

/// A list that is left out where it is empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
