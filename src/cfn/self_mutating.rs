//! Pipelines of the CDK's own.

use serde_json::Value;

use super::Template;

/// The stage and the action by which a pipeline of CDK Pipelines updates itself (aws-cdk-lib, `pipelines.CodePipeline`).
const UPDATE: (&str, &str) = ("UpdatePipeline", "SelfMutate");

impl Template {
    /// Whether it holds a pipeline of CDK Pipelines that updates itself.
    pub fn holds_cdk_pipeline(&self) -> bool {
        let (stage, action) = UPDATE;
        self.resources().any(|(_, resource)| {
            resource["Type"] == "AWS::CodePipeline::Pipeline"
                && named(&resource["Properties"]["Stages"], stage)
                    .is_some_and(|stage| named(&stage["Actions"], action).is_some())
        })
    }
}

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|entry| entry["Name"] == name)
}
