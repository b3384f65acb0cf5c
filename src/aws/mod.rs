//! The only place that names the AWS SDK. Domain types go in and come out.
//!
//! [`Aws`] is a connection: credentials, a region and an endpoint. Each service has a file of its own.

mod access_key;
mod assumed;
mod bucket_start;
mod build_log;
pub mod build_project;
pub mod build_start;
mod build_variables;
pub mod cloudformation;
pub mod cloudwatch;
pub mod codebuild;
pub mod codepipeline;
pub mod connections;
pub mod ecr;
mod error;
mod http;
pub mod identity;
pub mod logs;
mod patience;
pub mod s3;
pub mod secrets;
pub mod ssm;
mod time;

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials as SdkCredentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};

pub use error::{Error, Result};
pub use patience::Patience;

use crate::id::{Region, Secret};

/// What decides whom pipectl speaks to, and as whom. What is `None` comes from the environment and the profile, as in
/// every AWS client.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The profile in the shared configuration files, over credentials in the environment.
    pub profile: Option<String>,
    /// The region.
    pub region: Option<Region>,
    /// The endpoint of all services.
    pub endpoint: Option<String>,
    /// The credentials.
    pub credentials: Option<Credentials>,
    /// How long it waits for answers.
    pub patience: Patience,
}

#[cfg(test)]
impl Settings {
    /// Those that speak to a stand-in for AWS.
    pub(crate) fn of_stand_in(region: &str, endpoint: String) -> Self {
        let (access_key, secret_key) = ("AKIA".to_owned(), Secret::new("secret"));
        Self {
            region: Some(region.parse().unwrap()),
            endpoint: Some(endpoint),
            credentials: Some(Credentials { access_key, secret_key, session_token: None }),
            patience: Patience::LOCAL,
            ..Self::default()
        }
    }
}

/// An access key with its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key id, which is no secret.
    pub access_key: String,
    /// The secret access key.
    pub secret_key: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<Secret>,
}

/// A connection to AWS. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Aws {
    config: SdkConfig,
}

impl Aws {
    /// Resolves the settings; makes no call to AWS itself.
    pub async fn connect(settings: Settings) -> Self {
        let Patience { attempt, pause } = settings.patience;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http::client())
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(attempt).build());
        if let Some(profile) = settings.profile {
            // Named on the command line, a profile goes before keys in the environment, as in the AWS CLI.
            let provider = ProfileFileCredentialsProvider::builder().profile_name(&profile).build();
            loader = loader.profile_name(profile).credentials_provider(provider);
        }
        if let Some(region) = settings.region {
            loader = loader.region(sdk_region(&region));
        }
        if let Some(endpoint) = settings.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let Some(credentials) = settings.credentials {
            loader = loader.credentials_provider(sdk_credentials(&credentials));
        }
        let config = loader.load().await;
        // What the environment and the profile say about repetitions stays.
        let retries = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard).with_initial_backoff(pause);
        Self { config: config.to_builder().retry_config(retries).build() }
    }

    /// The region, when one is known.
    pub fn region(&self) -> Option<Region> {
        self.config.region().and_then(|region| region.as_ref().parse().ok())
    }

    /// The same connection in another region.
    #[must_use]
    pub fn in_region(&self, region: &Region) -> Self {
        Self { config: self.config.to_builder().region(sdk_region(region)).build() }
    }

    /// The same endpoint and region with other credentials.
    #[must_use]
    pub fn with_credentials(&self, credentials: &Credentials) -> Self {
        self.with_provider(sdk_credentials(credentials))
    }

    fn with_provider(&self, provider: impl ProvideCredentials + 'static) -> Self {
        let provider = SharedCredentialsProvider::new(provider);
        Self { config: self.config.to_builder().credentials_provider(provider).build() }
    }

    /// How calls are repeated that are worth at least so many attempts.
    fn retries(&self, attempts: u32) -> RetryConfig {
        let retries = self.config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let attempts = attempts.max(retries.max_attempts());
        retries.with_max_attempts(attempts)
    }

    /// What service modules make their clients from.
    fn config(&self) -> &SdkConfig {
        &self.config
    }
}

fn sdk_region(region: &Region) -> aws_config::Region {
    aws_config::Region::new(region.as_str().to_owned())
}

fn sdk_credentials(credentials: &Credentials) -> SdkCredentials {
    SdkCredentials::new(
        &credentials.access_key,
        credentials.secret_key.expose(),
        credentials.session_token.as_ref().map(|token| token.expose().to_owned()),
        None,
        "pipectl",
    )
}
