//! The services' limits on what was rendered. Each message gives the number, the limit and the remedy.

use serde_json::{Map, Value};

use super::size;
use crate::cfn::{RESOURCE_LIMIT, TEMPLATE_LIMIT};
use crate::diagnostic::{Diagnostic, Report};

/// Characters of an action's configuration value (CodePipeline API, `ActionConfigurationValue`).
const CONFIGURATION_VALUE: usize = 1_000;
/// Characters of all inline policies of a role, white space aside ("IAM and AWS STS quotas").
const ROLE_POLICIES: usize = 10_240;
/// Characters of an inline buildspec; CodeBuild refuses longer ones, though it documents no limit.
const BUILDSPEC: usize = 25_600;
/// Dynamic references of a template ("Using dynamic references", CloudFormation user guide).
const DYNAMIC_REFERENCES: usize = 60;

/// Bytes of a bucket's policy ("Bucket policies for Amazon S3").
const BUCKET_POLICY: usize = 20_480;
/// Bytes of a key's policy ("AWS KMS quotas").
const KEY_POLICY: usize = 32_768;

/// Checks a rendered stack. `stack` is how messages name it.
pub(super) fn check(stack: &str, template: &Map<String, Value>) -> Report {
    let mut report = Report::default();
    let text = Value::Object(template.clone()).to_string();
    let mut limit = |what: &str, number: usize, limit: usize, remedy: &str| {
        if number > limit {
            report.push(
                Diagnostic::error("limit", format!("{what}: {number}, but the service allows {limit}")).help(remedy),
            );
        }
    };
    limit(
        &format!("bytes of the template of {stack}"),
        text.len(),
        TEMPLATE_LIMIT,
        "split the pipeline into two definitions",
    );
    limit(
        &format!("dynamic references of {stack}"),
        text.matches("{{resolve:").count(),
        DYNAMIC_REFERENCES,
        "split the pipeline into two definitions",
    );
    let none = Map::new();
    let all = template.get("Resources").and_then(Value::as_object).unwrap_or(&none);
    limit(
        &format!("resources of {stack}"),
        all.len(),
        RESOURCE_LIMIT,
        "each step makes a role and a project; join steps of the same stage, or split the pipeline",
    );
    for (logical_id, resource) in all {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().unwrap_or_default() {
            "AWS::IAM::Role" => limit(
                &format!("characters of the policies of `{logical_id}`"),
                policies(properties).map(|document| size::resolved(document, all)).sum(),
                ROLE_POLICIES,
                "move statements into a managed policy and name it in `managed-policies`, or use fewer steps and environments",
            ),
            "AWS::CodeBuild::Project" => limit(
                &format!("characters of the buildspec of `{logical_id}`"),
                properties["Source"]["BuildSpec"].as_str().unwrap_or_default().len(),
                BUILDSPEC,
                "move the commands into a script in the repository and call it",
            ),
            "AWS::S3::BucketPolicy" => limit(
                &format!("bytes of the bucket's policy of {stack}"),
                size::resolved(&properties["PolicyDocument"], all),
                BUCKET_POLICY,
                "split the pipeline into two definitions with fewer accounts each",
            ),
            "AWS::KMS::Key" => limit(
                &format!("bytes of the key's policy of {stack}"),
                size::resolved(&properties["KeyPolicy"], all),
                KEY_POLICY,
                "split the pipeline into two definitions with fewer accounts each",
            ),
            "AWS::CodePipeline::Pipeline" => {
                for (action, key, length) in long_values(properties) {
                    limit(
                        &format!("characters of `{key}` of the action `{action}`"),
                        length,
                        CONFIGURATION_VALUE,
                        "use fewer outputs in this stack's parameters or this step's variables, or shorter names",
                    );
                }
            }
            _ => {}
        }
    }
    report
}

/// The documents of a role's inline policies.
fn policies(role: &Value) -> impl Iterator<Item = &Value> {
    role["Policies"].as_array().into_iter().flatten().map(|policy| &policy["PolicyDocument"])
}

/// Every configuration value that is too long: action, key, length.
fn long_values(pipeline: &Value) -> Vec<(String, String, usize)> {
    let actions = |stage: &Value| stage["Actions"].as_array().cloned().unwrap_or_default();
    pipeline["Stages"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(actions)
        .flat_map(|action| {
            let name = action["Name"].as_str().unwrap_or_default().to_owned();
            let configuration = action["Configuration"].as_object().cloned().unwrap_or_default();
            configuration.into_iter().map(move |(key, value)| (name.clone(), key, length(&value)))
        })
        .filter(|(_, _, length)| *length > CONFIGURATION_VALUE)
        .collect()
}

/// The length of a value, before pseudo parameters are filled in.
fn length(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Object(object) => object.values().map(length).sum(),
        _ => 0,
    }
}
