//! What buckets are like.

use aws_sdk_s3::types::{BucketVersioningStatus, ServerSideEncryption};

use super::Storage;
use super::error_codes::unless;
use crate::aws::{Error, Result};

/// How a bucket encrypts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Encryption {
    /// As S3 likes.
    #[default]
    Unset,
    /// With keys of S3.
    Aes256,
    /// With a key of KMS.
    Kms {
        /// The key's id or ARN; the account's own key for S3 if absent.
        key: Option<String>,
    },
}

/// Whether a bucket keeps old versions of its objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Versioning {
    /// It does.
    Enabled,
    /// It did once: old versions remain, new ones are not kept.
    Suspended,
    /// It never did.
    Never,
}

impl Storage {
    /// Asks where a bucket is: `None` if there is none of this name. The answer is the region as S3 spells it, empty
    /// for the first of all regions.
    ///
    /// This is the cheapest call by which a bucket of another account is found out, see [`Storage::owned_by`].
    pub async fn bucket_location(&self, bucket: &str) -> Result<Option<String>> {
        let answer = self
            .client
            .get_bucket_location()
            .bucket(bucket)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of("s3:GetBucketLocation"));
        let location = unless(answer, &["NoSuchBucket"])?;
        Ok(location
            .map(|answer| answer.location_constraint().map(|region| region.as_str().to_owned()).unwrap_or_default()))
    }

    /// Asks how a bucket encrypts what is put without saying how.
    async fn encryption(&self, bucket: &str) -> Result<Encryption> {
        let answer = self
            .client
            .get_bucket_encryption()
            .bucket(bucket)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of("s3:GetEncryptionConfiguration"));
        let Some(answer) = unless(answer, &["ServerSideEncryptionConfigurationNotFoundError"])? else {
            return Ok(Encryption::Unset);
        };
        let rule = answer
            .server_side_encryption_configuration()
            .and_then(|configuration| configuration.rules().first())
            .and_then(|rule| rule.apply_server_side_encryption_by_default());
        Ok(match rule.map(|rule| (rule.sse_algorithm(), rule.kms_master_key_id())) {
            Some((ServerSideEncryption::Aes256, _)) => Encryption::Aes256,
            Some((ServerSideEncryption::AwsKms, key)) => Encryption::Kms { key: key.map(str::to_owned) },
            _ => Encryption::Unset,
        })
    }

    /// Asks how what is put into a bucket is to be encrypted. Roles of old toolkit stacks may not ask: what is put is then
    /// encrypted as the bucket does by itself.
    pub async fn encryption_of_uploads(&self, bucket: &str) -> Result<Encryption> {
        match self.encryption(bucket).await {
            Err(error) if error.is_denied() => Ok(Encryption::Unset),
            answer => answer,
        }
    }

    /// Asks whether a bucket keeps old versions.
    pub async fn versioning(&self, bucket: &str) -> Result<Versioning> {
        let answer = self
            .client
            .get_bucket_versioning()
            .bucket(bucket)
            .set_expected_bucket_owner(self.owner())
            .send()
            .await
            .map_err(Error::of("s3:GetBucketVersioning"))?;
        Ok(match answer.status() {
            Some(BucketVersioningStatus::Enabled) => Versioning::Enabled,
            Some(_) => Versioning::Suspended,
            None => Versioning::Never,
        })
    }
}
