//! Connections to the environments in which a pipeline's CloudFormation actions work.

use crate::aws::identity::Assumption;
use crate::aws::{self, Aws};
use crate::id::{AccountId, Region};

/// Whose credentials are used where an action works in the account of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// The caller's own: enough to read, and no role needs to trust the caller.
    Caller,
    /// The action's role, which may change what the action may change.
    ActionRole,
}

/// Opens connections; asks whom the caller's credentials belong to only once.
#[derive(Debug)]
pub struct ActionAccess<'a> {
    aws: &'a Aws,
    account: tokio::sync::OnceCell<AccountId>,
}

impl<'a> ActionAccess<'a> {
    /// Starts from the connection to the pipeline's own environment.
    pub fn new(aws: &'a Aws) -> Self {
        Self { aws, account: tokio::sync::OnceCell::new() }
    }

    /// Connects to where an action with this role and region works.
    pub async fn connect(&self, role: Option<&str>, region: Option<&str>, preference: Preference) -> aws::Result<Aws> {
        let region: Option<Region> = region.and_then(|region| region.parse().ok());
        let there = region.map_or_else(|| self.aws.clone(), |region| self.aws.in_region(&region));
        let Some(role) = role else { return Ok(there) };
        let is_own_account = match preference {
            Preference::ActionRole => false,
            Preference::Caller => AccountId::of_role(role).as_ref() == Some(self.caller_account().await?),
        };
        if is_own_account {
            return Ok(there);
        }
        there
            .assume(&Assumption { role: role.to_owned(), session: "pipectl".to_owned(), ..Assumption::default() })
            .await
    }

    async fn caller_account(&self) -> aws::Result<&AccountId> {
        self.account.get_or_try_init(|| async { Ok(self.aws.identity().await?.account) }).await
    }
}
