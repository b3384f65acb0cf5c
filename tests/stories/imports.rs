//! What is imported of resources that are there already reaches the stacks of a pipeline.

use crate::support::project::{Project, REPOSITORY, definition, template};
use crate::support::{ACCOUNT, OTHER_ACCOUNT, REGION};

/// Where the stage is that imports from another account and region.
const ELSEWHERE: &str = "eu-west-1";

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

const HERE: [&str; 2] = [ACCOUNT, REGION];

const TEMPLATE: &str = "Parameters:\n  Pool: {Type: String}\n  Client: {Type: String}\n  Bucket: {Type: String}\nResources:\n  Thing:\n\
                        \u{20}   Type: Pipectl::Test::Resource\n    Properties: {Value: !Sub '${Pool} ${Client} ${Bucket}'}\n\
                        Outputs:\n  Value: {Value: !GetAtt Thing.Value}\n";

fn outputs(pool: &str) -> String {
    format!("{{\"version\": \"1.5\", \"auth\": {{\"user_pool_id\": \"{pool}\", \"aws_region\": \"us-east-1\"}}}}\n")
}

/// A stack that is not of the pipeline, with the output `Value`.
async fn deploy_legacy(project: &Project, [account, region]: [&str; 2]) {
    let client = aws_sdk_cloudformation::Client::new(&project.config_in(account, region).await);
    let request = client.create_stack().stack_name("legacy").template_body(template("Value: legacy-files"));
    let _ = request.send().await.unwrap();
    while project.outputs_in(account, region, "legacy").await.is_none_or(|outputs| outputs.is_empty()) {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Puts an id into the Parameter Store.
async fn store(project: &Project, [account, region]: [&str; 2], value: &str) {
    let client = aws_sdk_ssm::Client::new(&project.config_in(account, region).await);
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

    store(&project, HERE, "client1").await;
    deploy_legacy(&project, HERE).await;
    let _ = project.pipectl(&deploy).code(0);
    let _ = project.watch().code(0);
    let value = || async { project.outputs("shop-Staging-app").await.unwrap()["Value"].clone() };
    assert_eq!(value().await, "us-east-1_AbCdEf123 client1 legacy-files");

    // Ids follow pushes, and what is stored by then.
    store(&project, HERE, "client2").await;
    project.write("amplify_outputs.json", &outputs("us-east-1_Another99"));
    let _ = project.push("use another pool");
    let _ = project.watch().code(0);
    assert_eq!(value().await, "us-east-1_Another99 client2 legacy-files");

    // What is wrong fails before the change sets, and the stack stays as it is.
    store(&project, HERE, "not a client").await;
    let _ = project.push("nothing new");
    let failed = project.watch().code(1);
    assert!(
        failed.output.contains("import `Client`: `not a client` is not the id of a user pool's client"),
        "{failed:?}"
    );
    store(&project, HERE, "client2").await;
    project.write("amplify_outputs.json", &outputs("eu-west-1_Another99"));
    let _ = project.push("use a pool of another region");
    let failed = project.watch().code(1);
    assert!(failed.output.contains("`eu-west-1_Another99`"), "{failed:?}");
    assert_eq!(value().await, "us-east-1_Another99 client2 legacy-files");
}

/// The role for look-ups of the other account reads there what the stage imports, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn ids_of_another_account_are_read_there() {
    let there = [OTHER_ACCOUNT, ELSEWHERE];
    let project = Project::start(REPOSITORY);
    let elsewhere = format!("name = \"Staging\"\naccount = \"{OTHER_ACCOUNT}\"\nregion = \"{ELSEWHERE}\"");
    let tables = TABLES.replacen("name = \"Staging\"", &elsewhere, 1);
    let keys = format!("account = \"{ACCOUNT}\"\nregion = \"{REGION}\"");
    project.write("pipeline.toml", &definition(&keys, &tables));
    project.write("api.yaml", TEMPLATE);
    project.write("amplify_outputs.json", &outputs("us-east-1_AbCdEf123").replace("us-east-1", ELSEWHERE));
    let _ = project.push("first");
    for region in [REGION, ELSEWHERE] {
        let _ = project.pipectl(&["bootstrap", &format!("aws://{ACCOUNT}/{region}")]).code(0);
    }
    let policy = "--cloudformation-execution-policies=arn:aws:iam::aws:policy/AdministratorAccess";
    let environment = format!("aws://{OTHER_ACCOUNT}/{ELSEWHERE}");
    let _ = project.pipectl(&["bootstrap", &environment, "--trust", ACCOUNT, policy]).code(0);
    project.store_token().await;

    // What is there in the pipeline's own account is not what the stage imports.
    store(&project, HERE, "here").await;
    let deploy = ["deploy", "--require-approval", "never"];
    let missing = project.pipectl(&deploy).code(4);
    for told in [
        format!("stage `Staging`: import `Client`: there is no parameter `/shop/client` in {environment}"),
        format!("stage `Staging`: import `Bucket`: there is no stack `legacy` in {environment}"),
    ] {
        assert!(missing.errors.contains(&told), "{missing:?}");
    }

    store(&project, there, "client1").await;
    deploy_legacy(&project, there).await;
    let _ = project.pipectl(&deploy).code(0);
    let _ = project.watch().code(0);
    let value = async || {
        let outputs = project.outputs_in(OTHER_ACCOUNT, ELSEWHERE, "shop-Staging-app").await;
        outputs.unwrap().remove("Value").unwrap()
    };
    assert_eq!(value().await, "eu-west-1_AbCdEf123 client1 legacy-files");

    // What is stored there by then is read anew by each execution.
    store(&project, there, "client2").await;
    project.write("README.md", "again");
    let _ = project.push("nothing new");
    let _ = project.watch().code(0);
    assert_eq!(value().await, "eu-west-1_AbCdEf123 client2 legacy-files");
}
