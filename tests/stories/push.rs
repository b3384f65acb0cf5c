//! The main job, end to end: the real binary, real Git, real builds, on the local endpoint.

use crate::support::project::{Project, REPOSITORY};

const PIPELINE: &str = r#"
[pipeline]
name = "shop"

[source.github]
repository = "octo-org/shop"

[build]
commands = ["mkdir -p build", "cp handler.txt build/handler.txt"]

"#;

/// A stage with the application, which greets with a word.
fn stage(name: &str, greeting: &str) -> String {
    format!(
        r#"
[[stage]]
name = "{name}"

[[stage.stack]]
name = "app"
template = "templates/app.yaml"
parameters = {{ Greeting = "{greeting}" }}

[[stage.stack.asset]]
name = "handler"
path = "build"
bucket-parameter = "Bucket"
key-parameter = "Key"
"#
    )
}

const SMOKE_TEST: &str = r#"
[[stage.after]]
name = "smoke-test"
commands = ["test \"$MESSAGE\" = /shop/hello", "echo \"smoke: $MESSAGE\""]
variables = { MESSAGE = { output = "app.Name" } }
"#;

const TEMPLATE: &str = r#"
Parameters:
  Greeting: {Type: String}
  Bucket: {Type: String}
  Key: {Type: String}
Resources:
  Message:
    Type: AWS::SSM::Parameter
    Properties:
      Name: !Sub /shop/${Greeting}
      Type: String
      Value: !Sub s3://${Bucket}/${Key}
Outputs:
  Name: {Value: !Ref Message}
  Place: {Value: !GetAtt Message.Value}
"#;

#[tokio::test(flavor = "multi_thread")]
async fn push_deploys_and_the_pipeline_updates_itself() {
    let staging = format!("{PIPELINE}{}{SMOKE_TEST}", stage("Staging", "hello"));
    let both = format!("{staging}{}", stage("Production", "goodbye"));
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &staging);
    project.write("templates/app.yaml", TEMPLATE);
    project.write("handler.txt", "first");
    project.bring_up().await;
    let _ = project.watch().code(0);
    assert_eq!(project.stages().await, ["Source", "Build", "UpdatePipeline", "PublishAssets", "Staging"]);
    assert_eq!(project.executions().await, ["Succeeded"]);
    let outputs = project.outputs("shop-Staging-app").await.unwrap();
    assert_eq!(outputs["Name"], "/shop/hello");

    // The asset is where the stack says.
    let place = outputs["Place"].strip_prefix("s3://").unwrap().split_once('/').unwrap();
    let s3 = aws_sdk_s3::Client::new(&project.config().await);
    assert!(s3.head_object().bucket(place.0).key(place.1).send().await.is_ok(), "{place:?}");

    // Nothing changed: no write, and no run.
    let again = project.pipectl(&["deploy"]).code(0);
    assert!(again.errors.contains("up to date"), "{}", again.errors);
    assert_eq!(project.executions().await.len(), 1);

    // The build's log can be read.
    let log = project.pipectl(&["logs", "smoke-test"]).code(0);
    assert!(log.output.contains("smoke: /shop/hello"), "{}", log.output);

    // A push that adds a stage changes the pipeline, which starts anew and deploys it.
    project.write("pipeline.toml", &both);
    let _ = project.push("production");
    let _ = project.watch().code(0);
    assert_eq!(project.stages().await, ["Source", "Build", "UpdatePipeline", "PublishAssets", "Staging", "Production"]);
    assert_eq!(project.outputs("shop-Production-app").await.unwrap()["Name"], "/shop/goodbye");
    let after = project.executions().await;
    assert_eq!(after.len(), 3, "the push, and exactly one execution after the update: {after:?}");
    assert_eq!(after[0], "Succeeded");

    // A push that breaks the build fails with the command; one that repairs it goes through without a deploy.
    project.write("pipeline.toml", &both.replace("cp handler", "cp hanlder"));
    let _ = project.push("break the build");
    let failed = project.watch().code(1);
    assert!(format!("{}{}", failed.output, failed.errors).contains("hanlder"), "{failed:?}");
    project.write("pipeline.toml", &both);
    project.write("handler.txt", "second");
    let _ = project.push("repair the build");
    let _ = project.watch().code(0);
    let moved = project.outputs("shop-Staging-app").await.unwrap();
    assert_ne!(moved["Place"], outputs["Place"], "the new content has a new key");
    assert_eq!(project.executions().await.len(), 5, "an asset does not change the pipeline");
}
