//! Approvals that say what they are about, and that pass by themselves where there is nothing to ask about.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::project::{Project, REPOSITORY, definition, stage, template};

/// A template whose value is a parameter's.
fn parameterised() -> String {
    format!("Parameters: {{Size: {{Type: String, Default: two}}}}\n{}", template("Value: !Ref Size"))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_shows_its_changes_and_passes_without_any() {
    let project = Project::start(REPOSITORY);
    let staging = stage("Staging", "app.yaml").replace(
        "name = \"Staging\"\n",
        "name = \"Staging\"\napproval = { message = \"Ship it?\", when = \"changes\" }\n",
    );
    project.write("pipeline.toml", &definition("", &format!("{staging}parameters = {{ Size = \"one\" }}\n")));
    project.write("app.yaml", &parameterised());
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

    // A value that is given no more falls back to the template's default: this is told before it is pushed, and asked.
    project.write("pipeline.toml", &definition("", &staging));
    let told = project.pipectl(&["diff", "Staging"]).code(7).output;
    assert!(told.contains("~ parameter Size: one → two, the template's default"), "{told}");
    let _ = project.push("change the stack");
    let _ = project.under_way("Staging", "Approve");
    let said = project.pipectl(&["approve", "Staging"]).code(0);
    assert!(said.errors.contains("1 changed"), "{said:?}");
    assert!(said.errors.contains("1 value falls back to defaults (Size: one → two)"), "{said:?}");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs("shop-Staging-app").await.unwrap()["Value"], "two");
}
