//! Looks at rules, as ListRuleExecutions tells them.

use serde_json::{Value, json};

use super::execution::{HistoryInput, MOST_LISTED};
use super::page::page;
use super::{input, key, seconds, without_nulls};
use crate::local::engine::Engine;
use crate::local::engine::machine::{ConditionPlace, Execution, Machine, RuleRun, StageRun};
use crate::local::{Call, Fault};

/// A look at a rule, with the execution and the stage that it belongs to.
type Look<'a> = (&'a Execution, &'a StageRun, &'a RuleRun);

pub(super) fn list(engine: &Engine, call: &Call) -> Result<Value, Fault> {
    let request: HistoryInput = input(call)?;
    engine.read(&key(call, &request.pipeline_name), |record| {
        let machine = &record.machine;
        let mut looks: Vec<Look<'_>> = request
            .executions(machine)?
            .into_iter()
            .flat_map(|execution| execution.stages.iter().map(move |stage| (execution, stage)))
            .flat_map(|(execution, stage)| {
                let conditions = ConditionPlace::ALL.into_iter().filter_map(move |place| stage.condition(place));
                conditions.flat_map(|condition| &condition.rules).map(move |rule| (execution, stage, rule))
            })
            .collect();
        // The newest comes first.
        looks.reverse();
        looks.sort_by_key(|(.., rule)| std::cmp::Reverse(rule.started));
        let name = |(.., rule): &Look<'_>| rule.id.to_string();
        let page = page(looks, name, MOST_LISTED, request.max_results, request.next_token.as_deref())?;
        let details: Vec<Value> = page.items.into_iter().map(|look| detail(machine, look)).collect();
        Ok(without_nulls(json!({ "ruleExecutionDetails": details, "nextToken": page.next })))
    })?
}

fn detail(machine: &Machine, (execution, stage, run): Look<'_>) -> Value {
    let declared = machine.structure_of(execution.version).and_then(|structure| structure.stage(&stage.stage));
    let conditions = ConditionPlace::ALL.into_iter().filter_map(|place| place.condition(declared?));
    let rule = conditions.flat_map(|condition| &condition.rules).find(|rule| rule.name == run.rule);
    json!({
        "pipelineExecutionId": execution.id,
        "ruleExecutionId": run.id,
        "pipelineVersion": execution.version,
        "stageName": stage.stage,
        "ruleName": run.rule,
        "startTime": seconds(run.started),
        "lastUpdateTime": seconds(run.changed),
        "status": run.status,
        "input": {
            "ruleTypeId": rule.map(|rule| &rule.rule_type_id),
            "configuration": rule.map(|rule| &rule.configuration),
            "resolvedConfiguration": run.configuration,
            "roleArn": rule.and_then(|rule| rule.role_arn.as_ref()),
            "region": rule.and_then(|rule| rule.region.as_deref()).unwrap_or(machine.environment.region.as_str()),
        },
        "output": { "executionResult": { "externalExecutionSummary": run.summary, "errorDetails": run.error } },
    })
}
