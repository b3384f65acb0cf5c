//! What a pipeline cannot change about itself: its name, its account, its region, the name of its token's secret.

use super::subject::Subject;
use super::{DeployError, Request};
use crate::definition::Source;
use crate::id::{Environment, ExecutionId};
use crate::ops::stack::Observed;

/// Refuses a move to another account or region.
pub(super) fn check_place(subject: &Subject, environment: &Environment) -> Result<(), DeployError> {
    let target = &subject.definition.target;
    if let Some(account) = target.account.as_ref().filter(|account| **account != environment.account) {
        return Err(frozen("the account", environment.account.as_str(), account.as_str()));
    }
    match target.region.as_ref().filter(|region| **region != environment.region) {
        Some(region) => Err(DeployError::Moved { from: environment.region.clone(), to: region.clone() }),
        None => Ok(()),
    }
}

/// Refuses another name: the execution that this runs in belongs to the pipeline of the former one.
pub(super) async fn check_name(request: &Request<'_>, execution: &ExecutionId) -> Result<(), DeployError> {
    let name = &request.subject.definition.name;
    let renamed = || DeployError::Frozen { what: format!("the name: this execution is none of the pipeline `{name}`") };
    match request.aws.executions(name, RECENT).await {
        Ok(executions) if executions.iter().any(|known| known.id == *execution) => Ok(()),
        Ok(_) => Err(renamed()),
        // The role may read its own pipeline only.
        Err(error) if error.is_denied() || error.code() == Some("PipelineNotFoundException") => Err(renamed()),
        Err(error) => Err(error.into()),
    }
}

/// How many executions are looked through for the own one.
const RECENT: usize = 100;

/// Refuses another secret for the token: the role of the running build cannot read it.
pub(super) fn check_secret(subject: &Subject, observed: &Observed) -> Result<(), DeployError> {
    let Source::GitHub { token_secret, .. } = &subject.definition.source else { return Ok(()) };
    let deployed = observed.template.as_deref().and_then(deployed_secret);
    match deployed.filter(|deployed| deployed != token_secret) {
        Some(deployed) => Err(frozen("`token-secret`", deployed, token_secret)),
        None => Ok(()),
    }
}

/// The name of the token's secret in a deployed template: that of the source action's dynamic reference.
fn deployed_secret(template: &str) -> Option<&str> {
    let token = template.split_once("\"OAuthToken\"")?.1;
    let reference = token.split_once("{{resolve:secretsmanager:")?.1;
    reference.split_once(":SecretString").map(|(name, _)| name)
}

fn frozen(what: &str, from: &str, to: &str) -> DeployError {
    DeployError::Frozen { what: format!("{what} from `{from}` to `{to}`") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_read_off_the_source_action() {
        let template = r#"{"A":"{{resolve:secretsmanager:other:SecretString}}","Configuration":{"OAuthToken":
            {"Fn::Sub":"{{resolve:secretsmanager:github-token:SecretString:::${TokenVersion}}}"}}}"#;
        assert_eq!(deployed_secret(template), Some("github-token"));
        assert_eq!(deployed_secret("{}"), None);
    }
}
