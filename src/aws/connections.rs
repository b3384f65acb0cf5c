//! Connections to repositories (CodeConnections, under the name that it had before 2024: the same service, the same
//! connections).

use super::{Aws, Error, Result};

/// Whether a connection can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// It can.
    Available,
    /// Someone has to finish it in the console.
    Pending,
    /// It failed.
    Failed,
}

impl Aws {
    /// Asks whether a connection can be used; `None` when there is none.
    pub async fn connection_status(&self, arn: &str) -> Result<Option<ConnectionStatus>> {
        const OPERATION: &str = "codestar-connections:GetConnection";
        use aws_sdk_codestarconnections::types::ConnectionStatus as Sdk;

        let client = aws_sdk_codestarconnections::Client::new(self.config());
        let answer = match client.get_connection().connection_arn(arn).send().await.map_err(Error::of(OPERATION)) {
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
            answer => answer?,
        };
        let missing = Error::Incomplete { operation: OPERATION, what: "connection status" };
        match answer.connection().and_then(|connection| connection.connection_status()).ok_or(missing)? {
            Sdk::Available => Ok(Some(ConnectionStatus::Available)),
            Sdk::Pending => Ok(Some(ConnectionStatus::Pending)),
            _ => Ok(Some(ConnectionStatus::Failed)),
        }
    }
}
