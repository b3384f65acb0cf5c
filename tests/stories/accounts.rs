//! A pipeline that deploys into another account, whose roles are made anew while it is there.

use crate::support::project::{Project, definition, stage, template};
use crate::support::{ACCOUNT, OTHER_ACCOUNT, REGION};

const TOOLKIT: &str = "CDKToolkit";

const STACK: &str = "shop-Elsewhere-app";

fn bootstrap(project: &Project) {
    let environment = format!("aws://{OTHER_ACCOUNT}/{REGION}");
    let policy = "--cloudformation-execution-policies=arn:aws:iam::aws:policy/AdministratorAccess";
    let _ = project.pipectl(&["bootstrap", &environment, "--trust", ACCOUNT, policy]).code(0);
}

/// Deletes the toolkit stack, and its bucket, which it leaves behind.
async fn unprepare(project: &Project) {
    let config = project.config_in(OTHER_ACCOUNT, REGION).await;
    let stacks = aws_sdk_cloudformation::Client::new(&config);
    stacks.delete_stack().stack_name(TOOLKIT).send().await.unwrap();
    while project.outputs_in(OTHER_ACCOUNT, REGION, TOOLKIT).await.is_some() {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let storage = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    let bucket = format!("cdk-hnb659fds-assets-{OTHER_ACCOUNT}-{REGION}");
    let storage = aws_sdk_s3::Client::from_conf(storage);
    let objects = storage.list_object_versions().bucket(&bucket).send().await.unwrap();
    for object in objects.versions() {
        let (key, version) = (object.key().unwrap(), object.version_id().unwrap());
        storage.delete_object().bucket(&bucket).key(key).version_id(version).send().await.unwrap();
    }
    storage.delete_bucket().bucket(&bucket).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_of_another_account_may_be_made_anew() {
    let tables = stage("Elsewhere", "app.yaml").replace("\n\n[[", &format!("\naccount = \"{OTHER_ACCOUNT}\"\n\n[["));
    let project = Project::simple(&tables, "Value: one");
    let keys = format!("account = \"{ACCOUNT}\"\nregion = \"{REGION}\"");
    project.write("pipeline.toml", &definition(&keys, &tables));
    let _ = project.push("first");
    let _ = project.pipectl(&["bootstrap", &format!("aws://{ACCOUNT}/{REGION}")]).code(0);
    bootstrap(&project);
    project.store_token().await;
    let _ = project.pipectl(&["deploy", "--require-approval", "never"]).code(0);
    let _ = project.watch().code(0);
    let value = async || project.outputs_in(OTHER_ACCOUNT, REGION, STACK).await.unwrap().remove("Value");
    assert_eq!(value().await.as_deref(), Some("one"));
    let outputs = project.pipectl(&["outputs", "--format", "json"]).code(0).json();
    let place = |stack: usize| ["stack", "account", "region"].map(|key| outputs[stack][key].as_str().unwrap());
    assert_eq!(place(0), ["shop-pipeline", ACCOUNT, REGION]);
    assert_eq!(place(1), [STACK, OTHER_ACCOUNT, REGION]);

    // The new roles have the names of the old ones, and nothing else in common with them.
    unprepare(&project).await;
    bootstrap(&project);
    project.write("app.yaml", &template("Value: two"));
    let _ = project.push("change the stack");
    let _ = project.watch().code(0);
    assert_eq!(value().await.as_deref(), Some("two"));

    // What the pipeline's stack leaves behind is told, with how it is deleted: its bucket, once, and the key of both accounts.
    let destroyed = project.pipectl(&["destroy", "--stages", "--yes", "--format", "json"]).code(0).json();
    let why = |kept: &serde_json::Value| kept["why"].as_str().unwrap().to_owned();
    let kept: Vec<String> = destroyed["kept"].as_array().unwrap().iter().map(why).collect();
    for deletion in ["`aws s3 rb ", "`aws kms schedule-key-deletion "] {
        assert_eq!(kept.iter().filter(|why| why.contains(deletion)).count(), 1, "{kept:?}");
    }
}
