//! Stacks on the local endpoint: failed creations, interrupted and simultaneous deployments, preparing an environment.

use std::sync::{Arc, Mutex};

use crate::support::Endpoint;
use indexmap::IndexMap;
use pipectl::aws::Aws;
use pipectl::aws::cloudformation::{ExistingResources, StackStatus};
use pipectl::aws::s3::Upload;
use pipectl::cfn::Capability;
use pipectl::event::{Event, Events};
use pipectl::ops::bootstrap::{self, Bootstrapped, Options};
use pipectl::ops::stack::{
    Decision, Deployer, Desired, DesiredParameter, DesiredTemplate, Outcome, Pace, Proposal, StackError,
};
use serde_json::json;

pub(crate) async fn deployer(endpoint: &Endpoint) -> Deployer {
    deployer_in(endpoint, crate::support::REGION).await
}

/// One that deploys to another region.
pub(crate) async fn deployer_in(endpoint: &Endpoint, region: &str) -> Deployer {
    let (account, region) = (crate::support::ACCOUNT.parse().unwrap(), region.parse().unwrap());
    let aws = Aws::connect(endpoint.running.instance().settings(Some(&account), Some(&region))).await;
    Deployer { aws, bucket: None, pace: Pace::LOCAL, events: Events::silent() }
}

/// A stack of one parameter in the parameter store, and one resource that fails when told to.
pub(crate) fn desired(value: &str, failing: Option<&str>) -> Desired {
    let mut resources = json!({
        "Parameter": { "Type": "AWS::SSM::Parameter", "Properties": { "Type": "String", "Value": { "Ref": "Value" } } },
    });
    if let Some(operation) = failing {
        resources["Fragile"] = json!({ "Type": "Pipectl::Test::Resource", "DependsOn": "Parameter", "Properties": { "FailOn": [operation] } });
    }
    let template = json!({
        "Parameters": { "Value": { "Type": "String" } },
        "Resources": resources,
        "Outputs": { "Name": { "Value": { "Ref": "Parameter" } } },
    });
    Desired {
        name: "app".parse().unwrap(),
        template: DesiredTemplate::Text(template.to_string()),
        parameters: IndexMap::from([("Value".to_owned(), DesiredParameter::Given(value.to_owned()))]),
        tags: IndexMap::from([("pipectl:pipeline".to_owned(), "app".to_owned())]),
        notification_targets: None,
        protection: None,
        capabilities: Vec::new(),
        role: None,
        existing: ExistingResources::Refuse,
        owner: Some("app".parse().unwrap()),
    }
}

/// The stack of a custom resource whose function is this program.
fn custom(runtime: &str, code: &str) -> Desired {
    let trust =
        json!({ "Effect": "Allow", "Principal": { "Service": "lambda.amazonaws.com" }, "Action": "sts:AssumeRole" });
    let may = json!({ "Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*" });
    let role = json!({
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [trust] },
        "Policies": [{ "PolicyName": "own", "PolicyDocument": { "Version": "2012-10-17", "Statement": [may] } }],
    });
    let function = json!({
        "Runtime": runtime, "Handler": "index.handler", "Code": { "ZipFile": code },
        "Role": { "Fn::GetAtt": ["Role", "Arn"] },
    });
    let template = json!({
        "Parameters": { "Value": { "Type": "String" } },
        "Resources": {
            "Role": { "Type": "AWS::IAM::Role", "Properties": role },
            "Function": { "Type": "AWS::Lambda::Function", "Properties": function },
            "Answer": { "Type": "Custom::Answer", "Properties": { "ServiceToken": { "Fn::GetAtt": ["Function", "Arn"] } } },
        },
    });
    let template = DesiredTemplate::Text(template.to_string());
    Desired { template, capabilities: vec![Capability::Iam], ..desired("a", None) }
}

pub(crate) fn proceed(_: Proposal<'_>) -> Decision {
    Decision::Proceed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_goes_through_its_life() {
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;

    // A failed creation tells its cause, and the next attempt replaces what it left.
    let error = deployer.deploy(&desired("a", Some("create")), &proceed).await.unwrap_err();
    let StackError::Failed { status: StackStatus::RollbackComplete, cause: Some(cause), .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(cause.logical_id, "Fragile");
    let outcome = deployer.deploy(&desired("a", None), &proceed).await.unwrap();
    assert!(matches!(outcome, Outcome::Created(_)), "{outcome:?}");

    // Again changes nothing; another value changes it.
    let again = deployer.deploy(&desired("a", None), &|_| panic!("there is nothing to review")).await.unwrap();
    assert!(matches!(again, Outcome::Unchanged(_)), "{again:?}");
    let updated = deployer.deploy(&desired("b", None), &proceed).await.unwrap();
    assert!(matches!(updated, Outcome::Updated(_)), "{updated:?}");

    // Who was killed before the execution finds the change set and goes on.
    let left = deployer.deploy(&desired("c", None), &|_| Decision::Leave).await.unwrap();
    let Outcome::Left(left) = left else { panic!("{left:?}") };
    let found = Mutex::new(String::new());
    let finish = |proposal: Proposal<'_>| {
        proposal.change_set.id.clone_into(&mut found.lock().unwrap());
        Decision::Proceed
    };
    let updated = deployer.deploy(&desired("c", None), &finish).await.unwrap();
    assert_eq!(*found.lock().unwrap(), left.id);
    assert_eq!(updated.stack().unwrap().parameters["Value"].value, "c");

    // A stack of another pipeline is left alone.
    let foreign = Desired { owner: Some("other".parse().unwrap()), ..desired("d", None) };
    let error = deployer.deploy(&foreign, &proceed).await.unwrap_err();
    assert!(matches!(error, StackError::Foreign { .. }), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_do_it_once() {
    let endpoint = Endpoint::start().await;
    let (one, other) = (deployer(&endpoint).await, deployer(&endpoint).await);
    let wanted = desired("a", None);
    let (first, second) = tokio::join!(one.deploy(&wanted, &proceed), other.deploy(&wanted, &proceed));
    let outcomes = [first.unwrap(), second.unwrap()];
    assert!(outcomes.iter().all(|outcome| outcome.stack().unwrap().status == StackStatus::CreateComplete));
    let events = one.aws.stack_events("app", None).await.unwrap();
    let created = events.iter().filter(|event| {
        event.resource_type == "AWS::CloudFormation::Stack" && event.status.as_str() == "CREATE_IN_PROGRESS"
    });
    assert_eq!(created.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_dropped_at_any_moment_is_finished_by_the_next() {
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    for (round, milliseconds) in [1, 5, 15, 40, 110, 160, 250].into_iter().enumerate() {
        let wanted = desired(&round.to_string(), None);
        let limit = std::time::Duration::from_millis(milliseconds);
        let _dropped = tokio::time::timeout(limit, deployer.deploy(&wanted, &proceed)).await;
        let outcome = deployer.deploy(&wanted, &proceed).await.unwrap();
        assert_eq!(outcome.stack().unwrap().parameters["Value"].value, round.to_string());
    }
}

/// The version of the only object of a bucket.
async fn version(aws: &Aws, bucket: &str) -> Option<String> {
    let keys = aws.storage().keys(bucket, "", None).await.unwrap().keys;
    let [key] = keys.as_slice() else { panic!("{keys:?}") };
    aws.storage().head(bucket, key).await.unwrap().unwrap().version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_bootstrap_changes_nothing() {
    let endpoint = Endpoint::start().await;
    let aws = deployer(&endpoint).await.aws;
    let environment = format!("aws://{}/{}", crate::support::ACCOUNT, crate::support::REGION).parse().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let executable = camino::Utf8Path::from_path(folder.path()).unwrap().join("pipectl");
    std::fs::write(&executable, "a program").unwrap();
    let happened: Arc<Mutex<Vec<Event>>> = Arc::default();
    let sink = Arc::clone(&happened);
    let events = Events::new(move |event| sink.lock().unwrap().push(event));

    let options = options();
    let first = bootstrap::bootstrap(&aws, &environment, &options, &executable, Pace::LOCAL, &events).await.unwrap();
    let Bootstrapped::Created(stack) = first else { panic!("{first:?}") };
    assert_eq!(stack.outputs["BootstrapVersion"], "33");
    assert_eq!(stack.parameters["FileAssetsBucketKmsKeyId"].value, "AWS_MANAGED_KEY");
    let bucket = &stack.outputs["BucketName"];
    let before = version(&aws, bucket).await;
    assert!(before.is_some());

    happened.lock().unwrap().clear();
    let second = bootstrap::bootstrap(&aws, &environment, &options, &executable, Pace::LOCAL, &events).await.unwrap();
    assert!(matches!(second, Bootstrapped::Unchanged(_)), "{second:?}");
    assert_eq!(*happened.lock().unwrap(), []);
    assert_eq!(version(&aws, bucket).await, before, "it is not put again");
}

fn options() -> Options {
    Options::of(bootstrap::STACK_NAME.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_custom_resource_fails_with_its_function() {
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    // A function that cannot start, and one that fails, would be waited for for an hour.
    let failing = ["import nothing_of_this_name\n", "def handler(event, context):\n  raise ValueError('no idea')\n"];
    for (code, why) in failing.into_iter().zip(["nothing_of_this_name", "no idea"]) {
        let error = deployer.deploy(&custom("python3.12", code), &proceed).await.unwrap_err();
        let StackError::Failed { cause: Some(cause), .. } = error else { panic!("{error:?}") };
        assert_eq!(cause.logical_id, "Answer");
        assert!(cause.reason.contains("failed without an answer") && cause.reason.contains(why), "{}", cause.reason);
    }
}

/// What the CDK's functions do: they call AWS as their role, and answer without the port of the address that they are told.
const CDK_ANSWER: &str = "
exports.handler = async (event) => {
  const { SSMClient, PutParameterCommand } = require('@aws-sdk/client-ssm');
  await new SSMClient({}).send(new PutParameterCommand({ Name: '/told', Value: 'x', Type: 'String' }));
  const { hostname, pathname } = new URL(event.ResponseURL);
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'a', StackId, RequestId, LogicalResourceId });
  const headers = { 'content-type': '', 'content-length': body.length };
  await new Promise((resolve, reject) => {
    const request = require('https').request({ hostname, path: pathname, method: 'PUT', headers }, (answer) =>
      answer.statusCode < 400 ? resolve() : reject(new Error(`status ${answer.statusCode}`)));
    request.on('error', reject);
    request.end(body);
  });
};
";

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_the_cdk_call_aws_and_answer() {
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    let outcome = deployer.deploy(&custom("nodejs20.x", CDK_ANSWER), &proceed).await.unwrap();
    assert!(matches!(outcome, Outcome::Created(_)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_the_cdk_and_of_amplify_are_stood_in_for() {
    const BUCKET: &str = "files-of-the-test";
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    let storage = deployer.aws.storage();
    let named = |resources: serde_json::Value| {
        let template = json!({ "Parameters": { "Value": { "Type": "String" } }, "Resources": resources });
        DesiredTemplate::Text(template.to_string())
    };
    let source =
        json!({ "Source": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "sources-of-the-test" } } });
    let source = Desired { name: "sources".parse().unwrap(), template: named(source), ..desired("a", None) };
    let _ = deployer.deploy(&source, &proceed).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = camino::Utf8Path::from_path(folder.path()).unwrap();
    fs_err::create_dir(folder.join("site")).unwrap();
    fs_err::write(folder.join("site/models.json"), "in MARKER").unwrap();
    pipectl::archive::pack(&folder.join("site"), &folder.join("site.zip")).unwrap();
    let upload = Upload { bucket: "sources-of-the-test".to_owned(), key: "site.zip".to_owned(), ..Upload::default() };
    let _ = storage.put_file(&upload, &folder.join("site.zip")).await.unwrap();

    // No function of these is there: what they would do is done all the same, and undone with the stack.
    let with = |more: serde_json::Value| {
        let mut properties = more;
        properties["ServiceToken"] = json!("arn:aws:lambda:us-east-1:111111111111:function:none");
        properties
    };
    let files = with(json!({
        "SourceBucketNames": ["sources-of-the-test"], "SourceObjectKeys": ["site.zip"],
        "SourceMarkers": [{ "MARKER": { "Ref": "AWS::Region" } }],
        "DestinationBucketName": { "Ref": "Bucket" }, "DestinationBucketKeyPrefix": "models",
    }));
    let table = with(json!({
        "tableName": "Todo", "keySchema": [{ "attributeName": "id", "keyType": "HASH" }],
        "attributeDefinitions": [{ "attributeName": "id", "attributeType": "S" }], "billingMode": "PAY_PER_REQUEST",
        "streamSpecification": { "streamViewType": "NEW_IMAGE" }, "replaceTableUponGsiUpdate": false,
    }));
    let trust = json!({ "Effect": "Deny", "Principal": { "Federated": "cognito-identity.amazonaws.com" }, "Action": "sts:AssumeRoleWithWebIdentity" });
    let may = json!({ "Effect": "Allow", "Action": "ssm:PutParameter", "Resource": "*" });
    let role = json!({
        "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [trust] },
        "Policies": [{ "PolicyName": "own", "PolicyDocument": { "Version": "2012-10-17", "Statement": [may] } }],
    });
    let roles = with(
        json!({ "idpId": "us-east-1:pool", "authRoleName": { "Ref": "Role" }, "unauthRoleName": { "Ref": "Role" } }),
    );
    let template = named(json!({
        "Bucket": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": BUCKET } },
        "Emptied": { "Type": "Custom::S3AutoDeleteObjects", "Properties": with(json!({ "BucketName": { "Ref": "Bucket" } })) },
        "Files": { "Type": "Custom::CDKBucketDeployment", "Properties": files },
        "Table": { "Type": "Custom::AmplifyDynamoDBTable", "Properties": table },
        "Stream": { "Type": "Pipectl::Test::Resource", "Properties": { "Value": { "Fn::GetAtt": ["Table", "TableStreamArn"] } } },
        "Role": { "Type": "AWS::IAM::Role", "Properties": role },
        "Roles": { "Type": "Custom::LambdaCallout", "Properties": roles },
    }));
    let desired = Desired { template, capabilities: vec![Capability::Iam], ..desired("a", None) };
    let Outcome::Created(stack) = deployer.deploy(&desired, &proceed).await.unwrap() else { panic!("not created") };
    let written = storage.get_bytes(BUCKET, "models/models.json", 100).await.unwrap().unwrap();
    assert_eq!(written, "in us-east-1");
    let events = deployer.aws.stack_events(&stack.id, None).await.unwrap();
    for logical_id in ["Files", "Table", "Roles"] {
        let told = events.iter().any(|event| {
            event.logical_id == logical_id
                && event.reason.as_deref() == Some("done by pipectl in the place of the function")
        });
        assert!(told, "{logical_id}: {events:#?}");
    }
    // A bucket with anything in it would stay.
    deployer.delete(&stack, None).await.unwrap();
}
