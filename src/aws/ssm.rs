//! The parameter store (SSM).

use super::{Aws, Error, Result};

impl Aws {
    /// Reads a parameter; `None` when there is none.
    pub async fn parameter(&self, name: &str) -> Result<Option<String>> {
        const OPERATION: &str = "ssm:GetParameter";
        let answer = aws_sdk_ssm::Client::new(self.config()).get_parameter().name(name).send().await;
        match answer.map_err(Error::of(OPERATION)) {
            Err(error) if error.code() == Some("ParameterNotFound") => Ok(None),
            answer => answer?
                .parameter
                .and_then(|parameter| parameter.value)
                .map(Some)
                .ok_or(Error::Incomplete { operation: OPERATION, what: "value" }),
        }
    }
}
