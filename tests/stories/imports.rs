//! What is imported of resources that are there already reaches the stacks of a pipeline.

use crate::support::project::{Project, REPOSITORY, definition, template};

const TABLES: &str = r#"
[[stage]]
name = "Staging"

[stage.imports.Client]
kind = "user-pool-client"
parameter = "/shop/client"

[stage.imports.Bucket]
kind = "bucket"
stack = "legacy"
output = "Value"

[stage.imports.Pool]
kind = "user-pool"
file = "amplify_outputs.json"

[[stage.stack]]
name = "app"
template = "api.yaml"
parameters = { Pool = { import = "Pool" }, Client = { import = "Client" }, Bucket = { import = "Bucket" } }
"#;

const TEMPLATE: &str = "Parameters:\n  Pool: {Type: String}\n  Client: {Type: String}\n  Bucket: {Type: String}\nResources:\n  Thing:\n\
                        \u{20}   Type: Pipectl::Test::Resource\n    Properties: {Value: !Sub '${Pool} ${Client} ${Bucket}'}\n\
                        Outputs:\n  Value: {Value: !GetAtt Thing.Value}\n";

fn outputs(pool: &str) -> String {
    format!("{{\"version\": \"1.5\", \"auth\": {{\"user_pool_id\": \"{pool}\", \"aws_region\": \"us-east-1\"}}}}\n")
}

/// A stack that is not of the pipeline, with the output `Value`.
async fn deploy_legacy(project: &Project) {
    let client = aws_sdk_cloudformation::Client::new(&project.config().await);
    let request = client.create_stack().stack_name("legacy").template_body(template("Value: legacy-files"));
    let _ = request.send().await.unwrap();
    while project.stack_status("legacy").await.as_deref() != Some("CREATE_COMPLETE") {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Puts an id into the Parameter Store.
async fn store(project: &Project, value: &str) {
    let client = aws_sdk_ssm::Client::new(&project.config().await);
    let request = client.put_parameter().name("/shop/client").value(value).overwrite(true);
    let _ = request.r#type(aws_sdk_ssm::types::ParameterType::String).send().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_files_parameters_and_other_stacks_reach_a_stack() {
    let project = Project::start(REPOSITORY);
    project.write("pipeline.toml", &definition("region = \"us-east-1\"", TABLES));
    project.write("api.yaml", TEMPLATE);
    project.write("amplify_outputs.json", &outputs("us-east-1_AbCdEf123"));
    project.prepare().await;

    // What is missing is told before anything is written.
    let deploy = ["deploy", "--require-approval", "never"];
    let missing = project.pipectl(&deploy).code(4);
    let environment = "aws://111111111111/us-east-1";
    for told in [
        format!("stage `Staging`: import `Client`: there is no parameter `/shop/client` in {environment}"),
        format!("stage `Staging`: import `Bucket`: there is no stack `legacy` in {environment}"),
    ] {
        assert!(missing.errors.contains(&told), "{missing:?}");
    }
    assert_eq!(project.stack_status("shop-pipeline").await, None);

    store(&project, "client1").await;
    deploy_legacy(&project).await;
    let _ = project.pipectl(&deploy).code(0);
    let _ = project.watch().code(0);
    let value = || async { project.outputs("shop-Staging-app").await.unwrap()["Value"].clone() };
    assert_eq!(value().await, "us-east-1_AbCdEf123 client1 legacy-files");

    // Ids follow pushes, and what is stored by then.
    store(&project, "client2").await;
    project.write("amplify_outputs.json", &outputs("us-east-1_Another99"));
    let _ = project.push("use another pool");
    let _ = project.watch().code(0);
    assert_eq!(value().await, "us-east-1_Another99 client2 legacy-files");

    // What is wrong fails before the change sets, and the stack stays as it is.
    store(&project, "not a client").await;
    let _ = project.push("nothing new");
    let failed = project.watch().code(1);
    assert!(
        failed.output.contains("import `Client`: `not a client` is not the id of a user pool's client"),
        "{failed:?}"
    );
    store(&project, "client2").await;
    project.write("amplify_outputs.json", &outputs("eu-west-1_Another99"));
    let _ = project.push("use a pool of another region");
    let failed = project.watch().code(1);
    assert!(failed.output.contains("`eu-west-1_Another99`"), "{failed:?}");
    assert_eq!(value().await, "us-east-1_Another99 client2 legacy-files");
}
