//! Objects and buckets (S3).
//!
//! [`Aws::storage`] gives a [`Storage`], which is cheap to clone and keeps one client for many calls. Files go in and
//! out as streams; nothing holds a large object in memory.

mod bucket;
mod content;
mod download;
mod error_codes;
mod listing;
mod upload;

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;

pub use bucket::{Encryption, Versioning};
pub use content::Content;
pub use download::ObjectInfo;
pub use listing::KeyPage;
pub use upload::Upload;

use super::{Aws, Patience};
use crate::id::AccountId;

/// How often a call is made before it counts as failed.
const ATTEMPTS: u32 = 5;

/// The slowest transfer that is waited for, in bytes per second.
const SLOWEST: u64 = 32 * 1024;

/// S3 in one region, with one identity.
#[derive(Debug, Clone)]
pub struct Storage {
    client: Client,
    owner: Option<AccountId>,
}

impl Aws {
    /// S3 in the connection's region.
    pub fn storage(&self) -> Storage {
        let config = aws_sdk_s3::config::Builder::from(self.config())
            // A bucket's name is no part of the host name of an endpoint of one's own.
            .force_path_style(self.config().endpoint_url().is_some())
            .retry_config(self.retries(ATTEMPTS))
            .build();
        Storage { client: Client::from_conf(config), owner: None }
    }
}

impl Storage {
    /// The same, but a bucket that belongs to another account is refused by S3.
    #[must_use]
    pub fn owned_by(mut self, account: AccountId) -> Self {
        self.owner = Some(account);
        self
    }

    /// Whom buckets are to belong to, for the SDK.
    fn owner(&self) -> Option<String> {
        self.owner.as_ref().map(ToString::to_string)
    }
}

/// Settings of a call that moves so many bytes: a deadline for each attempt.
fn moving(bytes: u64) -> aws_sdk_s3::config::Builder {
    let timeout = Patience::AWS.attempt + Duration::from_secs(bytes / SLOWEST);
    aws_sdk_s3::Config::builder().timeout_config(TimeoutConfig::builder().operation_attempt_timeout(timeout).build())
}
