//! Other forms of pipelines: steps with inputs and outputs, an update before the build, no update at all, a source in
//! S3.

use std::io::Write;

use crate::support::project::{Project, REPOSITORY, definition, stage, template};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

const STACK: &str = "shop-Staging-app";

/// Steps that see what those before them have found.
const STEPS: &str = r#"
[[stage.before]]
name = "choose"
commands = ["export VALUE=one"]
outputs = ["VALUE"]

[[stage.between]]
name = "count"
variables = { VALUE = { step = "choose.VALUE" } }
commands = ["export SEEN=\"seen $VALUE\""]
outputs = ["SEEN"]

[[stage.after]]
name = "look"
inputs = ["assembly", "pipectl"]
statements = [{ actions = ["cloudformation:DescribeStacks"], resources = ["*"] }]
variables = { VALUE = { output = "app.Value" }, SEEN = { step = "count.SEEN" } }
commands = ["test -f manifest.json", "test ! -e app.yaml", "test \"$VALUE, $SEEN\" = 'one, seen one'", "test \"$(pipectl outputs --stack shop-Staging-app --format env)\" = Value=one"]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_update_before_the_build_repairs_its_variables() {
    let project = Project::start(REPOSITORY);
    let tables = |value: &str| {
        let update = "[update-pipeline]\norder = \"before-build\"\n\n";
        let build =
            format!("[build]\ncommands = [\"test \\\"$MOOD\\\" = good\"]\nvariables = {{ MOOD = \"{value}\" }}\n");
        let stack = stage("Staging", "app.yaml") + "parameters = { Chosen = { step = \"choose.VALUE\" } }\n";
        definition("", &format!("{update}{build}{stack}{STEPS}"))
    };
    project.write("pipeline.toml", &tables("bad"));
    let parameter = "Parameters:\n  Chosen: {Type: String}\n";
    project.write("app.yaml", &(parameter.to_owned() + &template("Value: !Ref Chosen")));
    project.bring_up().await;
    let _ = project.watch().code(1);
    assert_eq!(
        project.stages().await,
        ["Source", "UpdatePipeline", "Build", "UpdateAfterBuild", "PublishAssets", "Staging"]
    );

    project.write("pipeline.toml", &tables("good"));
    let _ = project.push("repair the variable");
    let _ = project.watch().code(0);
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "one");
    assert_eq!(project.settled_executions().await.len(), 3, "the first, the push, and the one after the update");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_of_steps_alone_runs() {
    let project = Project::start(REPOSITORY);
    let step =
        "[[stage]]\nname = \"Staging\"\n[[stage.after]]\nname = \"look\"\ncommands = [\"test -f pipeline.toml\"]\n";
    project.write("pipeline.toml", &definition("", step));
    project.bring_up().await;
    // The build gives out no template, which no action asks for.
    let _ = project.watch().code(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_does_not_update_itself_is_changed_by_deploy_only() {
    let tables = "[update-pipeline]\nenabled = false\n".to_owned() + &stage("Staging", "app.yaml");
    let project = Project::simple(&tables, "Value: one");
    project.bring_up().await;
    let _ = project.watch().code(0);
    assert_eq!(project.stages().await, ["Source", "Build", "PublishAssets", "Staging"]);

    let change = "\n[[stage.stack.override]]\nresource = \"Thing\"\nset = { Value = \"two\" }\n";
    let production = stage("Production", "app.yaml") + change;
    project.write("pipeline.toml", &definition("", &format!("{tables}{production}")));
    let _ = project.push("add Production");
    let _ = project.watch().code(0);
    assert_eq!(project.stages().await, ["Source", "Build", "PublishAssets", "Staging"]);
    let _ = project.pipectl(&["deploy", "--require-approval", "never"]).code(0);
    let _ = project.watch().code(0);
    assert_eq!(project.stages().await, ["Source", "Build", "PublishAssets", "Staging", "Production"]);
    assert_eq!(project.outputs("shop-Production-app").await.unwrap()["Value"], "two");
}

/// Uploads the project's files as the source, which starts an execution.
async fn upload(project: &Project, files: &[&str]) {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&std::fs::read(project.path().join(name)).unwrap()).unwrap();
    }
    let body = ByteStream::from(archive.finish().unwrap().into_inner());
    project.storage().await.put_object().bucket("sources").key("shop.zip").body(body).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_in_s3_is_polled_and_updates_the_pipeline() {
    let project = Project::start(REPOSITORY);
    let github = format!("[source.github]\nrepository = \"{REPOSITORY}\"\n");
    let text = |tables: &str| {
        definition("", tables).replace(&github, "[source.s3]\nbucket = \"sources\"\nkey = \"shop.zip\"\n")
    };
    let staging = stage("Staging", "app.yaml");
    project.write("pipeline.toml", &text(&staging));
    project.write("app.yaml", &template("Value: one"));
    let files = ["pipeline.toml", "app.yaml"];
    let client = project.storage().await;
    client.create_bucket().bucket("sources").send().await.unwrap();
    let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client.put_bucket_versioning().bucket("sources").versioning_configuration(versions).send().await.unwrap();
    upload(&project, &files).await;
    let _ = project.pipectl(&["bootstrap"]).code(0);
    let _ = project.pipectl(&["deploy", "-y"]).code(0);
    let _ = project.watch().code(0);
    assert_eq!(project.outputs(STACK).await.unwrap()["Value"], "one");

    project.write("pipeline.toml", &text(&format!("{staging}{}", stage("Production", "app.yaml"))));
    upload(&project, &files).await;
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(90);
    while project.executions().await.len() < 3 {
        assert!(tokio::time::Instant::now() < deadline, "{:?}", project.executions().await);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let after = project.settled_executions().await;
    assert_eq!((after.len(), after[0].as_str()), (3, "Succeeded"), "{after:?}");
    assert_eq!(project.outputs("shop-Production-app").await.unwrap()["Value"], "one");
}
