//! What files tell of resources that are there already reaches the stacks of a pipeline.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::project::{Project, REPOSITORY, definition};

const TABLES: &str = r#"
[[stage]]
name = "Staging"

[stage.imports.Pool]
kind = "user-pool"
file = "amplify_outputs.json"

[[stage.stack]]
name = "app"
template = "api.yaml"
parameters = { Pool = { import = "Pool" } }
"#;

const TEMPLATE: &str = "Parameters:\n  Pool: {Type: String}\nResources:\n  Thing:\n\
                        \u{20}   Type: Pipectl::Test::Resource\n    Properties: {Value: !Ref Pool}\n\
                        Outputs:\n  Value: {Value: !GetAtt Thing.Value}\n";

fn outputs(pool: &str) -> String {
    format!("{{\"version\": \"1.5\", \"auth\": {{\"user_pool_id\": \"{pool}\", \"aws_region\": \"us-east-1\"}}}}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_in_a_file_reaches_a_stack_and_follows_pushes() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("region = \"us-east-1\"", TABLES));
    project.write("api.yaml", TEMPLATE);
    project.write("amplify_outputs.json", &outputs("us-east-1_AbCdEf123"));
    project.bring_up().await;
    let _ = project.watch().code(0);
    let value = || async { project.outputs("shop-Staging-app").await.unwrap()["Value"].clone() };
    assert_eq!(value().await, "us-east-1_AbCdEf123");

    project.write("amplify_outputs.json", &outputs("us-east-1_Another99"));
    let _ = project.push("use another pool");
    let _ = project.watch().code(0);
    assert_eq!(value().await, "us-east-1_Another99");

    // What is wrong fails the build, and the stack stays as it is.
    project.write("amplify_outputs.json", &outputs("eu-west-1_Another99"));
    let _ = project.push("use a pool of another region");
    let failed = project.watch().code(1);
    assert!(failed.output.contains("`eu-west-1_Another99`"), "{failed:?}");
    assert_eq!(value().await, "us-east-1_Another99");
}
