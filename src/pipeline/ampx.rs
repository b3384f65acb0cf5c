//! What a step needs that runs `ampx pipeline-deploy`.

use serde_json::Value;

use super::environment::{Place, RoleKind, role_arn};
use super::policy::Statement;
use crate::cfn::intrinsic::substitute;
use crate::definition::{BackendSource, Definition};
use crate::graph::StepKey;
use crate::id::Qualifier;

/// The roles of the toolkit stack that it works with. What CloudFormation takes is passed by the deploy role.
const ROLES: [RoleKind; 3] = [RoleKind::Deploy, RoleKind::FilePublishing, RoleKind::Lookup];

/// How much of a stack's name a bucket's surely has, which CloudFormation names: it cuts the parts of the name.
const BUCKET_PREFIX: usize = 20;

/// The rights of a step that deploys a backend; none for other steps. Those beside the roles are for the client
/// configuration, which `ampx` writes at the end: it reads the stack, and the models from a bucket of the backend's.
pub(super) fn statements(definition: &Definition, key: &StepKey) -> Vec<Statement> {
    let stage = definition.stages.iter().find(|stage| stage.name == key.stage);
    let backend = stage.and_then(|stage| {
        let backend = stage.backends.iter().find(|backend| backend.step().is_some_and(|step| step.name == key.step))?;
        Some((stage, backend))
    });
    let Some((stage, BackendSource::Program(program))) = backend.map(|(stage, backend)| (stage, &backend.source))
    else {
        return Vec::new();
    };
    let place = Place::of(definition, &stage.target);
    // `ampx` knows no other qualifier.
    let roles = ROLES.map(|kind| substitute(role_arn(kind, &Qualifier::default(), &place)));
    let name = program.identity.stack_name();
    let stack = format!("arn:${{AWS::Partition}}:cloudformation:{}:{}:stack/{name}/*", place.region, place.account);
    let bucket: String = name.chars().take(BUCKET_PREFIX).collect();
    let models: Value = substitute(format!("arn:${{AWS::Partition}}:s3:::{}*/*", bucket.to_lowercase()));
    vec![
        Statement::allow(&["sts:AssumeRole"], roles),
        Statement::allow(&["cloudformation:DescribeStacks", "cloudformation:GetTemplateSummary"], [substitute(stack)]),
        Statement::allow(&["s3:GetObject"], [models]),
    ]
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::definition::{StepPosition, decode};
    use crate::graph;
    use crate::pipeline::{RoleOwner, roles};

    const DEFINITION: &str = r#"
[pipeline]
name = "shop"
account = "111111111111"
region = "us-east-1"
[source.s3]
bucket = "source"
key = "source.zip"
[[stage]]
name = "Branch"
region = "eu-west-1"
[[stage.amplify]]
name = "todo"
backend = "amplify/backend.ts"
app-id = "d1yd7xpdewj1i5"
branch = "main"
mode = "ampx"
[[stage.after]]
name = "look"
commands = ["true"]
"#;

    #[test]
    fn it_deploys_its_own_stack_by_the_toolkits_roles_and_reads_it() {
        let (definition, _) = decode(Utf8Path::new("pipeline.toml"), DEFINITION).expect("a definition");
        let key = |position, step: &str| StepKey {
            stage: "Branch".parse().expect("a name"),
            position,
            step: step.parse().expect("a name"),
        };
        let own = key(StepPosition::Deploy, "todo");
        let allowed = statements(&definition, &own);
        let toolkit = ["deploy", "file-publishing", "lookup"].map(|kind| {
            let role = format!("cdk-hnb659fds-{kind}-role-111111111111-eu-west-1");
            substitute(format!("arn:${{AWS::Partition}}:iam::111111111111:role/{role}"))
        });
        let stack = "amplify-d1yd7xpdewj1i5-main-branch-97e90da554";
        let stack = format!("arn:${{AWS::Partition}}:cloudformation:eu-west-1:111111111111:stack/{stack}/*");
        let models = substitute("arn:${AWS::Partition}:s3:::amplify-d1yd7xpdewj1*/*");
        let expected = [
            Statement::allow(&["sts:AssumeRole"], toolkit),
            Statement::allow(
                &["cloudformation:DescribeStacks", "cloudformation:GetTemplateSummary"],
                [substitute(stack)],
            ),
            Statement::allow(&["s3:GetObject"], [models]),
        ];
        assert_eq!(allowed, expected);

        // The role of its build has no more than these, besides what every step's has.
        let graph = graph::build(&definition).expect("a graph");
        let of = |key: StepKey| {
            let owner = RoleOwner::Step(key);
            roles(&definition, &graph).into_iter().find(|role| role.owner == owner).expect("a role")
        };
        let (role, usual) = (of(own), of(key(StepPosition::After, "look")));
        assert_eq!(role.statements.len(), usual.statements.len() + expected.len());
        assert!(role.managed_policies.is_empty());
    }
}
