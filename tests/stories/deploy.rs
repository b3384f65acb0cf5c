//! `deploy` that is killed, repeated, or run twice at once.

use std::time::{Duration, Instant};

use crate::support::project::{Project, definition, stage};

const DEPLOY: [&str; 3] = ["deploy", "--require-approval", "never"];
const STACK: &str = "shop-pipeline";

/// Starts a deployment and kills it as soon as `moment` has come, or it is over.
async fn kill_when(project: &Project, moment: impl AsyncFn(&Project) -> bool) {
    let mut child = project.start_pipectl(&DEPLOY);
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() && !moment(project).await {
        assert!(Instant::now() < deadline, "the moment did not come");
    }
    // A process that is over cannot be killed.
    let _ = child.kill();
    let _ = child.wait().unwrap();
}

async fn has_change_set(project: &Project) -> bool {
    let client = aws_sdk_cloudformation::Client::new(&project.config().await);
    let answer = client.list_change_sets().stack_name(STACK).send().await;
    answer.is_ok_and(|answer| !answer.summaries().is_empty())
}

async fn is_changing(project: &Project) -> bool {
    let status = project.stack_status(STACK).await.unwrap_or_default();
    status.ends_with("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS"
}

async fn assert_complete(project: &Project, status: &str) {
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some(status));
    let again = project.pipectl(&DEPLOY).code(0);
    assert!(again.errors.contains("up to date"), "{again:?}");
    let _ = project.watch().code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_deployment_is_finished_by_the_next() {
    let staging = stage("Staging", "app.yaml");
    let project = Project::simple(&staging, "Value: one");
    project.prepare().await;

    kill_when(&project, async |_| true).await;
    kill_when(&project, has_change_set).await;
    kill_when(&project, is_changing).await;
    let _ = project.pipectl(&DEPLOY).code(0);
    assert_complete(&project, "CREATE_COMPLETE").await;
    assert_eq!(project.executions().await, ["Succeeded"]);

    // The definition is pushed as well: otherwise the next run reverts what is deployed.
    let production = stage("Production", "app.yaml");
    project.write("pipeline.toml", &definition("", &format!("{staging}{production}")));
    kill_when(&project, has_change_set).await;
    kill_when(&project, is_changing).await;
    let _ = project.push("production");
    let _ = project.pipectl(&DEPLOY).code(0);
    let _ = project.watch().code(0);
    assert_complete(&project, "UPDATE_COMPLETE").await;
    assert_eq!(project.stages().await.last().map(String::as_str), Some("Production"));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_deployments_at_once_never_corrupt() {
    let project = Project::simple(&stage("Staging", "app.yaml"), "Value: one");
    project.prepare().await;

    let mut other = project.start_pipectl(&DEPLOY);
    let own = project.pipectl(&DEPLOY);
    let other = other.wait().unwrap();
    assert!(own.code == 0 || own.code == 5, "{own:?}");
    assert!(own.code == 0 || own.errors.contains("shop-pipeline"), "it says what is in the way: {own:?}");
    assert!(own.code == 0 || other.success(), "one of them succeeds: {own:?} {other}");
    assert_complete(&project, "CREATE_COMPLETE").await;
    assert_eq!(project.executions().await, ["Succeeded"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_are_written_as_the_cdk_writes_them() {
    let project = Project::simple(&stage("Staging", "app.yaml"), "Value: one");
    project.prepare().await;
    let _ = project.pipectl(&["deploy", "-y", "-O", "outputs.json"]).code(0);
    let text = std::fs::read_to_string(project.path().join("outputs.json")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(written[STACK]["PipelineName"], "shop");
    assert!(written[STACK]["WebhookUrl"].as_str().unwrap().contains("/webhooks/"), "{written}");

    // `logs -f` ends with the execution and tells how.
    let log = project.pipectl(&["logs", "-f", "--timeout", "150s"]).code(0);
    assert!(log.output.contains("Build / Build │ "), "{}", log.output);
    assert!(log.output.contains("UpdatePipeline / UpdatePipeline │ "), "{}", log.output);

    let outputs = project.pipectl(&["outputs", "--format", "cdk"]).code(0).json();
    assert_eq!(outputs["shop-Staging-app"], serde_json::json!({ "Value": "one" }));
    assert_eq!(outputs[STACK], written[STACK]);
    let staging = project.pipectl(&["outputs", "--format", "cdk", "--stage", "Staging"]).code(0).json();
    assert_eq!(staging, serde_json::json!({ "shop-Staging-app": { "Value": "one" } }));
}
