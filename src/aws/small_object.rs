//! Small objects in S3 that are held in memory, such as templates.

use aws_sdk_s3::primitives::ByteStream;

use super::{Aws, Error, Result};

impl Aws {
    /// Puts a small object, which replaces one under the same key.
    pub async fn put_small_object(&self, bucket: &str, key: &str, content: &str, content_type: &str) -> Result<()> {
        aws_sdk_s3::Client::new(self.config())
            .put_object()
            .bucket(bucket)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(content.as_bytes().to_vec()))
            .send()
            .await
            .map_err(Error::of("s3:PutObject"))?;
        Ok(())
    }
}
