//! Where a template goes: into the request if it fits, else through the toolkit bucket, under its hash.

use super::error::StackError;
use super::{Deployer, Desired, DesiredTemplate, TemplateBucket};
use bytes::Bytes;

use crate::aws::cloudformation::TemplateSource;
use crate::aws::s3::{Encryption, Upload};
use crate::cfn::TEMPLATE_BODY_LIMIT;
use crate::id::Region;
use sha2::{Digest, Sha256};

impl Deployer {
    /// Puts the template where CloudFormation can read it.
    pub(super) async fn place_template(&self, desired: &Desired) -> Result<TemplateSource, StackError> {
        let text = match &desired.template {
            DesiredTemplate::Deployed => return Ok(TemplateSource::Previous),
            DesiredTemplate::Text(text) if text.len() <= TEMPLATE_BODY_LIMIT => {
                return Ok(TemplateSource::Body(text.clone()));
            }
            DesiredTemplate::Text(text) => text,
        };
        let (Some(TemplateBucket { aws, name }), Some(region)) = (&self.bucket, self.aws.region()) else {
            return Err(StackError::TooLarge {
                stack: desired.name.clone(),
                size: text.len(),
                limit: TEMPLATE_BODY_LIMIT,
            });
        };
        let is_json = text.trim_start().starts_with('{');
        let (extension, content_type) =
            if is_json { ("json", "application/json") } else { ("yaml", "application/yaml") };
        let key = format!("pipectl/templates/{}.{extension}", hex::encode(Sha256::digest(text.as_bytes())));
        let upload = Upload {
            bucket: name.clone(),
            key: key.clone(),
            content_type: Some(content_type.to_owned()),
            encryption: Encryption::Unset,
        };
        let content = Bytes::from(text.clone());
        aws.storage().put_bytes(&upload, content).await.map_err(StackError::call(&desired.name))?;
        Ok(TemplateSource::Url(object_url(&region, name, &key)))
    }
}

/// The address of an object in the path style, which CloudFormation takes in every region.
fn object_url(region: &Region, bucket: &str, key: &str) -> String {
    let suffix = if region.as_str().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://s3.{region}.{suffix}/{bucket}/{key}")
}
