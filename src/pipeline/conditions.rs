//! Conditions of stages as CodePipeline writes them ("Configure conditions for a stage" and "Rule structure reference" of
//! the CodePipeline user guide).

use serde_json::{Value, json};

use super::variable;
use crate::graph::{PUBLISH_NAMESPACE, PipelineStage};

/// Adds a stage's conditions to it.
pub(super) fn add(stage: &PipelineStage, rendered: &mut Value) {
    if stage.skip.is_some() {
        rendered["BeforeEntry"] = skip(&stage.name);
    }
}

/// The condition that lets an execution pass a stage by unless PublishAssets says that there is something to deploy.
///
/// A stage is skipped when the rule *fails*; so what is listed are the stages that are not.
fn skip(stage: &str) -> Value {
    json!({ "Conditions": [{
        "Result": "SKIP",
        "Rules": [{
            "Name": "Changed",
            "RuleTypeId": { "Category": "Rule", "Owner": "AWS", "Provider": "VariableCheck", "Version": "1" },
            "Configuration": {
                "Variable": format!("#{{{PUBLISH_NAMESPACE}.{}}}", variable::STAGES),
                "Operator": "CONTAINS",
                "Value": format!("/{stage}/"),
            },
        }],
    }] })
}
