//! Every environment that a definition names has a toolkit stack that is new enough.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Findings, Subject};
use crate::assembly::{bootstrap_version_parameter, partition, resolve};
use crate::aws::identity::Assumption;
use crate::aws::{self, Aws};
use crate::definition::{Definition, Stack};
use crate::id::Environment;
use crate::ops::bootstrap::{caution, command, update_command};
use crate::pipeline::{BOOTSTRAP_VERSION, Place, RoleKind, deploy_role, role_arn};

/// Every environment that a pipeline deploys to, its own included. What a stage leaves open is the pipeline's.
pub fn environments(definition: &Definition, own: &Environment) -> BTreeSet<Environment> {
    let used = definition.stages.iter().flat_map(|stage| &stage.stacks).map(|stack| stack.target.within(own));
    // A region with stages of other accounts holds a bucket of the pipeline's own account.
    let support = used.clone().map(|place| Environment { account: own.account.clone(), ..place });
    used.chain(support).chain([own.clone()]).collect()
}

/// What a toolkit stack has to be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Need {
    version: u32,
    /// The role that it is looked at with from another account.
    role: String,
}

/// The SSM parameter of every toolkit stack that the pipeline uses, and what the stack has to be. An assembly may name a
/// toolkit stack of its own.
fn needs(definition: &Definition, own: &Environment) -> BTreeMap<(Environment, String), Need> {
    let standard = bootstrap_version_parameter(&definition.qualifier);
    let mut needs: BTreeMap<(Environment, String), Need> = BTreeMap::new();
    for environment in environments(definition, own) {
        let place = Place { account: environment.account.to_string(), region: environment.region.to_string() };
        let role = resolve(&role_arn(RoleKind::Deploy, &definition.qualifier, &place), &environment);
        let has_own_stacks =
            |stack: &&Stack| stack.origin.assembly().is_none() && environment == stack.target.within(own);
        let is_used = environment.account == own.account
            || definition.stages.iter().flat_map(|stage| &stage.stacks).any(|stack| has_own_stacks(&stack));
        if is_used {
            needs.insert((environment, standard.clone()), Need { version: BOOTSTRAP_VERSION, role });
        }
    }
    for stack in definition.stages.iter().flat_map(|stage| &stage.stacks) {
        let Some(toolkit) = stack.origin.assembly().and_then(|origin| origin.toolkit.as_ref()) else { continue };
        let environment = stack.target.within(own);
        let role = resolve(&deploy_role(definition, stack), &environment);
        let need = needs
            .entry((environment, toolkit.parameter.clone()))
            .or_insert_with(|| Need { version: toolkit.version, role });
        need.version = need.version.max(toolkit.version);
    }
    needs
}

/// Checks the toolkit stack of every environment.
pub(super) async fn check(aws: &Aws, subject: Subject<'_>, findings: &mut Findings) {
    let own = &subject.environment.account;
    let qualifier = &subject.definition.qualifier;
    for ((environment, parameter), need) in needs(subject.definition, subject.environment) {
        let needed = need.version;
        let prepared = || {
            let made = format!("`{}` prepares it", command(&environment, own, qualifier));
            std::iter::once(made).chain(caution(&environment, own)).collect()
        };
        match version(aws, subject, &environment, &parameter, need.role).await {
            Ok(Some(version)) if version >= needed => {}
            Ok(Some(version)) => findings.unready(
                "bootstrap",
                format!("{environment} has version {version} of the toolkit stack, but {needed} is needed"),
                vec![format!("`{}` updates it", update_command(&environment, own, qualifier))],
            ),
            Ok(None) => findings.unready(
                "bootstrap",
                format!("{environment} is not prepared: it has no toolkit stack"),
                prepared(),
            ),
            Err(error) if environment.account != *own && error.is_denied() => findings.unready(
                "bootstrap",
                format!("{environment} is not prepared, or does not trust account {own}: {error}"),
                prepared(),
            ),
            Err(error) => findings.failed("bootstrap", &error),
        }
    }
}

/// Reads the version of an environment's toolkit stack; in another account through the role that deploys there.
async fn version(
    aws: &Aws,
    subject: Subject<'_>,
    environment: &Environment,
    parameter: &str,
    role: String,
) -> aws::Result<Option<u32>> {
    let mut aws = aws.in_region(&environment.region);
    if environment.account != subject.environment.account {
        let policy = Some(reading(parameter, environment));
        let assumption = Assumption { role, session: "pipectl-preflight".to_owned(), policy, ..Assumption::default() };
        aws = aws.assume(&assumption).await?;
    }
    let value = aws.parameter(parameter).await?;
    Ok(value.map(|value| value.trim().parse().unwrap_or(0)))
}

/// A session policy that reads a parameter. The deploy role may do much more.
fn reading(parameter: &str, environment: &Environment) -> String {
    let Environment { account, region } = environment;
    let name = parameter.trim_start_matches('/');
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": "ssm:GetParameter",
            "Resource": format!("arn:{}:ssm:{region}:{account}:parameter/{name}", partition(region)),
        }],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::definition::decode;

    #[test]
    fn another_accounts_role_is_taken_to_read_one_parameter() {
        let environment = "aws://222222222222/cn-north-1".parse().unwrap();
        let policy: serde_json::Value =
            serde_json::from_str(&reading("/cdk-bootstrap/hnb659fds/version", &environment)).unwrap();
        assert_eq!(
            policy["Statement"],
            json!([{
                "Effect": "Allow",
                "Action": "ssm:GetParameter",
                "Resource": "arn:aws-cn:ssm:cn-north-1:222222222222:parameter/cdk-bootstrap/hnb659fds/version",
            }])
        );
    }

    #[test]
    fn every_region_holds_a_bucket_of_the_pipelines_account() {
        let text = r#"
            [pipeline]
            name = "app"
            account = "111111111111"
            region = "us-east-1"
            [source.s3]
            bucket = "source"
            key = "source.zip"
            [build]
            commands = []
            [[stage]]
            name = "Production"
            account = "222222222222"
            region = "eu-west-1"
            [[stage.stack]]
            name = "app"
            template = "app.yaml"
        "#;
        let (definition, _) = decode(Utf8Path::new("pipeline.toml"), text).unwrap();
        let own = "aws://111111111111/us-east-1".parse().unwrap();
        let environments: Vec<String> = environments(&definition, &own).iter().map(ToString::to_string).collect();
        assert_eq!(
            environments,
            ["aws://111111111111/eu-west-1", "aws://111111111111/us-east-1", "aws://222222222222/eu-west-1",]
        );
    }
}
