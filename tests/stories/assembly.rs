//! A CDK app as a stage, on the local endpoint: its first run finds the stage, later builds change it.

use std::fs;

use crate::support::project::{Project, REPOSITORY, definition};
use serde_json::{Value, json};

const STAGES: [&str; 5] = ["Source", "Build", "UpdatePipeline", "PublishAssets", "Production"];

/// A stage of all stacks of the app, a step that uses an output of one of them, and a build that makes the assembly.
fn tables() -> String {
    let build = "[build]\ncommands = [\"cp -r app cdk.out\"]\n\n";
    let stage = "[[stage]]\nname = \"Production\"\n\n[[stage.assembly]]\npath = \"cdk.out\"\nstacks = [\"*\"]\n\n";
    let step = "[[stage.after]]\nname = \"look\"\nvariables = { NAME = { output = \"Greeter.Name\" } }\n\
                commands = [\"test \\\"$NAME\\\" = greeter\"]\n";
    format!("{build}{stage}{step}")
}

/// Adds a stack that depends on the app's own.
fn add_stack(project: &Project) {
    let path = project.path().join("app/manifest.json");
    let mut manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let mut stack = manifest["artifacts"]["Greeter"].clone();
    stack["displayName"] = json!("Front");
    stack["dependencies"] = json!(["Greeter"]);
    stack["properties"]["templateFile"] = json!("Front.template.json");
    stack["properties"]["stackTemplateAssetObjectUrl"] = Value::Null;
    manifest["artifacts"]["Front"] = stack;
    fs::write(path, manifest.to_string()).unwrap();
    let template = json!({
        "Resources": { "Thing": { "Type": "Pipectl::Test::Resource", "Properties": { "Value": "front" } } },
        "Outputs": { "Value": { "Value": { "Fn::GetAtt": ["Thing", "Value"] } } },
    });
    project.write("app/Front.template.json", &template.to_string());
}

/// The id of the execution before the newest: the one that updated the pipeline.
async fn updating_execution(project: &Project) -> String {
    let client = aws_sdk_codepipeline::Client::new(&project.config().await);
    let answer = client.list_pipeline_executions().pipeline_name("shop").send().await.unwrap();
    answer.pipeline_execution_summaries()[1].pipeline_execution_id().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cdk_app_becomes_a_stage_and_changes_with_its_builds() {
    let project = Project::start(REPOSITORY);
    project.copy_fixture("cdk/ordinary-app", "app");
    project.write("pipeline.toml", &definition("", &tables()));
    project.bring_up().await;
    let _ = project.watch().code(0);
    assert_eq!(project.stages().await, STAGES);
    let outputs = project.outputs("Greeter").await.unwrap();
    assert_eq!(outputs["Name"], "greeter");
    assert_eq!(project.settled_executions().await.len(), 2, "the first, and the one after the update");

    // From a checkout without the assembly, nothing is taken away.
    let said = project.pipectl(&["deploy", "--require-approval", "never"]).code(0);
    assert!(said.errors.contains("up to date"), "{said:?}");
    assert_eq!(project.stages().await, STAGES);

    add_stack(&project);
    let _ = project.push("add a stack");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs("Front").await.unwrap()["Value"], "front");
    assert_eq!(project.settled_executions().await.len(), 4, "the push, and the one after the update");

    // A stack that vanishes from the app is left alone until somebody asks.
    project.copy_fixture("cdk/ordinary-app", "app");
    let _ = project.push("remove the stack");
    let _ = project.watch().code(0);
    let before = updating_execution(&project).await;
    let said = project.pipectl(&["logs", "UpdatePipeline", "--execution", &before]).code(0);
    assert!(said.output.contains("no stage deploys stack `Front` any more"), "{said:?}");
    assert_eq!(project.pipectl(&["prune"]).code(0).output.trim(), "aws://111111111111/us-east-1 Front");
    assert!(project.outputs("Front").await.is_some());
    let _ = project.pipectl(&["prune", "--delete", "--yes"]).code(0);
    assert!(project.outputs("Front").await.is_none());
    assert_eq!(project.pipectl(&["prune"]).code(0).output, "");
}
