//! Who one is (STS).

use super::assumed::AssumedRole;
use super::{Aws, Error, Result};
use crate::id::AccountId;

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

    /// Assumes a role, for as long as the connection is used.
    pub async fn assume(&self, assumption: &Assumption) -> Result<Self> {
        let client = aws_sdk_sts::Client::new(self.config());
        Ok(self.with_provider(AssumedRole::begin(client, assumption.clone()).await?))
    }
}
