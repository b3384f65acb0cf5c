//! A CDK Pipelines app is taken over, on the local endpoint: its stacks stay, and the new pipeline updates them in place.

use crate::support::project::{PIPELINE, Project, template};
use aws_sdk_cloudformation::Client;

/// The stack of the app's stage, as both pipelines call it.
const STACK: &str = "Prod-LambdaStack";

async fn id_of(client: &Client) -> String {
    let answer = client.describe_stacks().stack_name(STACK).send().await.unwrap();
    answer.stacks()[0].stack_id().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_of_cdk_pipelines_is_taken_over() {
    let project = Project::start("o/r");
    project.copy_fixture("cdk/lambda-stage", "app");
    let client = Client::new(&project.config().await);
    // What the old pipeline has deployed, some versions ago.
    client.create_stack().stack_name(STACK).template_body(template("Value: old")).send().await.unwrap();
    let before = id_of(&client).await;

    let said = project.pipectl(&["init", "--from", "cdk", "--assembly", "app", "--name", PIPELINE]).code(0);
    assert!(said.errors.contains("delete-stack --region us-east-1 --stack-name PipelineStack"), "{said:?}");
    let definition = std::fs::read_to_string(project.path().join("pipeline.toml")).unwrap();
    let written = r#"commands = ["npm ci", "npm run build", "npx cdk synth"]"#;
    assert!(definition.contains(written), "{definition}");
    project.write("pipeline.toml", &definition.replace(written, r#"commands = ["cp -r app cdk.out"]"#));
    project.bring_up().await;
    let _ = project.watch().code(0);

    assert_eq!(project.stages().await, ["Source", "Build", "UpdatePipeline", "PublishAssets", "Prod"]);
    assert_eq!(project.stack_status(STACK).await.as_deref(), Some("UPDATE_COMPLETE"));
    assert_eq!(id_of(&client).await, before, "updated in place");
    let resources = client.describe_stack_resources().stack_name(STACK).send().await.unwrap();
    let types: Vec<&str> = resources.stack_resources().iter().filter_map(|resource| resource.resource_type()).collect();
    assert!(types.contains(&"AWS::Lambda::Function") && !types.contains(&"Pipectl::Test::Resource"), "{types:?}");
}
