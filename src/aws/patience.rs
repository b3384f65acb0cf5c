//! How long answers are waited for, and how soon a call is repeated.

use std::time::Duration;

/// How long a connection waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long one attempt of a call may take before it counts as failed. Moving an object may take longer.
    pub attempt: Duration,
    /// The longest pause before a call's first repetition; it doubles with each further one.
    pub pause: Duration,
}

impl Patience {
    /// The patience with AWS.
    pub const AWS: Self = Self { attempt: Duration::from_secs(60), pause: Duration::from_secs(1) };
    /// The patience with an endpoint on this computer, which is not relieved by a pause.
    pub const LOCAL: Self = Self { pause: Duration::from_millis(50), ..Self::AWS };
}

impl Default for Patience {
    fn default() -> Self {
        Self::AWS
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::aws::{Aws, Error, Settings};

    #[tokio::test]
    async fn a_call_that_is_never_answered_comes_to_an_end() {
        // Connections to it are accepted by the system, and nobody reads them.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let aws = Aws::connect(Settings {
            patience: Patience { attempt: Duration::from_millis(50), pause: Duration::from_millis(1) },
            ..Settings::of_stand_in("eu-west-1", endpoint)
        })
        .await;
        let error = aws.identity().await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable { operation: "sts:GetCallerIdentity", .. }), "{error}");
        assert!(aws.storage().head("bucket", "key").await.is_err());
    }
}
