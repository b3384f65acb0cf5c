//! Making buckets.

use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use super::{Aws, Error, Result};
use crate::id::Region;

impl Aws {
    /// Makes a bucket in a region; one that the caller has already does no harm.
    pub async fn make_bucket(&self, bucket: &str, region: &Region) -> Result<()> {
        let place = (region.as_str() != "us-east-1").then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region.as_str()))
                .build()
        });
        let config = aws_sdk_s3::config::Builder::from(self.config())
            .force_path_style(self.config().endpoint_url().is_some())
            .build();
        let answer = aws_sdk_s3::Client::from_conf(config)
            .create_bucket()
            .bucket(bucket)
            .set_create_bucket_configuration(place)
            .send()
            .await
            .map_err(Error::of("s3:CreateBucket"));
        match answer {
            Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
            answer => answer.map(drop),
        }
    }
}
