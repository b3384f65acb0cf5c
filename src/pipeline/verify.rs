//! The services' limits on what was rendered. Each message gives the number, the limit and the remedy.

use serde_json::{Map, Value};

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

/// Checks a rendered pipeline stack.
pub(super) fn check(template: &Map<String, Value>) -> Report {
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
        "bytes of the pipeline stack's template",
        text.len(),
        TEMPLATE_LIMIT,
        "split the pipeline into two definitions",
    );
    limit(
        "dynamic references of the pipeline stack",
        text.matches("{{resolve:").count(),
        DYNAMIC_REFERENCES,
        "split the pipeline into two definitions",
    );
    let resources = template.get("Resources").and_then(Value::as_object);
    limit(
        "resources of the pipeline stack",
        resources.map_or(0, Map::len),
        RESOURCE_LIMIT,
        "each step makes a role and a project; join steps of the same stage, or split the pipeline",
    );
    for (logical_id, resource) in resources.into_iter().flatten() {
        let properties = &resource["Properties"];
        match resource["Type"].as_str().unwrap_or_default() {
            "AWS::IAM::Role" => limit(
                &format!("characters of the policies of `{logical_id}`"),
                properties["Policies"].to_string().len(),
                ROLE_POLICIES,
                "move statements into a managed policy and name it in `managed-policies`, or use fewer steps and environments",
            ),
            "AWS::CodeBuild::Project" => limit(
                &format!("characters of the buildspec of `{logical_id}`"),
                properties["Source"]["BuildSpec"].as_str().unwrap_or_default().len(),
                BUILDSPEC,
                "move the commands into a script in the repository and call it",
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
