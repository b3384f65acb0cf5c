//! `retry`: the stack that was never created goes, and the stage runs once more in the same execution.

use aws_sdk_ssm::types::ParameterType;
use serde_json::{Value, json};

use crate::bed::{Bed, until};
use crate::catalogue::{Case, Verb};
use crate::line::{action, line};
use crate::support::command::Said;

/// The template of the stage's stack: it fails as long as a parameter says so.
pub fn template() -> Value {
    json!({
        "Parameters": { "Name": { "Type": "String" } },
        "Resources": { "Thing": {
            "Type": "Pipectl::Test::Resource",
            "Properties": { "FailOn": { "Fn::Sub": "{{resolve:ssm:/fail/${Name}}}" } },
        } },
    })
}

pub struct Retry;

impl Retry {
    async fn fail_on(bed: &Bed, name: &str, operation: &str) {
        let put = bed.parameters.put_parameter().name(format!("/fail/{name}")).value(operation);
        put.r#type(ParameterType::String).overwrite(true).send().await.unwrap();
    }
}

impl Verb for Retry {
    // No stage has failed any more.
    const AGAIN: &[i32] = &[2];

    async fn prepare(&self, bed: &Bed, case: Case) {
        let name = case.name();
        Self::fail_on(bed, &name, "create").await;
        let change =
            |mode: &str| json!({ "ActionMode": mode, "StackName": format!("{name}-app"), "ChangeSetName": "change" });
        let mut making = change("CHANGE_SET_REPLACE");
        making["TemplatePath"] = json!("Source::app.json");
        making["ParameterOverrides"] = json!(json!({ "Name": name }).to_string());
        making["RoleArn"] = json!({ "Fn::GetAtt": ["DeployRole", "Arn"] });
        let mut prepare = action("Prepare", 1, ("Deploy", "CloudFormation"), making);
        prepare["InputArtifacts"] = json!([{ "Name": "Source" }]);
        let deploy = action("Deploy", 2, ("Deploy", "CloudFormation"), change("CHANGE_SET_EXECUTE"));
        bed.create_stack(&format!("{name}-pipeline"), &line(&name, &[prepare, deploy]), &[]).await;
        until("the stage fails", async || {
            bed.executions(&name).await.iter().any(|(_, status)| status == "Failed").then_some(())
        })
        .await;
        Self::fail_on(bed, &name, "nothing").await;
    }

    async fn run(&self, bed: &Bed, case: Case, url: &str) -> Said {
        let name = case.name();
        bed.pipectl(&name, url, &["retry", "--pipeline", &name]).await
    }

    async fn state(&self, bed: &Bed, case: Case) -> String {
        let name = case.name();
        let executions = bed.settled_executions(&name).await;
        let stack = bed.stack(&format!("{name}-app")).await;
        format!("{executions:?} {:?} {stack}", bed.runs(&name).await).replace(&name, "NAME")
    }
}
