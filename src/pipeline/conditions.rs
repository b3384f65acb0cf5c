//! Conditions of stages as CodePipeline writes them ("Configure conditions for a stage" and "Rule structure reference" of
//! the CodePipeline user guide).

use serde_json::{Value, json};

use super::{names, variable};
use crate::definition::{AlarmResult, OnFailure, Window};
use crate::graph::{ActionKind, After, AlarmRule, Conditions, PUBLISH_NAMESPACE, PipelineStage, Rule};

/// The rule whose failure lets an execution pass a stage by.
pub const SKIP_RULE: &str = "Changed";

/// Adds a stage's conditions to it.
pub(super) fn add(stage: &PipelineStage, rendered: &mut Value) {
    if stage.skip.is_some() {
        rendered["BeforeEntry"] = skip(&stage.name);
    }
    let Conditions { before, after, on_failure } = &stage.conditions;
    if !before.is_empty() {
        rendered["BeforeEntry"] = condition("FAIL", before, "AlarmBefore");
    }
    if let Some(After { rules, then }) = after {
        let result = match then {
            AlarmResult::Rollback => "ROLLBACK",
            AlarmResult::Fail => "FAIL",
        };
        rendered["OnSuccess"] = condition(result, rules, "AlarmAfter");
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

fn condition(result: &str, rules: &[Rule], alarm_kind: &str) -> Value {
    let rules: Vec<Value> = rules.iter().map(|rule| self::rule(rule, alarm_kind)).collect();
    json!({ "Conditions": [{ "Result": result, "Rules": rules }] })
}

/// `alarm_kind` is what the names of rules about alarms begin with: those before a stage and those after it are told apart.
fn rule(rule: &Rule, alarm_kind: &str) -> Value {
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
            // Alarms of two regions, or of two accounts, may have one name. Each account has a role of its own.
            let apart = region.as_ref().map(|region| region.as_str()).into_iter().chain(role.as_deref());
            let apart: Vec<&str> = apart.collect();
            let subject = region.as_ref().map_or_else(|| alarm.clone(), |region| format!("{region}-{alarm}"));
            let mut rendered = json!({
                "Name": names::rule_name(alarm_kind, &subject, &apart),
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
            "Name": SKIP_RULE,
            "RuleTypeId": rule_type("VariableCheck"),
            "Configuration": {
                "Variable": format!("#{{{PUBLISH_NAMESPACE}.{}}}", variable::STAGES),
                "Operator": "CONTAINS",
                "Value": format!("/{stage}/"),
            },
        }],
    }] })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rules_have_one_name() {
        let roles = [None, Some("arn:aws:iam::222222222222:role/a"), Some("arn:aws:iam::333333333333:role/a")];
        let mut names = BTreeSet::new();
        let mut count = 0;
        for alarm in ["errors", "eu-west-1-errors", "errors!", "errors?", &"e".repeat(255), &"e".repeat(254)] {
            for region in [None, Some("eu-west-1"), Some("us-west-2")] {
                for role in roles {
                    for kind in ["AlarmBefore", "AlarmAfter"] {
                        let heeded = AlarmRule {
                            alarm: alarm.to_owned(),
                            region: region.map(|region| region.parse().unwrap()),
                            minutes: None,
                            role: role.map(str::to_owned),
                        };
                        let name = rule(&Rule::Alarm(heeded), kind)["Name"].as_str().unwrap().to_owned();
                        assert!(name.len() <= 100, "{name}");
                        names.insert(name);
                        count += 1;
                    }
                }
            }
        }
        assert_eq!(names.len(), count);
    }
}
