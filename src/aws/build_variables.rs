//! Parameters and secrets, as builds read them.

use super::{Aws, Error, Result};
use crate::buildspec::{SecretReference, SecretVersion};

impl Aws {
    /// Reads a parameter, decrypted; `None` when there is none.
    pub async fn decrypted_parameter(&self, name: &str) -> Result<Option<String>> {
        const OPERATION: &str = "ssm:GetParameters";
        let client = aws_sdk_ssm::Client::new(self.config());
        let answer = client.get_parameters().names(name).with_decryption(true).send().await;
        let answer = answer.map_err(Error::of(OPERATION))?;
        Ok(answer.parameters().first().and_then(|parameter| parameter.value()).map(str::to_owned))
    }

    /// Reads the whole text of one version of a secret; `None` when there is none.
    pub async fn secret_version(&self, reference: &SecretReference) -> Result<Option<String>> {
        const OPERATION: &str = "secretsmanager:GetSecretValue";
        let call = aws_sdk_secretsmanager::Client::new(self.config()).get_secret_value().secret_id(&reference.id);
        let call = match &reference.version {
            SecretVersion::Current => call,
            SecretVersion::Stage(stage) => call.version_stage(stage),
            SecretVersion::Id(id) => call.version_id(id),
        };
        match call.send().await.map_err(Error::of(OPERATION)) {
            Ok(answer) => Ok(answer.secret_string().map(str::to_owned)),
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(error),
        }
    }
}
