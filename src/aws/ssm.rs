//! The parameter store (SSM).

use aws_sdk_ssm::types::{Parameter, ParameterType};

use super::{Aws, Error, Result};

const OPERATION: &str = "ssm:GetParameter";

/// What a parameter holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredParameter {
    /// A text that everybody may see who may see the parameter; a list joined by commas.
    Plain(String),
    /// A secret (`SecureString`), which was not decrypted.
    Secret,
}

impl Aws {
    /// Reads a parameter; `None` when there is none.
    pub async fn parameter(&self, name: &str) -> Result<Option<String>> {
        Ok(self.get_parameter(name).await?.map(|(_, value)| value))
    }

    /// Reads a parameter and tells whether it is a secret; `None` when there is none.
    pub async fn stored_parameter(&self, name: &str) -> Result<Option<StoredParameter>> {
        let found = self.get_parameter(name).await?;
        Ok(found.map(|(parameter, value)| match parameter.r#type {
            Some(ParameterType::SecureString) => StoredParameter::Secret,
            _ => StoredParameter::Plain(value),
        }))
    }

    async fn get_parameter(&self, name: &str) -> Result<Option<(Parameter, String)>> {
        let answer = aws_sdk_ssm::Client::new(self.config()).get_parameter().name(name).send().await;
        match answer.map_err(Error::of(OPERATION)) {
            Err(error) if error.code() == Some("ParameterNotFound") => Ok(None),
            answer => answer?
                .parameter
                .and_then(|parameter| parameter.value.clone().map(|value| (parameter, value)))
                .map(Some)
                .ok_or(Error::Incomplete { operation: OPERATION, what: "value" }),
        }
    }
}
