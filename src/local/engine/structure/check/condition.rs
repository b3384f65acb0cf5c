//! Checks of a stage's conditions ("Configure conditions for a stage", CodePipeline user guide).

use std::collections::BTreeSet;

use super::{Defect, check_name, check_role};
use crate::cron::Schedule;
use crate::local::engine::structure::condition::Operator;
use crate::local::engine::structure::{
    Condition, ConditionResult, Conditions, ExecutionMode, FailureConditions, PipelineType, Rule, RuleProvider, Stage,
    Structure,
};

const MOST_RULES: usize = 5;
const LONGEST_VALUE: usize = 10_000;

/// What may follow when a condition before a stage fails, and when one after it does.
const BEFORE_ENTRY: &[ConditionResult] = &[ConditionResult::Fail, ConditionResult::Skip];
const ON_SUCCESS: &[ConditionResult] = &[ConditionResult::Fail, ConditionResult::Rollback];

/// Checks the conditions of a stage. The first stage is that of the sources.
///
/// What the local endpoint does not execute would change what a pipeline does, so that leaving it out silently would be
/// wrong.
pub(super) fn check(structure: &Structure, position: usize, stage: &Stage) -> Result<(), Defect> {
    let keys = [
        ("beforeEntry", stage.before_entry.is_some()),
        ("onSuccess", stage.on_success.is_some()),
        ("onFailure", stage.on_failure.is_some()),
    ];
    if let Some((key, _)) = keys.iter().find(|(_, given)| *given && structure.pipeline_type == PipelineType::V1) {
        return Err(Defect::structure(format!("Pipeline type V1 does not support {key}; use V2")));
    }
    if let Some(conditions) = &stage.before_entry {
        check_conditions(stage, conditions, "beforeEntry", BEFORE_ENTRY)?;
    }
    if let Some(conditions) = &stage.on_success {
        check_conditions(stage, conditions, "onSuccess", ON_SUCCESS)?;
    }
    if let Some(failure) = &stage.on_failure {
        check_failure(stage, failure)?;
    }
    let rolls_back = |result: Option<ConditionResult>| result == Some(ConditionResult::Rollback);
    let after = stage.on_success.iter().flat_map(|conditions| &conditions.conditions);
    let any = rolls_back(stage.on_failure.as_ref().and_then(|failure| failure.result))
        || after.into_iter().any(|condition| rolls_back(condition.result));
    match (any, position, structure.execution_mode) {
        (true, 0, _) => {
            Err(Defect::stage(format!("Stage '{}' is a source stage and cannot be rolled back", stage.name)))
        }
        (true, _, ExecutionMode::Parallel) => {
            Err(Defect::stage(format!("Stage '{}' cannot be rolled back in the execution mode PARALLEL", stage.name)))
        }
        _ => Ok(()),
    }
}

fn check_failure(stage: &Stage, failure: &FailureConditions) -> Result<(), Defect> {
    if !failure.conditions.is_empty() {
        return Err(Defect::stage(format!(
            "Stage '{}' has conditions in onFailure: the local endpoint executes only its result",
            stage.name
        )));
    }
    match failure.result {
        Some(ConditionResult::Rollback | ConditionResult::Retry) => Ok(()),
        _ => Err(Defect::stage(format!("onFailure of stage '{}' must have the result ROLLBACK or RETRY", stage.name))),
    }
}

fn check_conditions(
    stage: &Stage,
    conditions: &Conditions,
    key: &str,
    results: &[ConditionResult],
) -> Result<(), Defect> {
    let [condition] = conditions.conditions.as_slice() else {
        return Err(Defect::stage(format!(
            "Stage '{}' has {} conditions in {key}; it must have exactly 1",
            stage.name,
            conditions.conditions.len()
        )));
    };
    if condition.result.is_none_or(|result| !results.contains(&result)) {
        return Err(Defect::stage(format!(
            "The condition in {key} of stage '{}' must have one of the results {results:?}",
            stage.name
        )));
    }
    check_rules(stage, condition)
}

fn check_rules(stage: &Stage, condition: &Condition) -> Result<(), Defect> {
    let count = condition.rules.len();
    if !(1..=MOST_RULES).contains(&count) {
        return Err(Defect::stage(format!(
            "A condition of stage '{}' has {count} rules; it must have 1 to {MOST_RULES}",
            stage.name
        )));
    }
    let mut names = BTreeSet::new();
    for rule in &condition.rules {
        check_name("rule", &rule.name)?;
        if !names.insert(&rule.name) {
            return Err(Defect::stage(format!("Rule name '{}' is used more than once", rule.name)));
        }
        let Some(provider) = rule.provider() else {
            return Err(Defect::stage(format!(
                "Rule '{}' of stage '{}' is of provider '{}', which the local endpoint does not execute",
                rule.name, stage.name, rule.rule_type_id.provider
            )));
        };
        if condition.result == Some(ConditionResult::Skip) && !provider.may_skip() {
            return Err(Defect::stage(format!(
                "Rule '{}' of stage '{}' cannot be used with the result SKIP",
                rule.name, stage.name
            )));
        }
        if let Some(role) = &rule.role_arn {
            check_role(role)?;
        }
        check_configuration(rule, provider)?;
    }
    Ok(())
}

fn check_configuration(rule: &Rule, provider: RuleProvider) -> Result<(), Defect> {
    let (required, optional) = provider.keys();
    if let Some(key) = required.iter().find(|key| rule.configuration.get(**key).is_none_or(String::is_empty)) {
        return Err(Defect::stage(format!("Rule '{}' is missing required configuration '{key}'", rule.name)));
    }
    for (key, value) in &rule.configuration {
        if !required.contains(&key.as_str()) && !optional.contains(&key.as_str()) {
            return Err(Defect::stage(format!("Rule '{}' contains unknown configuration '{key}'", rule.name)));
        }
        if value.chars().count() > LONGEST_VALUE {
            return Err(Defect::stage(format!(
                "Configuration '{key}' of rule '{}' has {} characters; the limit is {LONGEST_VALUE}",
                rule.name,
                value.chars().count()
            )));
        }
    }
    let invalid =
        |key: &str, value: &str| Err(Defect::stage(format!("Rule '{}' has the invalid {key} '{value}'", rule.name)));
    let setting = |key: &str| rule.configuration.get(key).map(String::as_str).filter(|value| !value.contains("#{"));
    match provider {
        RuleProvider::DeploymentWindow => match setting("Cron") {
            Some(cron) if Schedule::parse(cron).is_err() => invalid("Cron", cron),
            _ => Ok(()),
        },
        RuleProvider::CloudWatchAlarm => match setting("WaitTime") {
            Some(minutes) if minutes.parse::<u32>().is_err() => invalid("WaitTime", minutes),
            _ => Ok(()),
        },
        RuleProvider::VariableCheck => match rule.configuration.get("Operator") {
            Some(word) if Operator::of(word).is_none() => {
                Err(Defect::stage(format!("Rule '{}' has the unknown Operator '{word}'", rule.name)))
            }
            _ => Ok(()),
        },
    }
}
