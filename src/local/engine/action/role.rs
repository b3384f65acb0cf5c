//! The roles that work in pipelines is done with.

use super::super::live::Engine;
use super::super::record::PipelineKey;
use crate::aws::Aws;
use crate::aws::identity::Assumption;
use crate::local::authority::SessionRequest;
use crate::local::engine::machine::Failure;

/// Whom the trust policies of pipelines' roles name.
const SERVICE: &str = "codepipeline.amazonaws.com";

/// Takes on the pipeline's role, and with it another one where one is named. Returns connections with both, in the
/// pipeline's region.
pub(in super::super) async fn take(
    engine: &Engine,
    key: &PipelineKey,
    pipeline_role: &str,
    role: Option<&str>,
    session_name: &str,
) -> Result<(Aws, Aws), Failure> {
    let session = SessionRequest {
        role_arn: pipeline_role,
        service: SERVICE,
        session_name,
        source_account: &key.environment.account,
        source_arn: &key.arn(),
        policy: None,
    };
    let credentials = engine.0.surroundings.authority.session(&session).await?;
    let home = engine.aws().await.in_region(&key.environment.region).with_credentials(&credentials);
    let aws = match role {
        Some(role) if role != pipeline_role => {
            let assumption =
                Assumption { role: role.to_owned(), session: session_name.to_owned(), ..Assumption::default() };
            home.assume(&assumption).await?
        }
        _ => home.clone(),
    };
    Ok((home, aws))
}
