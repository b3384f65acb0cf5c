//! The access key of a connection, for those who check a right on its behalf.

use aws_credential_types::provider::ProvideCredentials;

use super::{Aws, Error, Result};

impl Aws {
    /// The id of the access key that calls are signed with.
    pub async fn access_key(&self) -> Result<String> {
        let provider = self
            .config()
            .credentials_provider()
            .ok_or_else(|| Error::NoCredentials { cause: "no provider of credentials is configured".to_owned() })?;
        let credentials =
            provider.provide_credentials().await.map_err(|error| Error::NoCredentials { cause: error.to_string() })?;
        Ok(credentials.access_key_id().to_owned())
    }
}
