//! Secrets (Secrets Manager).

use super::{Aws, Error, Result};
use crate::id::Secret;

/// The current value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretValue {
    /// What it holds.
    pub content: SecretContent,
    /// The id of this version; another after each rotation.
    pub version: String,
}

/// What a secret holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretContent {
    /// A text.
    Text(Secret),
    /// Bytes.
    Binary,
}

impl Aws {
    /// Reads a secret's current value; `None` when there is no such secret, or it has no value yet.
    pub async fn secret(&self, name: &str) -> Result<Option<SecretValue>> {
        const OPERATION: &str = "secretsmanager:GetSecretValue";
        let answer = aws_sdk_secretsmanager::Client::new(self.config()).get_secret_value().secret_id(name).send().await;
        let answer = match answer.map_err(Error::of(OPERATION)) {
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
            answer => answer?,
        };
        let version = answer.version_id().ok_or(Error::Incomplete { operation: OPERATION, what: "version" })?;
        Ok(Some(SecretValue {
            content: answer
                .secret_string()
                .map_or(SecretContent::Binary, |text| SecretContent::Text(Secret::new(text))),
            version: version.to_owned(),
        }))
    }

    /// Creates a secret with a text.
    pub async fn create_secret(&self, name: &str, text: &Secret) -> Result<()> {
        aws_sdk_secretsmanager::Client::new(self.config())
            .create_secret()
            .name(name)
            .secret_string(text.expose())
            .send()
            .await
            .map_err(Error::of("secretsmanager:CreateSecret"))?;
        Ok(())
    }
}
