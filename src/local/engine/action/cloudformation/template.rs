//! How a template gets to CloudFormation: within the request, or through a bucket if it is too large for that.

use sha2::{Digest, Sha256};

use super::input::file;
use crate::aws::Aws;
use crate::aws::cloudformation::TemplateSource;
use crate::aws::s3::Upload;
use crate::id::{AccountId, Environment};
use crate::local::engine::action::bench::Bench;
use crate::local::engine::machine::Failure;

/// The largest template that a request may hold.
const LARGEST_BODY: usize = 51_200;

/// Reads the template of the action.
pub(super) async fn source(bench: &Bench<'_>) -> Result<TemplateSource, Failure> {
    let body = file(bench, bench.needed("TemplatePath")?).await?;
    if body.len() <= LARGEST_BODY {
        return Ok(TemplateSource::Body(body));
    }
    by_bucket(bench, body).await.map(TemplateSource::Url)
}

/// Puts a large template where CloudFormation finds it.
///
/// AWS reads it from the artifact store with the rights of the service. The emulator reads only buckets of the stack's
/// own account, so a bucket there, which belongs to the endpoint, takes the template.
async fn by_bucket(bench: &Bench<'_>, body: String) -> Result<String, Failure> {
    let surroundings = &bench.task.engine.0.surroundings;
    let environment = Environment { account: target_account(bench), region: bench.order().environment.region.clone() };
    let aws = Aws::connect((surroundings.roots)(&environment.account, &environment.region)).await;
    let bucket = format!("cf-templates-pipectl-{}-{}", environment.account, environment.region);
    aws.make_bucket(&bucket, &environment.region).await?;
    let key = format!("{}.template", hex::encode(Sha256::digest(&body)));
    let upload = Upload { bucket: bucket.clone(), key: key.clone(), ..Upload::default() };
    aws.storage().put_bytes(&upload, body.into()).await?;
    Ok(format!("{}/{bucket}/{key}", surroundings.endpoint))
}

/// The account of the action's role, which is where the stack is.
fn target_account(bench: &Bench<'_>) -> AccountId {
    let order = bench.order();
    order.action.role_arn.as_deref().and_then(AccountId::of_role).unwrap_or_else(|| order.environment.account.clone())
}
