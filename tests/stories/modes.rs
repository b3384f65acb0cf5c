//! Pushes that meet an execution under way, in each execution mode. Builds wait on FIFOs, so that nothing depends on luck.

use std::collections::BTreeSet;

use crate::support::project::{Project, REPOSITORY, definition, release, stage, template, wait_on};
use aws_sdk_cloudformation::types::ExecutionStatus;

const STEP: &str = "\n[[stage.after]]\nname = \"check\"\ncommands = [\"sh check.sh\"]\n";

/// A pipeline in a mode, whose build and whose step after `Staging` do what the push says; its first execution is over.
async fn begin(mode: &str) -> Project {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &tables(mode, ""));
    project.write("build.sh", "true");
    project.write("check.sh", "true");
    project.write("app.yaml", &template("Value: first"));
    project.bring_up().await;
    let _ = project.watch().code(0);
    project
}

fn tables(mode: &str, more: &str) -> String {
    let build = "[build]\ncommands = [\"sh build.sh\"]\n";
    definition(&format!("execution-mode = \"{mode}\""), &format!("{build}{}{STEP}{more}", stage("Staging", "app.yaml")))
}

/// Pushes other commands of the build.
fn push_build(project: &Project, value: &str, commands: &str) {
    project.write("build.sh", commands);
    project.write("app.yaml", &template(&format!("Value: {value}")));
    let _ = project.push(value);
}

/// Waits until the executions are as told, the newest first.
async fn until(project: &Project, wanted: &[&str]) {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
    loop {
        let executions = project.executions().await;
        if executions == wanted {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{executions:?} instead of {wanted:?}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// An execution waits in `Staging` while a push adds a stage: the pipeline changes, exactly one execution follows, and
/// everything comes to its end.
async fn change_the_pipeline_while_an_execution_waits(project: &Project, mode: &str) {
    let before = project.executions().await.len();
    let fifo = project.fifo("staging");
    project.write("build.sh", "true");
    project.write("check.sh", &wait_on(&fifo));
    let _ = project.push("wait in Staging");
    let _ = project.under_way("Staging", "check");

    project.write("check.sh", "true");
    project.write("pipeline.toml", &tables(mode, &stage("Production", "app.yaml")));
    let _ = project.push("add Production");
    // The push, and the execution that follows the change.
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(120);
    while project.executions().await.len() < before + 3 {
        assert!(tokio::time::Instant::now() < deadline, "{:?}", project.executions().await);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    release(&fifo).await;
    let after = project.settled_executions().await;
    assert_eq!(after.len(), before + 3, "{after:?}");
    // Only parallel executions keep the version that they began with; the others are cancelled by the change.
    let (changing, waiting) = if mode == "parallel" { ("Stopped", "Succeeded") } else { ("Cancelled", "Cancelled") };
    assert_eq!(after[..3], ["Succeeded", changing, waiting], "{after:?}");
    assert_eq!(project.stages().await.last().map(String::as_str), Some("Production"));
    assert!(project.outputs("shop-Production-app").await.is_some());
    let again = project.pipectl(&["deploy"]).code(0);
    assert!(again.errors.contains("up to date"), "{again:?}");
    assert_eq!(project.executions().await.len(), after.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn superseded_executions_give_way_to_the_newest() {
    let project = begin("superseded").await;
    let fifo = project.fifo("build");
    push_build(&project, "second", &wait_on(&fifo));
    let _ = project.under_way("Build", "Build");
    push_build(&project, "third", "exit 1");
    push_build(&project, "fourth", "true");
    until(&project, &["InProgress", "Superseded", "InProgress", "Succeeded"]).await;
    release(&fifo).await;
    assert_eq!(project.settled_executions().await, ["Succeeded", "Superseded", "Succeeded", "Succeeded"]);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "fourth");
    change_the_pipeline_while_an_execution_waits(&project, "superseded").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queued_executions_follow_each_other() {
    let project = begin("queued").await;
    let fifo = project.fifo("build");
    push_build(&project, "second", &wait_on(&fifo));
    let _ = project.under_way("Build", "Build");
    push_build(&project, "third", "true");
    push_build(&project, "fourth", "true");
    release(&fifo).await;
    assert_eq!(project.settled_executions().await, ["Succeeded"; 4]);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "fourth");
    change_the_pipeline_while_an_execution_waits(&project, "queued").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_executions_do_not_wait_for_each_other() {
    let project = begin("parallel").await;
    let fifo = project.fifo("build");
    push_build(&project, "second", &wait_on(&fifo));
    let _ = project.under_way("Build", "Build");
    push_build(&project, "third", "true");
    until(&project, &["Succeeded", "InProgress", "Succeeded"]).await;
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "third");
    release(&fifo).await;
    assert_eq!(project.settled_executions().await, ["Succeeded"; 3]);
    change_the_pipeline_while_an_execution_waits(&project, "parallel").await;
}

/// The names of the change sets of the stack of `Staging` that were never executed.
async fn change_sets(project: &Project) -> BTreeSet<String> {
    let client = aws_sdk_cloudformation::Client::new(&project.config().await);
    let answer = client.list_change_sets().stack_name("shop-Staging-app").send().await.unwrap();
    let left = answer.summaries().iter().filter(|it| it.execution_status() != Some(&ExecutionStatus::ExecuteComplete));
    left.map(|summary| summary.change_set_name().unwrap().to_owned()).collect()
}

/// The names that the change sets of executions have.
fn names(executions: &[&str]) -> BTreeSet<String> {
    executions.iter().map(|execution| format!("pipectl-{execution}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parallel_execution_executes_what_was_approved_in_it() {
    let project = Project::start(REPOSITORY);
    let staging = stage("Staging", "app.yaml");
    let asking = staging.replace("name = \"Staging\"\n", "name = \"Staging\"\napproval = { when = \"changes\" }\n");
    project.write("pipeline.toml", &definition("execution-mode = \"parallel\"", &asking));
    let push = |value: &str| {
        project.write("app.yaml", &template(&format!("Value: {value}")));
        let _ = project.push(value);
    };
    let asked = || {
        let _ = project.under_way("Staging", "Approve");
        let status = project.pipectl(&["status", "--format", "json"]).code(0).json();
        status["newest"]["id"].as_str().unwrap().to_owned()
    };
    let answered = |verdict: &str, execution: &str, code: i32| {
        let _ = project.pipectl(&[verdict, "Staging", "--execution", execution]).code(0);
        project.pipectl(&["status", "--watch", "--execution", execution, "--timeout", "150s"]).code(code)
    };
    let value = async || project.outputs("shop-Staging-app").await.unwrap()["Value"].clone();

    // Both are to create the stack, and the older one is approved.
    project.write("app.yaml", &template("Value: first"));
    project.bring_up().await;
    let first = asked();
    push("second");
    let second = asked();
    assert_eq!(change_sets(&project).await, names(&[&first, &second]));
    let _ = answered("approve", &first, 0);
    assert_eq!(value().await, "first");

    // What the other one prepared is no longer true, so it is prepared and asked about anew.
    let failed = answered("approve", &second, 1);
    assert!(failed.output.contains("app.Deploy"), "{failed:?}");
    assert_eq!(value().await, "first");
    let retried = project.pipectl(&["retry", "--execution", &second]).code(0);
    assert!(retried.errors.contains("all actions of Staging run again"), "{retried:?}");
    assert_eq!(asked(), second);
    let _ = answered("approve", &second, 0);
    assert_eq!(value().await, "second");

    // What was rejected can still be approved, whatever others do meanwhile.
    push("third");
    let third = asked();
    let _ = answered("reject", &third, 1);
    project.write("app.yaml", &template("Value: second"));
    let unchanged = ["fourth", "fifth"].map(|word| {
        project.write("README.md", word);
        let _ = project.push(word);
        let _ = project.watch().code(0);
        let status = project.pipectl(&["status", "--format", "json"]).code(0).json();
        status["newest"]["id"].as_str().unwrap().to_owned()
    });
    // Nothing changed in the others: what the first of them left behind, the second one deleted.
    assert_eq!(change_sets(&project).await, names(&[&third, &unchanged[1]]));
    let retried = project.pipectl(&["retry", "--execution", &third]).code(0);
    assert!(retried.errors.contains("the failed actions of Staging run again"), "{retried:?}");
    let _ = answered("approve", &third, 0);
    assert_eq!(value().await, "third");
}
