//! Approvals that say what they are about, and that pass by themselves where there is nothing to ask about.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::project::{Project, REPOSITORY, definition, stage, template};

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_shows_its_changes_and_passes_without_any() {
    let project = Project::start(REPOSITORY);
    let staging = stage("Staging", "app.yaml").replace(
        "name = \"Staging\"\n",
        "name = \"Staging\"\napproval = { message = \"Ship it?\", when = \"changes\" }\n",
    );
    project.write("pipeline.toml", &definition("", &staging));
    project.write("app.yaml", &template("Value: one"));
    project.bring_up().await;
    let _ = project.under_way("Staging", "Approve");
    let said = project.pipectl(&["approve"]).code(0);
    assert!(said.errors.contains("Ship it?\n") && said.errors.contains("1 added"), "{said:?}");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "one");

    // Nothing changes: nobody is asked.
    project.write("README.md", "More words.\n");
    let _ = project.push("say more");
    let _ = project.watch().code(0);

    project.write("app.yaml", &template("Value: two"));
    let _ = project.push("change the stack");
    let _ = project.under_way("Staging", "Approve");
    let said = project.pipectl(&["approve", "Staging"]).code(0);
    assert!(said.errors.contains("1 changed"), "{said:?}");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "two");
}
