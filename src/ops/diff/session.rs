//! Sessions that read the environments of stacks, one for each role.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::select::Subject;
use super::{AT_ONCE, DiffError, Unread};
use crate::assembly::resolve;
use crate::aws::Aws;
use crate::diagnostic::{Explain, FailureKind, chain};
use crate::id::{AccountId, Environment};
use crate::ops::assembly::assume;
use crate::ops::contents::{ALL, reading};
use crate::ops::role::NoRole;

/// Where a session is, and the role that it has.
type Key = (Environment, Option<String>);

/// The sessions.
pub(super) struct Sessions {
    /// The connection of whoever compares.
    own: Aws,
    open: HashMap<Key, Result<Aws, Unread>>,
}

impl Sessions {
    /// Takes each role once, narrowed to reading. A role that is not there, or may not be taken, keeps only its own stacks
    /// from being read.
    pub async fn open(aws: &Aws, own: &AccountId, subjects: &[&Subject<'_>]) -> Result<Self, DiffError> {
        let mut first: HashMap<Key, &Subject<'_>> = HashMap::new();
        for subject in subjects {
            first.entry(key(subject)).or_insert(subject);
        }
        let open = stream::iter(first)
            .map(|(key, subject)| async move {
                let environment = &subject.environment;
                let session = assume(aws, &subject.view, environment, "pipectl-diff", reading(ALL, environment)).await;
                match session {
                    Ok(session) => Ok((key, Ok(session))),
                    Err(source) => {
                        let role = resolve(&key.1.clone().unwrap_or_default(), environment);
                        let error = NoRole::new(role, environment, own, source);
                        if error.kind() != FailureKind::NotReady {
                            return Err(DiffError::NoRole(error));
                        }
                        let unread = Unread { message: chain(&error), hints: error.hints() };
                        Ok((key, Err(unread)))
                    }
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self { own: aws.clone(), open })
    }

    /// The session that reads a stack, or why there is none.
    pub fn of(&self, subject: &Subject<'_>) -> Result<&Aws, &Unread> {
        self.open.get(&key(subject)).map_or(Ok(&self.own), Result::as_ref)
    }
}

fn key(subject: &Subject<'_>) -> Key {
    (subject.environment.clone(), subject.view.stack.assume_role_arn.clone())
}
