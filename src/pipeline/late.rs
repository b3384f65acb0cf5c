//! Which values of stacks' parameters only an execution of the pipeline knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::cfn::Template;

/// The parameters to which the actions of a pipeline stack give values, by the paths of the template configurations, which
/// have all other values. Nothing is told of a template without a pipeline.
pub fn late_parameters(template: &Template) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let is_pipeline = |resource: &&Value| resource["Type"] == "AWS::CodePipeline::Pipeline";
    let pipeline = template.resources().map(|(_, resource)| resource).find(is_pipeline)?;
    let stages = pipeline["Properties"]["Stages"].as_array()?;
    let actions = stages.iter().filter_map(|stage| stage["Actions"].as_array()).flatten();
    Some(actions.filter_map(|action| given(&action["Configuration"])).collect())
}

/// What an action that makes a change set gives.
fn given(configuration: &Value) -> Option<(String, BTreeSet<String>)> {
    let (_, path) = configuration.get("TemplateConfiguration")?.as_str()?.split_once("::")?;
    let overrides = configuration.get("ParameterOverrides");
    let text = overrides.and_then(|overrides| overrides.as_str().or_else(|| overrides.get("Fn::Sub")?.as_str()));
    let values: Map<String, Value> = text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    Some((path.to_owned(), values.into_iter().map(|(name, _)| name).collect()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_actions_give_is_read_from_the_pipeline() {
        let action = |configuration: Value| json!({ "Name": "x", "Configuration": configuration });
        let stages = json!([{ "Actions": [
            action(json!({ "ProjectName": "build" })),
            action(json!({ "TemplateConfiguration": "Templates::assembly-A/app.config.json" })),
            action(json!({
                "TemplateConfiguration": "Templates::assembly-A/late.config.json",
                "ParameterOverrides": { "Fn::Sub": r##"{"Bucket":"x-${AWS::Region}","Url":"#{A.Url}"}"## },
            })),
        ] }]);
        let pipeline = json!({ "Type": "AWS::CodePipeline::Pipeline", "Properties": { "Stages": stages } });
        let of = |resources: Value| {
            let template = json!({ "Resources": resources });
            late_parameters(&Template::from_value(template.as_object().unwrap().clone()))
        };
        let late = of(json!({ "Pipeline": pipeline })).unwrap();
        assert!(late["assembly-A/app.config.json"].is_empty());
        assert_eq!(Vec::from_iter(&late["assembly-A/late.config.json"]), ["Bucket", "Url"]);
        assert_eq!(late.len(), 2);
        assert_eq!(of(json!({})), None);
    }
}
