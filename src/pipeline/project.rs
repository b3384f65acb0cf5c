//! CodeBuild projects.

use camino::Utf8Path;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::bucket::{self, Encryption};
use super::environment::publishing_privilege;
use super::permissions::{self, environment, owner};
use super::{buildspecs, names, parameter};
use crate::cfn::intrinsic::{attribute, reference};
use crate::definition::{BuildEnvironment, Compute, Definition, Privilege, Step};
use crate::graph::ActionKind;

/// The image of builds that run nothing but pipectl.
const OWN_IMAGE: &str = "aws/codebuild/standard:7.0";

/// How long a build that runs nothing but pipectl may take, in minutes: longer than what it waits for.
pub const OWN_TIMEOUT: u16 = 190;

/// A project as the template declares it.
pub(super) struct Project {
    /// The project's name.
    pub(super) name: String,
    /// The project's logical id.
    pub(super) logical_id: String,
    /// The resource.
    pub(super) resource: Value,
}

/// The project behind an action, if a build is behind it.
pub(super) fn project(definition: &Definition, file: &Utf8Path, kind: &ActionKind) -> Option<Project> {
    let name = names::project_name(&definition.name, kind)?;
    let owner = owner(kind)?;
    let given = environment(definition, &owner);
    let step = match kind {
        ActionKind::Step(key) => Some(permissions::step(definition, key)?),
        _ => None,
    };
    let buildspec = match step {
        Some(step) => buildspecs::step(step),
        None => buildspecs::buildspec(definition, kind).map(|buildspec| in_repository(definition, file, buildspec))?,
    };
    let mut properties = json!({
        "Name": name,
        "ServiceRole": attribute(&names::logical_id(&name, &definition.name, "Role"), "Arn"),
        "Artifacts": { "Type": "CODEPIPELINE" },
        "Source": { "Type": "CODEPIPELINE", "BuildSpec": buildspec },
        "Environment": rendered_environment(given, privilege(definition, kind, given), &variables(file, kind, step, given)),
        "TimeoutInMinutes": given.map_or(OWN_TIMEOUT, |environment| environment.timeout_minutes),
        "LogsConfig": { "CloudWatchLogs": { "Status": "ENABLED", "GroupName": reference("LogGroup") } },
    });
    properties["EncryptionKey"] = match bucket::encryption(definition) {
        Encryption::Own => attribute(bucket::KEY, "Arn"),
        Encryption::Managed => json!("alias/aws/s3"),
    };
    if let Some(vpc) = given.and_then(|environment| environment.vpc.as_ref()) {
        properties["VpcConfig"] =
            json!({ "VpcId": vpc.id, "Subnets": vpc.subnets, "SecurityGroupIds": vpc.security_groups });
    }
    Some(Project {
        logical_id: names::logical_id(&name, &definition.name, "Project"),
        name,
        resource: json!({ "Type": "AWS::CodeBuild::Project", "Properties": properties }),
    })
}

/// A digest of a project, which is put among its action's variables: a changed project changes the pipeline too, so that
/// the execution restarts with it.
pub(super) fn digest(project: &Project) -> String {
    let digest = hex::encode(Sha256::digest(project.resource.to_string()));
    digest[..16].to_owned()
}

/// A buildspec file's name seen from the top of the repository; inline text as it is.
fn in_repository(definition: &Definition, file: &Utf8Path, buildspec: String) -> String {
    match (&definition.build.work, file.parent()) {
        (crate::definition::BuildWork::Buildspec(path), Some(folder)) if *path == *buildspec => {
            folder.join(path).to_string()
        }
        _ => buildspec,
    }
}

fn privilege(definition: &Definition, kind: &ActionKind, given: Option<&BuildEnvironment>) -> Privilege {
    match kind {
        ActionKind::PublishAssets => publishing_privilege(definition),
        _ => given.map(|environment| environment.privilege).unwrap_or_default(),
    }
}

fn rendered_environment(given: Option<&BuildEnvironment>, privilege: Privilege, variables: &[Value]) -> Value {
    let image = given.map_or(OWN_IMAGE, |environment| environment.image.as_str());
    let credentials = if image.starts_with("aws/codebuild/") { "CODEBUILD" } else { "SERVICE_ROLE" };
    json!({
        "Type": "LINUX_CONTAINER",
        "Image": image,
        "ImagePullCredentialsType": credentials,
        "ComputeType": compute_type(given.map(|environment| environment.compute).unwrap_or_default()),
        "PrivilegedMode": privilege == Privilege::Privileged,
        "EnvironmentVariables": variables,
    })
}

/// The variables that are known beforehand; outputs of stacks are given by the action.
fn variables(file: &Utf8Path, kind: &ActionKind, step: Option<&Step>, given: Option<&BuildEnvironment>) -> Vec<Value> {
    let mut variables = Vec::new();
    if step.is_none() {
        variables.push(variable("PIPECTL_DEFINITION", json!(file.as_str())));
    }
    if step.is_none_or(Step::has_pipectl) {
        variables.push(variable("PIPECTL_SETUP", json!(buildspecs::setup())));
        variables.push(variable("PIPECTL_TOOL_DIGEST", reference(parameter::TOOL_DIGEST)));
    }
    if *kind == ActionKind::PublishAssets {
        variables.push(variable("PIPECTL_ARTIFACTS", reference(bucket::BUCKET)));
    }
    let literals = given.into_iter().flat_map(|environment| &environment.variables);
    variables.extend(literals.filter_map(|(name, value)| Some(variable(name, json!(value.literal()?)))));
    variables
}

fn variable(name: &str, value: Value) -> Value {
    json!({ "Name": name, "Type": "PLAINTEXT", "Value": value })
}

/// CodeBuild's name for a size.
pub fn compute_type(compute: Compute) -> &'static str {
    match compute {
        Compute::Small => "BUILD_GENERAL1_SMALL",
        Compute::Medium => "BUILD_GENERAL1_MEDIUM",
        Compute::Large => "BUILD_GENERAL1_LARGE",
        Compute::XLarge => "BUILD_GENERAL1_XLARGE",
        Compute::XxLarge => "BUILD_GENERAL1_2XLARGE",
    }
}
