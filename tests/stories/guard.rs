//! What native actions leave undone and pipectl does: protection, notification targets, stacks of other accounts that were
//! never created, and deletions that fail.

use crate::support::project::{Project, definition, stage, template};
use crate::support::{ACCOUNT, OTHER_ACCOUNT, REGION};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::Stack;

const STACK: &str = "shop-Staging-app";
const OTHER_REGION: &str = "eu-west-1";

async fn described(project: &Project, account: &str, region: &str) -> Option<Stack> {
    let client = Client::new(&project.config_in(account, region).await);
    let answer = client.describe_stacks().stack_name(STACK).send().await.ok()?;
    answer.stacks().first().cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn protection_and_notification_targets_are_set_and_changed() {
    let topic = |name: &str| format!("arn:aws:sns:{REGION}:{ACCOUNT}:{name}");
    let tables = |keys: &str| format!("{}{keys}\n", stage("Staging", "app.yaml"));
    let guarded = format!("termination-protection = true\nnotification-targets = [\"{}\"]", topic("first"));
    let project = Project::simple(&tables(&guarded), "Value: one");
    project.bring_up().await;
    let _ = project.watch().code(0);
    let stack = described(&project, ACCOUNT, REGION).await.unwrap();
    assert_eq!(stack.enable_termination_protection(), Some(true));
    assert_eq!(stack.notification_arns(), [topic("first")]);

    // A change of the template alone leaves both as they are.
    project.write("app.yaml", &template("Value: two"));
    let _ = project.push("another value");
    let _ = project.watch().code(0);
    let changed = described(&project, ACCOUNT, REGION).await.unwrap();
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "two");
    assert_eq!(
        (changed.enable_termination_protection(), changed.notification_arns()),
        (Some(true), stack.notification_arns())
    );

    // What is protected keeps everything from being deleted.
    let refused = project.pipectl(&["destroy", "--stages", "--yes"]).code(5);
    assert!(refused.errors.contains("is protected from deletion; nothing was deleted"), "{refused:?}");
    assert!(refused.errors.contains("--no-enable-termination-protection"), "{refused:?}");
    assert!(project.stack_status("shop-pipeline").await.is_some());

    let topics = [topic("second"), topic("third")];
    let opened = format!("termination-protection = false\nnotification-targets = {topics:?}");
    project.write("pipeline.toml", &definition("", &tables(&opened)));
    let _ = project.push("open");
    let _ = project.watch().code(0);
    let opened = described(&project, ACCOUNT, REGION).await.unwrap();
    assert_eq!(opened.enable_termination_protection(), Some(false));
    assert_eq!(opened.notification_arns(), topics);
    let _ = project.pipectl(&["destroy", "--stages", "--yes"]).code(0);
    assert!(described(&project, ACCOUNT, REGION).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_of_another_account_that_was_never_created_does_not_stay_in_the_way() {
    let target =
        format!("account = \"{OTHER_ACCOUNT}\"\nregion = \"{OTHER_REGION}\"\napproval = {{}}\n\n[[stage.stack]]");
    let tables = stage("Staging", "app.yaml").replace("[[stage.stack]]", &target);
    let project = Project::simple(&tables, "Value: one");
    let keys = format!("account = \"{ACCOUNT}\"\nregion = \"{REGION}\"");
    project.write("pipeline.toml", &definition(&keys, &tables));
    let _ = project.push("first");
    let told = project.pipectl(&["bootstrap"]).code(0).errors;
    // The command that prepares the other account works as it is told.
    let command = told.split('`').find(|part| part.contains("bootstrap aws://")).unwrap();
    let command: Vec<&str> = command.split(' ').skip(1).collect();
    let _ = project.said_to_run(&command).code(0);
    project.store_token().await;
    let _ = project.pipectl(&["deploy", "--yes"]).code(0);

    let status = async || {
        let stack = described(&project, OTHER_ACCOUNT, OTHER_REGION).await;
        stack.map(|stack| stack.stack_status().unwrap().as_str().to_owned())
    };
    let _ = project.under_way("Staging", "Approve");
    let _ = project.pipectl(&["reject"]).code(0);
    let _ = project.watch().code(1);
    assert_eq!(status().await.as_deref(), Some("REVIEW_IN_PROGRESS"));

    project.write("app.yaml", &template("Value: two, FailOn: create, Reason: no shelf is free"));
    let _ = project.push("fail to create");
    let _ = project.under_way("Staging", "Approve");
    let log = project.pipectl(&["logs", "Guard"]).code(0).output;
    assert!(log.contains("deleting stack `shop-Staging-app`, which is in REVIEW_IN_PROGRESS"), "{log}");
    let _ = project.pipectl(&["approve"]).code(0);
    let failed = project.watch().code(1);
    assert!(failed.output.contains("no shelf is free"), "the cause is told across accounts: {failed:?}");
    assert_eq!(status().await.as_deref(), Some("ROLLBACK_COMPLETE"));

    project.write("app.yaml", &template("Value: three"));
    let _ = project.push("repair");
    let _ = project.under_way("Staging", "Approve");
    let log = project.pipectl(&["logs", "Guard"]).code(0).output;
    assert!(log.contains("deleting stack `shop-Staging-app`, which is in ROLLBACK_COMPLETE"), "{log}");
    let _ = project.pipectl(&["approve"]).code(0);
    let _ = project.watch().code(0);
    let stack = described(&project, OTHER_ACCOUNT, OTHER_REGION).await.unwrap();
    assert_eq!(stack.stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(stack.outputs()[0].output_value(), Some("three"));
    assert!(described(&project, ACCOUNT, REGION).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_fails_is_told_and_can_be_finished() {
    let project =
        Project::simple(&stage("Staging", "app.yaml"), "Value: one, FailOn: delete, Reason: the shelf is bolted");
    project.bring_up().await;
    let _ = project.watch().code(0);
    // Whoever tries again is told the same.
    for _ in 0..2 {
        let failed = project.pipectl(&["destroy", "--stages", "--yes"]).code(1);
        let told = "stack `shop-Staging-app` ended in DELETE_FAILED: `Thing` (Pipectl::Test::Resource) failed: the shelf is bolted";
        assert!(failed.errors.contains(told), "{failed:?}");
        assert!(failed.errors.contains("--stack-name shop-Staging-app --retain-resources Thing`"), "{failed:?}");
        assert_eq!(project.stack_status(STACK).await.as_deref(), Some("DELETE_FAILED"));
    }
    assert_eq!(project.stack_status("shop-pipeline").await, None);

    let client = Client::new(&project.config().await);
    client.delete_stack().stack_name(STACK).retain_resources("Thing").send().await.unwrap();
    while project.stack_status(STACK).await.is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    let done = project.pipectl(&["destroy", "--stages", "--yes"]).code(0);
    assert!(done.errors.contains("nothing was deleted"), "{done:?}");
}
