//! Conditions of stages as CodePipeline writes them ("Configure conditions for a stage" and "Rule structure reference" of
//! the CodePipeline user guide).

use serde_json::{Value, json};

use super::{names, variable};
use crate::definition::{AlarmResult, OnFailure, Window};
use crate::graph::{ActionKind, After, AlarmRule, Conditions, PUBLISH_NAMESPACE, PipelineStage, Rule};

/// Adds a stage's conditions to it.
pub(super) fn add(stage: &PipelineStage, rendered: &mut Value) {
    if stage.skip.is_some() {
        rendered["BeforeEntry"] = skip(&stage.name);
    }
    let Conditions { before, after, on_failure } = &stage.conditions;
    if !before.is_empty() {
        rendered["BeforeEntry"] = condition("FAIL", before);
    }
    if let Some(After { rules, then }) = after {
        let result = match then {
            AlarmResult::Rollback => "ROLLBACK",
            AlarmResult::Fail => "FAIL",
        };
        rendered["OnSuccess"] = condition(result, rules);
    }
    match on_failure {
        OnFailure::Fail => {}
        OnFailure::Rollback => rendered["OnFailure"] = json!({ "Result": "ROLLBACK" }),
        OnFailure::Retry => {
            let configuration = json!({ "RetryMode": retry_mode(stage) });
            rendered["OnFailure"] = json!({ "Result": "RETRY", "RetryConfiguration": configuration });
        }
    }
}

/// What is tried again. A change set that failed cannot be executed a second time, so where there are stacks it is made
/// again too.
fn retry_mode(stage: &PipelineStage) -> &'static str {
    let has_stacks = stage.actions.iter().any(|action| matches!(action.kind, ActionKind::Prepare(_)));
    if has_stacks { "ALL_ACTIONS" } else { "FAILED_ACTIONS" }
}

fn condition(result: &str, rules: &[Rule]) -> Value {
    json!({ "Conditions": [{ "Result": result, "Rules": rules.iter().map(rule).collect::<Vec<_>>() }] })
}

fn rule(rule: &Rule) -> Value {
    match rule {
        Rule::Window(Window { cron, time_zone }) => {
            let mut configuration = json!({ "Cron": cron });
            if let Some(zone) = time_zone {
                configuration["TimeZone"] = json!(zone);
            }
            json!({
                "Name": "Window",
                "RuleTypeId": rule_type("DeploymentWindow"),
                "Configuration": configuration,
            })
        }
        Rule::Alarm(AlarmRule { alarm, region, minutes, role }) => {
            // `AlarmStates` is left out, as in the documentation's examples: what it says of the key may be read both ways,
            // and a wrong reading would turn the rule around.
            let mut configuration = json!({ "AlarmName": alarm });
            if let Some(minutes) = minutes {
                configuration["WaitTime"] = json!(minutes.to_string());
            }
            // Alarms of two regions may have one name.
            let subject = region.as_ref().map_or_else(|| alarm.clone(), |region| format!("{region}-{alarm}"));
            let mut rendered = json!({
                "Name": names::rule_name("Alarm", &subject),
                "RuleTypeId": rule_type("CloudWatchAlarm"),
                "Configuration": configuration,
            });
            if let Some(region) = region {
                rendered["Region"] = json!(region.as_str());
            }
            if let Some(role) = role {
                rendered["RoleArn"] = json!(role);
            }
            rendered
        }
    }
}

fn rule_type(provider: &str) -> Value {
    json!({ "Category": "Rule", "Owner": "AWS", "Provider": provider, "Version": "1" })
}

/// The condition that lets an execution pass a stage by unless PublishAssets says that there is something to deploy.
///
/// A stage is skipped when the rule *fails*; so what is listed are the stages that are not.
fn skip(stage: &str) -> Value {
    json!({ "Conditions": [{
        "Result": "SKIP",
        "Rules": [{
            "Name": "Changed",
            "RuleTypeId": rule_type("VariableCheck"),
            "Configuration": {
                "Variable": format!("#{{{PUBLISH_NAMESPACE}.{}}}", variable::STAGES),
                "Operator": "CONTAINS",
                "Value": format!("/{stage}/"),
            },
        }],
    }] })
}
