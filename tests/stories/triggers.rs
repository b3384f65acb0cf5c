//! A pipeline that reads through a connection, and the filters that say which pushes start it.

use crate::support::REGION;
use crate::support::project::{PIPELINE, Project, REPOSITORY, stage, template};

/// Commits a change of a file, without pushing it.
fn commit(project: &Project, file: &str, message: &str) {
    project.write(file, message);
    let _ = project.git(&["add", "--all"]);
    let _ = project.git(&["commit", "--quiet", "--message", message]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_counts_with_all_of_its_commits() {
    let project = Project::start(REPOSITORY);
    let connection = ["codeconnections", "create-connection", "--provider-type", "GitHub", "--connection-name", "hub"];
    let connection = project.client("aws", &connection).code(0).json();
    let arn = connection["ConnectionArn"].as_str().unwrap();
    project.write("app.yaml", &template("Value: one"));
    project.write(
        "pipeline.toml",
        &format!(
            "[pipeline]\nname = \"{PIPELINE}\"\nregion = \"{REGION}\"\n\n\
             [source.connection]\narn = \"{arn}\"\nrepository = \"{REPOSITORY}\"\n\n\
             [[source.connection.push]]\nbranches = [\"main\"]\npaths = [\"web/**\"]\n\n\
             [[source.connection.push]]\ntags = [\"v*\"]\n{}",
            stage("Staging", "app.yaml")
        ),
    );
    let _ = project.push("first");
    let _ = project.pipectl(&["bootstrap"]).code(0);
    let _ = project.pipectl(&["deploy", "--require-approval", "never"]).code(0);
    let _ = project.watch().code(0);

    commit(&project, "docs/page.md", "documentation alone");
    let _ = project.push("nothing of interest");
    assert_eq!(project.settled_executions().await, ["Succeeded"]);

    // What is of interest was changed by the first of several commits.
    commit(&project, "web/page.html", "a page");
    commit(&project, "docs/page.md", "its documentation");
    let _ = project.push("both");
    assert_eq!(project.settled_executions().await, ["Succeeded", "Succeeded"]);

    let remote = project.pipectl(&["local", "remote", REPOSITORY]).code(0).output;
    for (tag, executions) in [("w1", 2), ("v1", 3)] {
        let _ = project.git(&["tag", "--annotate", "--message", "a version", tag]);
        let _ = project.git(&["push", "--quiet", remote.trim(), tag]);
        assert_eq!(project.settled_executions().await.len(), executions, "{tag}");
    }
}
