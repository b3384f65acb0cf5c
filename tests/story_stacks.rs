//! What becomes of stage stacks that fail, and of approvals that are given or refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::project::{Project, stage, template};

const STACK: &str = "shop-Staging-app";

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_that_failed_is_repaired_by_a_push() {
    let project =
        Project::simple(&stage("Staging", "app.yaml"), "Value: one, FailOn: create, Reason: no shelf is free");
    project.bring_up().await;
    let failed = project.watch().code(1);
    assert!(failed.output.contains("Staging / app.Deploy failed"), "{failed:?}");
    assert!(failed.output.contains("Thing"), "the resource is named: {failed:?}");
    assert!(failed.output.contains("no shelf is free"), "the cause is told: {failed:?}");
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some("ROLLBACK_COMPLETE"));

    project.write("app.yaml", &template("Value: one"));
    let _ = project.push("repair the template");
    let _ = project.watch().code(0);
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some("CREATE_COMPLETE"));
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "one");

    // An update that fails is rolled back: the stack is what it was.
    project.write("app.yaml", &template("Value: two, FailOn: update, Reason: the shelf is bolted"));
    let _ = project.push("fail to update");
    let failed = project.watch().code(1);
    assert!(failed.output.contains("the shelf is bolted"), "{failed:?}");
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some("UPDATE_ROLLBACK_COMPLETE"));
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "one");

    project.write("app.yaml", &template("Value: three"));
    let _ = project.push("repair the update");
    let _ = project.watch().code(0);
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some("UPDATE_COMPLETE"));
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "three");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_holds_a_stage_until_it_is_answered() {
    let stage = stage("Staging", "app.yaml")
        .replace("[[stage.stack]]", "approval = { message = \"Ship it?\" }\n\n[[stage.stack]]");
    let project = Project::simple(&stage, "Value: one");
    project.bring_up().await;
    let waiting = project.under_way("Staging", "Approve");
    // The definition's own words come first, then what the review found.
    assert_eq!(waiting["approval"]["message"], "Ship it?\n1 added");
    let text = project.pipectl(&["status"]).code(0).output;
    assert!(text.contains("`pipectl --local approve Staging`"), "{text}");
    assert_eq!(
        project.outputs(STACK).await.and_then(|outputs| outputs.get("Value").cloned()),
        None,
        "not deployed yet"
    );

    let _ = project.pipectl(&["approve", "Production"]).code(2);
    // The command that a program is told works as it is.
    let command: Vec<&str> = waiting["approval"]["approve"].as_str().unwrap().split(' ').skip(1).collect();
    let said = project.said_to_run(&command).code(0);
    assert!(said.errors.contains("Ship it?"), "{said:?}");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "one");
    let _ = project.pipectl(&["approve"]).code(2);

    project.write("app.yaml", &template("Value: two"));
    let _ = project.push("something doubtful");
    let _ = project.under_way("Staging", "Approve");
    let _ = project.pipectl(&["reject", "Staging", "--message", "too doubtful"]).code(0);
    let rejected = project.watch().code(1);
    assert!(rejected.output.contains("too doubtful"), "{rejected:?}");
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "one");
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some("CREATE_COMPLETE"));

    // What was rejected does not stand in the way of what comes next.
    project.write("app.yaml", &template("Value: three"));
    let _ = project.push("something sound");
    let _ = project.under_way("Staging", "Approve");
    let _ = project.pipectl(&["approve", "Staging"]).code(0);
    let _ = project.watch().code(0);
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "three");
}
