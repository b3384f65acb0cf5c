//! `outputs` of stacks that no pipeline deploys: for shells, and for the clients of an Amplify backend.

use std::io::Write;

use crate::support::ACCOUNT;
use crate::support::command::Said;
use crate::support::project::{Project, REPOSITORY};
use serde_json::{Value, json};

const STACK: &str = "amplify-demo-main-branch-0123456789";
const BUCKET: &str = "toolkit-assets";

fn fixture(path: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/amplify-outputs/demo").join(path);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The root template of the demo, whose data API is in a nested stack, and a role that may read it.
fn template(role: &str, actions: &[&str]) -> Value {
    let outputs = fixture("input/stack-outputs.json");
    let outputs = outputs.as_object().unwrap().iter();
    let mut outputs: serde_json::Map<String, Value> =
        outputs.map(|(name, value)| (name.clone(), json!({ "Value": value }))).collect();
    outputs["awsAppsyncApiId"] = json!({ "Value": { "Fn::GetAtt": ["data", "Value"] } });
    let url = json!({ "Fn::Sub": format!("https://s3.${{AWS::Region}}.${{AWS::URLSuffix}}/{BUCKET}/data.json") });
    json!({
        "Metadata": fixture("input/metadata.json"),
        "Resources": {
            "data": { "Type": "Pipectl::Test::Resource", "Properties": { "Value": "api", "TemplateURL": url } },
            "Role": { "Type": "AWS::IAM::Role", "Properties": {
                "RoleName": role,
                "AssumeRolePolicyDocument": { "Statement": [{
                    "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": ACCOUNT },
                }] },
                "Policies": [{ "PolicyName": "read", "PolicyDocument": { "Statement": [{
                    "Effect": "Allow", "Action": actions, "Resource": "*",
                }] } }],
            } },
        },
        "Outputs": outputs,
    })
}

async fn deploy(project: &Project, name: &str, template: &Value) {
    let client = aws_sdk_cloudformation::Client::new(&project.config().await);
    let request = client.create_stack().stack_name(name).template_body(template.to_string());
    let capability = aws_sdk_cloudformation::types::Capability::CapabilityNamedIam;
    let _ = request.capabilities(capability).send().await.unwrap();
    while project.stack_status(name).await.unwrap() != "CREATE_COMPLETE" {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

/// Puts the template of the nested stack and the models where the backend's deployment puts them.
async fn publish(project: &Project) {
    let deployment = json!({ "Resources": { "modelIntrospectionSchemaBucketDeploymentCustomResource": {
        "Type": "Custom::CDKBucketDeployment",
        "Properties": { "SourceBucketNames": [BUCKET], "SourceObjectKeys": ["models.zip"] },
    } } });
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("modelIntrospectionSchema.json", zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(fixture("input/modelIntrospectionSchema.json").to_string().as_bytes()).unwrap();
    let models = archive.finish().unwrap().into_inner();
    upload(project, [("data.json", deployment.to_string().into_bytes()), ("models.zip", models)]).await;
}

async fn upload<const N: usize>(project: &Project, objects: [(&str, Vec<u8>); N]) {
    let storage = project.storage().await;
    let _ = storage.create_bucket().bucket(BUCKET).send().await.unwrap();
    for (key, body) in objects {
        let _ = storage.put_object().bucket(BUCKET).key(key).body(body.into()).send().await.unwrap();
    }
}

/// Runs pipectl as a role.
async fn run_as(project: &Project, role: &str, arguments: &[&str]) -> Said {
    let client = aws_sdk_sts::Client::new(&project.config().await);
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let session = client.assume_role().role_arn(role).role_session_name("test").send().await.unwrap();
    let session = session.credentials().unwrap();
    let variables = [
        ("AWS_ACCESS_KEY_ID", session.access_key_id()),
        ("AWS_SECRET_ACCESS_KEY", session.secret_access_key()),
        ("AWS_SESSION_TOKEN", session.session_token()),
    ];
    project.client_with(env!("CARGO_BIN_EXE_pipectl"), arguments, &variables)
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_a_deployed_backend_are_told_what_amplify_tells_them() {
    let project = Project::start(REPOSITORY);
    publish(&project).await;
    deploy(&project, STACK, &template("reader", &["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]))
        .await;
    let amplify = ["outputs", "--stack", STACK, "--format", "amplify"];

    let told = project.pipectl(&[&amplify[..], &["-O", "src/"]].concat()).code(0);
    let written = std::fs::read_to_string(project.path().join("src/amplify_outputs.json")).unwrap();
    let expected = fixture("json-v1.5/amplify_outputs.json");
    assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), expected, "{}", told.errors);

    // Two permissions are enough where the models are at hand, or not wanted.
    let without = run_as(&project, "reader", &[&amplify[..], &["--no-introspection"]].concat()).await.code(0).json();
    assert_eq!(without["auth"], expected["auth"]);
    let refused = run_as(&project, "reader", &amplify).await.code(5);
    assert!(refused.errors.contains("s3://toolkit-assets/data.json"), "{}", refused.errors);
    assert!(refused.errors.contains("--no-introspection"), "{}", refused.errors);

    // What is saved now can be used later, without AWS.
    let _ = project.pipectl(&["outputs", "--stack", STACK, "--format", "json", "-O", "saved.json"]).code(0);
    project.write("metadata.json", &fixture("input/metadata.json").to_string());
    let saved = ["outputs", "--from", "saved.json", "--template", "metadata.json", "--format", "amplify"];
    let later = project.said_to_run(&[&saved[..], &["--no-introspection"]].concat()).code(0).json();
    assert_eq!(later, without);

    // A shell reads all values back as they are.
    let lines = project.pipectl(&["outputs", "--stack", STACK, "--format", "env"]).code(0).output;
    let script = format!("{lines}\nprintf %s \"$customOutputs\"");
    let custom = project.client("sh", &["-c", &script]).code(0).output;
    assert_eq!(Some(custom.as_str()), fixture("input/stack-outputs.json")["customOutputs"].as_str());

    let missing = project.pipectl(&["outputs", "--stack", "amplify-demo-none"]).code(2);
    assert!(missing.errors.contains("there is no stack `amplify-demo-none`"), "{}", missing.errors);
}

/// The templates of a Gen 1 backend: the root and two stacks nested in it.
fn gen1_templates() -> (Value, [(&'static str, Vec<u8>); 2]) {
    let nested = |file: &str, parameters: Value| {
        let url = format!("https://s3.amazonaws.com/{BUCKET}/{file}");
        json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url, "Parameters": parameters } })
    };
    let users =
        json!({ "authSelections": "userPoolOnly", "requiredAttributes": "email,name", "passwordPolicyMinLength": "9" });
    let root = json!({
        "Resources": {
            "authusers": nested("auth.json", users),
            "apitodo": nested("api.json", json!({})),
        },
        "Outputs": { "UnauthRoleName": { "Value": "unauth" } },
    });
    let auth = json!({
        "Parameters": {
            "authSelections": { "Type": "String" },
            "requiredAttributes": { "Type": "CommaDelimitedList" },
            "passwordPolicyMinLength": { "Type": "Number" },
        },
        "Resources": { "Thing": { "Type": "Pipectl::Test::Resource", "Properties": { "Value": "x" } } },
        "Outputs": { "UserPoolId": { "Value": "us-east-1_Pool" }, "AppClientIDWeb": { "Value": "web" } },
    });
    let api = json!({
        "Resources": { "GraphQLAPI": {
            "Type": "AWS::AppSync::GraphQLApi",
            "Properties": { "Name": "todo", "AuthenticationType": "AWS_IAM" },
        } },
        "Outputs": { "GraphQLAPIEndpointOutput": { "Value": "https://todo/graphql" } },
    });
    (root, [("auth.json", auth.to_string().into_bytes()), ("api.json", api.to_string().into_bytes())])
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_of_a_deployed_gen1_backend_are_told_what_its_stacks_tell() {
    const ROOT: &str = "amplify-todo-dev-12345";
    let project = Project::start(REPOSITORY);
    let (root, nested) = gen1_templates();
    upload(&project, nested).await;
    deploy(&project, ROOT, &root).await;

    let exports = ["outputs", "--stack", ROOT, "--format", "aws-exports", "-O", "src/"];
    let told = project.pipectl(&exports).code(0);
    let written = std::fs::read_to_string(project.path().join("src/amplifyconfiguration.json")).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&written).unwrap(),
        json!({
            "aws_project_region": "us-east-1",
            "aws_user_pools_id": "us-east-1_Pool",
            "aws_user_pools_web_client_id": "web",
            "aws_cognito_region": "us-east-1",
            "oauth": {},
            "aws_cognito_username_attributes": [],
            "aws_cognito_social_providers": [],
            "aws_cognito_signup_attributes": ["EMAIL", "NAME"],
            "aws_cognito_mfa_types": [],
            "aws_cognito_password_protection_settings": { "passwordPolicyMinLength": 9, "passwordPolicyCharacters": [] },
            "aws_cognito_verification_mechanisms": [],
            "aws_appsync_graphqlEndpoint": "https://todo/graphql",
            "aws_appsync_region": "us-east-1",
            "aws_appsync_authenticationType": "AWS_IAM",
        }),
        "{}",
        told.errors
    );
    assert!(project.path().join("src/aws-exports.js").is_file());

    let all = project.pipectl(&["outputs", "--stack", ROOT, "--nested", "--format", "json"]).code(0).json();
    assert_eq!(all.as_array().unwrap().len(), 3);
}
