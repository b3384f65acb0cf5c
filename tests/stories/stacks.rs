//! What becomes of stage stacks that fail, and of approvals that are given or refused.

use crate::support::project::{Project, definition, stage, template};

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
    assert_eq!(waiting["approval"]["message"], "Ship it?\n1 added\nAll of it: `pipectl logs Review --stage Staging`");
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

/// Sets what the second resource of [`fragile`] fails on.
fn fail_on(project: &Project, operation: &str) {
    let put =
        ["ssm", "put-parameter", "--name", "/fail/other", "--type", "String", "--overwrite", "--value", operation];
    let _ = project.client("aws", &put).code(0);
}

/// A template whose second resource fails when told to, after the first one was changed.
fn fragile(properties: &str) -> String {
    let other = "  Other:\n    Type: Pipectl::Test::Resource\n    DependsOn: Thing\n    \
                 Properties: {FailOn: '{{resolve:ssm:/fail/other}}', Reason: no shelf is free}\n";
    template(properties).replace("Outputs:", &format!("{other}Outputs:"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_back_that_failed_is_told_and_continued() {
    // What goes back is updated to what it was, and refuses that.
    let project =
        Project::simple(&stage("Staging", "app.yaml"), "Value: one, FailOn: update, Reason: the shelf is bolted");
    project.bring_up().await;
    let _ = project.watch().code(0);
    fail_on(&project, "create");
    project.write("app.yaml", &fragile("Value: two"));
    let _ = project.push("fail on both ways");
    let said = project.watch().code(1).output;
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some("UPDATE_ROLLBACK_FAILED"));
    assert!(said.contains("no shelf is free"), "what failed first is told: {said}");
    let stuck = "stack `shop-Staging-app` is stuck in UPDATE_ROLLBACK_FAILED: `Thing` (Pipectl::Test::Resource) failed: \
                 the shelf is bolted";
    assert!(said.contains(stuck), "{said}");
    let skipping = "`pipectl --local retry Staging --skip shop-Staging-app/Thing` leaves `Thing` as it is now";
    assert!(said.contains(skipping), "{said}");
    assert!(!said.contains("push a repair"), "a push would be refused: {said}");
    let report = project.pipectl(&["status", "--format", "json"]).code(0).json();
    let stages = report["stages"].as_array().unwrap();
    let deploy = stages.last().unwrap()["actions"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(deploy["stuck"]["status"], "UPDATE_ROLLBACK_FAILED", "{deploy:#}");
    assert_eq!(deploy["stuck"]["resources"][0]["name"], "Thing");

    // Nothing is given up unless somebody says so.
    let failed = project.pipectl(&["retry"]).code(1).errors;
    assert!(failed.contains("continuing the failed rollback of stack `shop-Staging-app`"), "{failed}");
    assert!(failed.contains(stuck) && failed.contains(skipping), "{failed}");
    let other = project.pipectl(&["retry", "--skip", "shop-Staging-other/Thing"]).code(2).errors;
    assert!(other.contains("stuck: `shop-Staging-app`"), "{other}");

    fail_on(&project, "nothing");
    let command = ["retry", "Staging", "--skip", "shop-Staging-app/Thing", "--format", "json"];
    let retried = project.pipectl(&command).code(0);
    assert!(retried.errors.contains("`Thing` of stack `shop-Staging-app` is left as it is"), "{retried:?}");
    assert_eq!(retried.json()["continued"][0], STACK);
    let _ = project.watch().code(0);
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "two");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_of_a_stack_that_is_deleted_is_told() {
    let project = Project::simple(&stage("Staging", "app.yaml"), "Value: one");
    let files = "  Files: {Type: AWS::S3::Bucket, DeletionPolicy: Retain, Properties: {BucketName: shop-files}}\n";
    project.write("app.yaml", &template("Value: one").replace("Outputs:", &format!("{files}Outputs:")));
    project.bring_up().await;
    let _ = project.watch().code(0);
    // Without its stages' stacks, which are found later.
    let _ = project.pipectl(&["destroy", "--yes"]).code(0);
    let found = project.pipectl(&["prune", "--format", "json"]).code(0).json();
    assert_eq!(found["found"][0]["stack"], STACK, "{found:#}");
    let told = project.pipectl(&["destroy", "--stages", "--yes", "--format", "json"]).code(0);
    let delete = "; aws s3 rb --region us-east-1 --force s3://shop-files` deletes it";
    assert!(told.errors.contains(delete), "{told:?}");
    let told = told.json();
    let mut kept = told["kept"].as_array().unwrap().iter();
    assert!(kept.any(|kept| kept["kind"] == "resource" && kept["name"] == "shop-files"), "{told:#}");
    assert_eq!(project.stack_status(STACK).await, None);
    project.storage().await.head_bucket().bucket("shop-files").send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deployed_once_is_deleted_in_whatever_order_its_uses_allow() {
    let app = format!("{}depends-on = [\"base\"]\n", stage("Staging", "app.yaml"));
    let more = |name: &str| format!("\n[[stage.stack]]\nname = \"{name}\"\ntemplate = \"{name}.yaml\"\n");
    let project = Project::simple(&format!("{app}{}{}", more("base"), more("extra")), "Value: one");
    // The endpoint is there: whoever wants one has it.
    let up = project.pipectl(&["local", "up", "--detach"]).code(0);
    assert!(up.errors.contains("already"), "{up:?}");
    let exported = "Outputs:\n  Name: {Value: one, Export: {Name: shop-base}}\n";
    project.write("base.yaml", &template("Value: one").replace("Outputs:\n", exported));
    project.write("extra.yaml", &template("Value: one"));
    project.write("app.yaml", &template("Value: !ImportValue shop-base"));
    project.bring_up().await;
    let _ = project.watch().code(0);
    project.write("pipeline.toml", &definition("", &stage("Staging", "app.yaml")));
    let _ = project.push("remove two stacks");
    let _ = project.watch().code(0);
    let diff = project.pipectl(&["diff"]).code(0);
    assert!(diff.output.contains("Not deployed any more\n  = shop-Staging-"), "{diff:?}");
    assert!(diff.errors.contains("`pipectl --local prune` lists the stacks"), "{diff:?}");
    let status = project.pipectl(&["status"]).code(0).output;
    assert!(status.contains("are still there, but the pipeline deploys such stacks no more"), "{status}");
    let found = project.pipectl(&["prune"]).code(0);
    assert_eq!(found.output.lines().count(), 2, "{found:?}");
    assert!(found.errors.contains("`pipectl --local prune --delete` deletes these stacks"), "{found:?}");
    let told = project.pipectl(&["prune", "--format", "json"]).code(0).errors;
    assert!(told.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{told}");

    // What is used stays, and keeps nothing else.
    let refused = project.pipectl(&["prune", "--delete", "--yes"]).code(5).errors;
    assert!(refused.contains("`shop-Staging-base`") && refused.contains("help: what uses the stack"), "{refused}");
    assert_eq!(project.stack_status("shop-Staging-extra").await, None);
    assert!(project.stack_status("shop-Staging-base").await.is_some());

    let declined = project.pipectl(&["destroy", "--format", "json"]).code(6);
    let lines: Vec<serde_json::Value> =
        declined.errors.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect();
    let unasked = "a deletion needs an approval, and `--format json` asks nobody";
    assert!(lines.iter().any(|line| line["message"] == unasked), "{lines:#?}");
    let told = declined.json();
    assert_eq!((&told["deleted"], &told["found"][0]["stack"]), (&serde_json::json!([]), &"shop-pipeline".into()));
    let kept = project.pipectl(&["destroy"]).code(6).errors;
    assert!(
        kept.contains("`shop-Staging-base` in aws://111111111111/us-east-1: it is no part of the pipeline"),
        "{kept}"
    );
    let deleted = project.pipectl(&["destroy", "--stages", "--yes", "--format", "json"]).code(0).json();
    let stacks: Vec<&str> =
        deleted["deleted"].as_array().unwrap().iter().map(|stack| stack["stack"].as_str().unwrap()).collect();
    assert_eq!(stacks, ["shop-pipeline", "shop-Staging-base", "shop-Staging-app"]);
    for stack in stacks {
        assert_eq!(project.stack_status(stack).await, None, "{stack}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_whose_deletion_failed_is_told_with_the_way_out() {
    let project =
        Project::simple(&stage("Staging", "app.yaml"), "Value: one, FailOn: delete, Reason: the shelf is bolted");
    project.bring_up().await;
    let _ = project.watch().code(0);
    let _ = project.client("aws", &["cloudformation", "delete-stack", "--stack-name", STACK]).code(0);
    while project.stack_status(STACK).await.as_deref() != Some("DELETE_FAILED") {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    project.write("app.yaml", &template("Value: two"));
    let _ = project.push("change what is half gone");
    let said = project.watch().code(1).output;
    let stuck = "stack `shop-Staging-app` is stuck in DELETE_FAILED: `Thing` (Pipectl::Test::Resource) failed: the shelf is \
                 bolted";
    assert!(said.contains(stuck), "{said}");
    assert!(said.contains("--retain-resources Thing` deletes the stack and leaves `Thing`"), "{said}");
    let refused = project.pipectl(&["retry"]).code(1).errors;
    assert!(refused.contains(stuck), "{refused}");
}
