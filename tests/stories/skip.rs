//! Stages that are unchanged, and are skipped.

use crate::support::project::{Project, REPOSITORY, definition, stage, template};

/// `Staging` and `Production` stand for themselves, `User` uses an output of `Base`, and `Checked` has a step.
fn tables() -> String {
    let user = stage("User", "user.yaml") + "parameters = { Given = { output = \"Base/app.Value\" } }\n";
    let checked = stage("Checked", "checked.yaml") + "[[stage.after]]\nname = \"check\"\ncommands = [\"true\"]\n";
    let [staging, production, base] =
        [("Staging", "staging.yaml"), ("Production", "production.yaml"), ("Base", "base.yaml")]
            .map(|(name, file)| stage(name, file));
    [staging, production, base, user, checked].concat()
}

fn user(value: &str) -> String {
    format!("Parameters:\n  Given: {{Type: String}}\n{}", template(&format!("Value: !Sub '{value} ${{Given}}'")))
}

impl Stages for Project {
    async fn after(&self, exit: i32) -> Vec<String> {
        let _ = self.watch().code(exit);
        let report = self.pipectl(&["status", "--format", "json"]).code(0).json();
        let newest = report["newest"]["id"].clone();
        let stages = report["stages"].as_array().unwrap().iter().skip(4);
        let here = |stage: &serde_json::Value| match &stage["execution"] {
            execution if *execution == newest => stage["status"].as_str().unwrap().to_owned(),
            _ => "not here".to_owned(),
        };
        stages.map(here).collect()
    }
}

trait Stages {
    /// Waits for the newest execution, and tells how it did in the stages of the definition.
    async fn after(&self, exit: i32) -> Vec<String>;
}

const RAN: &str = "Succeeded";
const SKIPPED: &str = "Skipped";

#[tokio::test(flavor = "multi_thread")]
async fn only_what_changed_is_deployed() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("", &tables()));
    for file in ["staging", "production", "base", "checked"] {
        project.write(&format!("{file}.yaml"), &template("Value: one"));
    }
    project.write("user.yaml", &user("one"));
    project.bring_up().await;
    assert_eq!(project.after(0).await, [RAN; 5]);

    // One stage changes; a stage with a step reads the source, which always does.
    project.write("production.yaml", &template("Value: two"));
    let _ = project.push("change Production");
    assert_eq!(project.after(0).await, [SKIPPED, RAN, SKIPPED, SKIPPED, RAN]);
    assert_eq!(project.outputs("shop-Production-app").await.unwrap()["Value"], "two");
    let shown = project.pipectl(&["status"]).code(0).output;
    assert!(shown.contains("- Skipped"), "{shown}");

    // What a later stage uses is deployed with it, unchanged as it is: its outputs are those of this execution.
    project.write("user.yaml", &user("two"));
    let _ = project.push("change User");
    assert_eq!(project.after(0).await, [SKIPPED, SKIPPED, RAN, RAN, RAN]);
    assert_eq!(project.outputs("shop-User-app").await.unwrap()["Value"], "two one");

    // A stage that failed is tried again, though it is to deploy what was there before.
    project.write("production.yaml", &template("Value: three, FailOn: update, Reason: the shelf is bolted"));
    let _ = project.push("break Production");
    assert_eq!(project.after(1).await, [SKIPPED, "Failed", "not here", "not here", "not here"]);
    project.write("production.yaml", &template("Value: two"));
    let _ = project.push("repair Production");
    assert_eq!(project.after(0).await, [SKIPPED, RAN, SKIPPED, SKIPPED, RAN]);

    // The same source again, and then on demand all of it.
    let started = project.pipectl(&["run"]).code(0);
    assert_eq!(project.after(0).await, [SKIPPED; 5]);
    let earlier = project.pipectl(&["run", "--set", "SkipUnchanged=no"]).code(0).output;
    assert_eq!(project.after(0).await, [RAN; 5]);
    let told = project.pipectl(&["status", "--execution", started.output.trim(), "--format", "json"]).code(0).json();
    assert_eq!(told["newest"]["id"], started.output.trim(), "{told:#}");
    assert!(earlier.trim() != started.output.trim(), "{started:?}");
    let unknown = project.pipectl(&["run", "--set", "SkipUnchange=no"]).code(2).errors;
    assert!(unknown.contains("a variable with a similar name exists: `SkipUnchanged`"), "{unknown}");
    let _ = project.pipectl(&["run"]).code(0);
    assert_eq!(project.after(0).await, [SKIPPED; 5]);
    let log = project.pipectl(&["logs", "PublishAssets"]).code(0).output;
    assert!(log.contains("stage `Staging` is unchanged since execution"), "{log}");
}
