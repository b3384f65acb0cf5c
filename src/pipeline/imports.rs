//! What the step needs that reads imports: exactly these parameters and stacks, or, in another account, the role for look-ups,
//! whose session it narrows to the same.

use std::collections::BTreeSet;

use serde_json::Value;

use super::environment::{Place, RoleKind, role};
use super::policy::Statement;
use crate::cfn::intrinsic::substitute;
use crate::definition::{Definition, IMPORTS_STEP, Import, ImportSource};
use crate::graph::StepKey;

/// The rights of a step that reads imports; none for other steps.
pub(super) fn statements(definition: &Definition, key: &StepKey) -> Vec<Statement> {
    let stage = definition.stages.iter().find(|stage| stage.name == key.stage && key.step.as_str() == IMPORTS_STEP);
    let Some(stage) = stage else { return Vec::new() };
    let place = Place::of(definition, &stage.target);
    if place.account != Place::own(definition).account {
        return vec![Statement::allow(&["sts:AssumeRole"], [role(RoleKind::Lookup, definition, &place)])];
    }
    let partition = "${AWS::Partition}";
    let [parameters, stacks] = arns(&stage.imports, partition, &place.region, &place.account);
    let statement = |action: &str, arns: BTreeSet<String>| {
        let arns: Vec<Value> = arns.into_iter().map(substitute).collect();
        (!arns.is_empty()).then(|| Statement::allow(&[action], arns))
    };
    let parameters = statement("ssm:GetParameter", parameters);
    parameters.into_iter().chain(statement("cloudformation:DescribeStacks", stacks)).collect()
}

/// The ARNs of the parameters and of the stacks that imports are read from.
pub fn arns(imports: &[Import], partition: &str, region: &str, account: &str) -> [BTreeSet<String>; 2] {
    let (mut parameters, mut stacks) = (BTreeSet::new(), BTreeSet::new());
    for import in imports {
        match &import.source {
            ImportSource::File { .. } => {}
            ImportSource::Parameter(name) => {
                let name = name.trim_start_matches('/');
                parameters.insert(format!("arn:{partition}:ssm:{region}:{account}:parameter/{name}"));
            }
            ImportSource::Output { stack, .. } => {
                stacks.insert(format!("arn:{partition}:cloudformation:{region}:{account}:stack/{stack}/*"));
            }
        }
    }
    [parameters, stacks]
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::definition::{StepPosition, decode};

    const DEFINITION: &str = r#"
[pipeline]
name = "shop"
account = "111111111111"
region = "us-east-1"
[source.s3]
bucket = "source"
key = "source.zip"
[[stage]]
name = "Beta"
region = "eu-west-1"
[stage.imports.Pool]
kind = "user-pool"
parameter = "/shop/pool"
[stage.imports.Bucket]
kind = "bucket"
stack = "legacy"
output = "BucketName"
[[stage.before]]
name = "look"
commands = ["true"]
[[stage.stack]]
name = "app"
template = "app.yaml"
parameters = { Pool = { import = "Pool" }, Bucket = { import = "Bucket" } }
"#;

    fn statements_of(text: &str, step: &str) -> Vec<Statement> {
        let (definition, _) = decode(Utf8Path::new("pipeline.toml"), text).unwrap();
        let (stage, step) = ("Beta".parse().unwrap(), step.parse().unwrap());
        statements(&definition, &StepKey { stage, position: StepPosition::Before, step })
    }

    #[test]
    fn the_step_may_read_exactly_what_is_imported() {
        let arn = |rest: &str| substitute(format!("arn:${{AWS::Partition}}:{rest}"));
        assert_eq!(
            statements_of(DEFINITION, IMPORTS_STEP),
            [
                Statement::allow(&["ssm:GetParameter"], [arn("ssm:eu-west-1:111111111111:parameter/shop/pool")]),
                Statement::allow(
                    &["cloudformation:DescribeStacks"],
                    [arn("cloudformation:eu-west-1:111111111111:stack/legacy/*")]
                ),
            ]
        );
        assert_eq!(statements_of(DEFINITION, "look"), []);
        let elsewhere = DEFINITION.replace("name = \"Beta\"\n", "name = \"Beta\"\naccount = \"222222222222\"\n");
        let role = arn("iam::222222222222:role/cdk-hnb659fds-lookup-role-222222222222-eu-west-1");
        assert_eq!(statements_of(&elsewhere, IMPORTS_STEP), [Statement::allow(&["sts:AssumeRole"], [role])]);
    }
}
