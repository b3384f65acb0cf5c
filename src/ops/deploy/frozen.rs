//! What a pipeline cannot change about itself: its name, its account, its region, the name of its token's secret.

use super::subject::Subject;
use super::{DeployError, Request};
use crate::aws;
use crate::aws::codepipeline::Execution;
use crate::definition::Source;
use crate::id::{Environment, ExecutionId, PipelineName};
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
pub(super) async fn check_name(
    request: &Request<'_>,
    execution: &ExecutionId,
    initiator: Option<&PipelineName>,
) -> Result<(), DeployError> {
    let name = &request.subject.definition.name;
    match initiator {
        Some(initiator) if initiator != name => Err(frozen("the name", initiator.as_str(), name.as_str())),
        _ => owns(name, execution, request.aws.executions(name, RECENT).await),
    }
}

/// Tells from a pipeline's executions, if it has any, whether one is its own. Who may not see them learns just that: a
/// role that lacks a right says nothing about names.
fn owns(name: &PipelineName, execution: &ExecutionId, answer: aws::Result<Vec<Execution>>) -> Result<(), DeployError> {
    let renamed = || DeployError::Frozen { what: format!("the name: this execution is none of the pipeline `{name}`") };
    match answer {
        Ok(executions) if executions.iter().any(|known| known.id == *execution) => Ok(()),
        Ok(_) => Err(renamed()),
        Err(error) if error.code() == Some("PipelineNotFoundException") => Err(renamed()),
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
    use crate::diagnostic::{Explain, FailureKind};

    #[test]
    fn the_secret_is_read_off_the_source_action() {
        let template = r#"{"A":"{{resolve:secretsmanager:other:SecretString}}","Configuration":{"OAuthToken":
            {"Fn::Sub":"{{resolve:secretsmanager:github-token:SecretString:::${TokenVersion}}}"}}}"#;
        assert_eq!(deployed_secret(template), Some("github-token"));
        assert_eq!(deployed_secret("{}"), None);
    }

    #[test]
    fn a_denied_look_is_no_other_name() {
        let judge = |answer| owns(&"shop".parse().unwrap(), &"e1".parse().unwrap(), answer).unwrap_err();
        let refused = |code: &str| aws::Error::Refused {
            operation: "codepipeline:ListPipelineExecutions",
            code: code.to_owned(),
            message: "the service's words".to_owned(),
        };
        assert!(matches!(judge(Ok(Vec::new())), DeployError::Frozen { .. }));
        assert!(matches!(judge(Err(refused("PipelineNotFoundException"))), DeployError::Frozen { .. }));
        let denied = judge(Err(refused("AccessDeniedException")));
        assert!(matches!(&denied, DeployError::Call(error) if error.is_denied()), "{denied:?}");
        assert_eq!(denied.kind(), FailureKind::Refused);
    }
}
