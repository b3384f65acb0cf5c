//! Who one is (STS).

use aws_sdk_sts::types::Tag;

use super::{Aws, Credentials, Error, Result};
use crate::id::{AccountId, Secret};

/// Whom a connection's credentials belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// The principal's ARN.
    pub arn: String,
}

/// A role to be assumed.
#[derive(Debug, Clone, Default)]
pub struct Assumption {
    /// The role's ARN.
    pub role: String,
    /// The name of the session: 2 to 64 letters, digits and `=,.@-_`.
    pub session: String,
    /// A session policy (JSON), which narrows the role.
    pub policy: Option<String>,
    /// The external id, where the role's trust asks for one.
    pub external_id: Option<String>,
    /// Tags of the session, which sessions that follow from it keep.
    pub tags: Vec<(String, String)>,
}

impl Aws {
    /// Asks whom the credentials belong to.
    pub async fn identity(&self) -> Result<Identity> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let answer =
            aws_sdk_sts::Client::new(self.config()).get_caller_identity().send().await.map_err(Error::of(OPERATION))?;
        let missing = |what| Error::Incomplete { operation: OPERATION, what };
        Ok(Identity {
            account: answer.account().and_then(|account| account.parse().ok()).ok_or_else(|| missing("account"))?,
            arn: answer.arn().ok_or_else(|| missing("ARN"))?.to_owned(),
        })
    }

    /// Assumes a role, for an hour.
    pub async fn assume(&self, assumption: &Assumption) -> Result<Self> {
        const OPERATION: &str = "sts:AssumeRole";
        let tag = |(key, value): &(String, String)| Tag::builder().key(key).value(value).build().ok();
        let tags: Option<Vec<Tag>> = some(assumption.tags.iter().filter_map(tag).collect());
        let keys = some(assumption.tags.iter().map(|(key, _)| key.clone()).collect());
        let answer = aws_sdk_sts::Client::new(self.config())
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
        let credentials =
            answer.credentials().ok_or(Error::Incomplete { operation: OPERATION, what: "credentials" })?;
        Ok(self.with_credentials(&Credentials {
            access_key: credentials.access_key_id().to_owned(),
            secret_key: Secret::new(credentials.secret_access_key()),
            session_token: Some(Secret::new(credentials.session_token())),
        }))
    }
}

/// A list that is left out where it is empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
