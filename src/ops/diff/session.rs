//! Sessions that read the environments of stacks, one for each role.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::select::Subject;
use super::{AT_ONCE, DiffError};
use crate::assembly::resolve;
use crate::aws::Aws;
use crate::id::Environment;
use crate::ops::assembly::assume;
use crate::ops::contents::reading;

/// Where a session is, and the role that it has.
type Key = (Environment, Option<String>);

/// The sessions.
pub(super) struct Sessions {
    /// The connection of whoever compares.
    own: Aws,
    open: HashMap<Key, Aws>,
}

impl Sessions {
    /// Takes each role once, narrowed to reading.
    pub async fn open(aws: &Aws, subjects: &[&Subject<'_>]) -> Result<Self, DiffError> {
        let mut first: HashMap<Key, &Subject<'_>> = HashMap::new();
        for subject in subjects {
            first.entry(key(subject)).or_insert(subject);
        }
        let open = stream::iter(first)
            .map(|(key, subject)| async move {
                let environment = &subject.environment;
                let session = assume(aws, &subject.view, environment, "pipectl-diff", reading("*", environment)).await;
                match session {
                    Ok(session) => Ok((key, session)),
                    Err(source) => Err(DiffError::NoRole {
                        role: resolve(&key.1.unwrap_or_default(), environment),
                        environment: environment.clone(),
                        source: Box::new(source),
                    }),
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(Self { own: aws.clone(), open })
    }

    /// The session that reads a stack.
    pub fn of(&self, subject: &Subject<'_>) -> &Aws {
        self.open.get(&key(subject)).unwrap_or(&self.own)
    }
}

fn key(subject: &Subject<'_>) -> Key {
    (subject.environment.clone(), subject.view.stack.assume_role_arn.clone())
}
