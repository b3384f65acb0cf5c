//! The local endpoint's front with the real emulator behind it: who gets in, what passes, what CloudFormation does.

use std::sync::{Arc, Mutex};

use crate::support::{ACCOUNT, Endpoint, OTHER_ACCOUNT, config, settled};
use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_cloudformation::types::{Capability, ChangeSetType, Parameter};
use aws_sdk_s3::Client as Storage;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures_util::future::BoxFuture;
use pipectl::aws::{Credentials, Settings};
use pipectl::id::Secret;
use pipectl::local::authority::SessionRequest;
use pipectl::local::front::Routes;
use pipectl::local::instance::Instance;
use pipectl::local::{Call, Fault, Permission, Provisioned, ResourceCall, ResourceType, Service};
use serde_json::{Value, json};

fn storage(config: &aws_config::SdkConfig) -> Storage {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    Storage::from_conf(config)
}

async fn with_credentials(endpoint: &Endpoint, credentials: Credentials) -> aws_config::SdkConfig {
    let settings = endpoint.running.instance().settings(None, None);
    config(Settings { credentials: Some(credentials), ..settings }).await
}

#[tokio::test]
async fn each_account_has_a_root_of_its_own() {
    let endpoint = Endpoint::start().await;
    for account in [ACCOUNT, OTHER_ACCOUNT] {
        let client = aws_sdk_sts::Client::new(&endpoint.config_of(account).await);
        let identity = client.get_caller_identity().send().await.unwrap();
        assert_eq!(identity.account(), Some(account));
        assert_eq!(identity.arn(), Some(format!("arn:aws:iam::{account}:root").as_str()));
    }
    endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn whoever_is_not_signed_for_is_refused() {
    let endpoint = Endpoint::start().await;
    let good = endpoint.running.instance().settings(None, None).credentials.unwrap();
    let unknown = |access_key: &str| Credentials {
        access_key: access_key.to_owned(),
        secret_key: Secret::new("test"),
        session_token: None,
    };
    let bad_secret = Credentials { secret_key: Secret::new("bad"), ..good };
    for (credentials, code) in [
        (bad_secret, "SignatureDoesNotMatch"),
        (unknown("test"), "InvalidClientTokenId"),
        (unknown(ACCOUNT), "InvalidClientTokenId"),
        (unknown("AKIAIOSFODNN7EXAMPLE"), "InvalidClientTokenId"),
    ] {
        let config = with_credentials(&endpoint, credentials).await;
        let error = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        let error = storage(&config).list_buckets().send().await.unwrap_err();
        assert!(matches!(error.code(), Some("SignatureDoesNotMatch" | "InvalidAccessKeyId")), "{error:?}");
        let error = aws_sdk_ssm::Client::new(&config).describe_parameters().send().await.unwrap_err();
        assert!(matches!(error.code(), Some("InvalidSignatureException" | "UnrecognizedClientException")), "{error:?}");
    }
    let scope = "20261120/us-east-1/iam/aws4_request";
    let form = "POST / HTTP/1.1\nhost: HOST\nconnection: close\ncontent-type: application/x-www-form-urlencoded\n";
    let list = "content-length: 35\n\nAction=ListUsers&Version=2010-05-08";
    for authorization in [
        "Bearer x".to_owned(),
        "foo".to_owned(),
        format!("AWS4-HMAC-SHA256 Credential=test/{scope}, SignedHeaders=host, Signature=00"),
        format!("AWS4-HMAC-SHA256 Credential=/{scope}, SignedHeaders=host, Signature=00"),
        format!("AWS4-HMAC-SHA256 Credential=333333333333/{scope}, SignedHeaders=host, Signature=00"),
        "AWS test:c2ln".to_owned(),
    ] {
        let (status, answer) = endpoint.raw(&format!("{form}authorization: {authorization}\n{list}")).await;
        assert!((400..=403).contains(&status), "{authorization}: {answer}");
        assert!(!answer.contains("ListUsersResult"), "{authorization}: {answer}");
    }
    let (status, answer) = endpoint.raw(&format!("{form}{list}")).await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.contains("MissingAuthenticationToken"), "{answer}");
    for request in [
        "GET /?Action=ListUsers&AWSAccessKeyId=test&Signature=x HTTP/1.1\nhost: HOST\nconnection: close\n\n",
        "GET / HTTP/1.1\nhost: HOST\norigin: http://evil.example\nconnection: close\n\n",
        "GET / HTTP/1.1\nhost: evil.example\nconnection: close\n\n",
        "GET /_ministack/health HTTP/1.1\nhost: HOST\nconnection: close\n\n",
        "POST /_ministack/reset HTTP/1.1\nhost: HOST\nconnection: close\ncontent-length: 0\n\n",
        "POST /_pipectl/root HTTP/1.1\nhost: HOST\nconnection: close\ncontent-length: 2\n\n{}",
        "POST /_pipectl/resource HTTP/1.1\nhost: HOST\nconnection: close\ncontent-length: 2\n\n{}",
        "POST /_pipectl/end HTTP/1.1\nhost: HOST\nconnection: close\ncontent-length: 2\n\n{}",
    ] {
        let (status, answer) = endpoint.raw(request).await;
        assert!((400..=403).contains(&status), "{request}: {answer}");
    }
    endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn storage_keeps_every_byte_of_keys_and_bodies() {
    let endpoint = Endpoint::start().await;
    let client = storage(&endpoint.config().await);
    client.create_bucket().bucket("odd-keys").send().await.unwrap();
    for key in ["a//b", "x/../y", "%2Fz", "a b+ü/ü=&?x", "dir/", "plain.txt"] {
        let body = format!("body of {key}");
        let put = client.put_object().bucket("odd-keys").key(key).body(ByteStream::from(body.clone().into_bytes()));
        put.send().await.unwrap();
        let got = client.get_object().bucket("odd-keys").key(key).send().await.unwrap();
        assert_eq!(got.body.collect().await.unwrap().into_bytes(), body.as_bytes(), "{key}");
        let head = client.head_object().bucket("odd-keys").key(key).send().await.unwrap();
        assert_eq!(head.content_length(), Some(body.len() as i64), "{key}");
    }

    let part = vec![7_u8; 6 * 1024 * 1024];
    let made = client.create_multipart_upload().bucket("odd-keys").key("large").send().await.unwrap();
    let mut parts = aws_sdk_s3::types::CompletedMultipartUpload::builder();
    for number in 1..=2 {
        let uploaded = client
            .upload_part()
            .bucket("odd-keys")
            .key("large")
            .upload_id(made.upload_id().unwrap())
            .part_number(number)
            .body(ByteStream::from(part.clone()))
            .send()
            .await
            .unwrap();
        let tag = uploaded.e_tag().unwrap();
        parts = parts.parts(aws_sdk_s3::types::CompletedPart::builder().part_number(number).e_tag(tag).build());
    }
    let complete = client.complete_multipart_upload().bucket("odd-keys").key("large");
    complete.upload_id(made.upload_id().unwrap()).multipart_upload(parts.build()).send().await.unwrap();
    let range =
        client.get_object().bucket("odd-keys").key("large").range("bytes=6291450-6291460").send().await.unwrap();
    assert_eq!(range.body.collect().await.unwrap().into_bytes().as_ref(), [7_u8; 11]);

    // Presigned addresses carry their signature in the query.
    let lifetime = aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_secs(60)).unwrap();
    let presigned = client.get_object().bucket("odd-keys").key("plain.txt").presigned(lifetime).await.unwrap();
    let path = presigned.uri().strip_prefix(endpoint.running.endpoint()).unwrap();
    let get = |path: &str| format!("GET {path} HTTP/1.1\nhost: HOST\nconnection: close\n\n");
    let (status, answer) = endpoint.raw(&get(path)).await;
    assert!(status == 200 && answer.ends_with("body of plain.txt"), "{answer}");
    let (status, answer) = endpoint.raw(&get(&path.replace("plain.txt", "large"))).await;
    assert!(status == 403 && answer.contains("SignatureDoesNotMatch"), "{answer}");

    // A body that is not the signed one leaves nothing behind.
    let credentials = endpoint.running.instance().settings(None, None).credentials.unwrap();
    let (status, answer) =
        endpoint.raw(&crate::support::signed_put(&endpoint, &credentials, "/odd-keys/good", "body", "body")).await;
    assert_eq!(status, 200, "{answer}");
    let (status, _) =
        endpoint.raw(&crate::support::signed_put(&endpoint, &credentials, "/odd-keys/forged", "body", "evil")).await;
    assert_ne!(status, 200);
    assert!(client.head_object().bucket("odd-keys").key("good").send().await.is_ok());
    assert!(client.head_object().bucket("odd-keys").key("forged").send().await.is_err());
    endpoint.running.shutdown().await.unwrap();
}

const ROLES: &str = r#"{"Resources": {
    "Reader": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "reader",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "codepipeline.amazonaws.com"},
             "Condition": {"StringEquals": {"aws:SourceAccount": "111111111111"}}},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111111111111"}}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "demo:Look"], "Resource": "*"},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*", "Condition":
                {"ForAnyValue:StringEquals": {"iam:ResourceTag/aws-cdk:bootstrap-role": ["deploy", "lookup"]}}},
            {"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"}]}}]}},
    "Executor": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "executor",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "cloudformation.amazonaws.com"}}]}}},
    "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shared"}},
    "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": {
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "222222222222"},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shared/*",
            "Condition": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::222222222222:role/named"}}}]}}}
}}"#;

const FOREIGN_ROLES: &str = r#"{"Resources": {
    "Named": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "named",
        "Tags": [{"Key": "aws-cdk:bootstrap-role", "Value": "deploy"}],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["111111111111", "222222222222"]}}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}]}},
    "Other": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "other",
        "Tags": [{"Key": "aws-cdk:bootstrap-role", "Value": "image-publishing"}],
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ["111111111111", "222222222222"]}}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}}]}}
}}"#;

async fn create(client: &CloudFormation, name: &str, template: &str) -> String {
    let made = client.create_stack().stack_name(name).template_body(template);
    made.capabilities(Capability::CapabilityNamedIam).send().await.unwrap();
    settled(client, name).await
}

async fn assume(config: &aws_config::SdkConfig, role: &str) -> Credentials {
    let client = aws_sdk_sts::Client::new(config);
    let session = client.assume_role().role_arn(role).role_session_name("test").send().await.unwrap();
    let credentials = session.credentials().unwrap();
    Credentials {
        access_key: credentials.access_key_id().to_owned(),
        secret_key: Secret::new(credentials.secret_access_key()),
        session_token: Some(Secret::new(credentials.session_token())),
    }
}

/// A service that tells what it was asked.
struct Echo;

impl Service for Echo {
    fn permissions(&self, call: &Call) -> Result<Vec<Permission>, Fault> {
        Ok(vec![Permission::new(format!("demo:{}", call.operation), "arn:aws:demo:::thing")])
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Value, Fault>> {
        Box::pin(async move {
            match call.operation.as_str() {
                "ListPipelines" => Ok(json!({ "pipelines": [{ "name": call.caller.account.as_str() }] })),
                operation => Err(Fault::client("PipelineNotFoundException", operation)),
            }
        })
    }
}

#[tokio::test]
async fn roles_may_do_what_their_policies_allow() {
    let endpoint = Endpoint::with(|_| Ok(Routes::default().service("CodePipeline_20150709", Arc::new(Echo)))).await;
    let root = endpoint.config().await;
    assert_eq!(create(&CloudFormation::new(&root), "roles", ROLES).await, "CREATE_COMPLETE");
    let bucket = storage(&root);
    bucket.put_object().bucket("shared").key("k").body(ByteStream::from_static(b"v")).send().await.unwrap();

    // The root may do everything; a service's own fault is told as it is.
    let pipelines = aws_sdk_codepipeline::Client::new(&root);
    let listed = pipelines.list_pipelines().send().await.unwrap();
    assert_eq!(listed.pipelines()[0].name(), Some(ACCOUNT));
    let error = pipelines.get_pipeline().name("x").send().await.unwrap_err();
    assert_eq!(error.code(), Some("PipelineNotFoundException"));

    // A role may read objects and nothing else.
    let role = with_credentials(&endpoint, assume(&root, "arn:aws:iam::111111111111:role/reader").await).await;
    storage(&role).get_object().bucket("shared").key("k").send().await.unwrap();
    let error = storage(&role).delete_object().bucket("shared").key("k").send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"));
    let error = aws_sdk_codepipeline::Client::new(&role).list_pipelines().send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    let message = error.message().unwrap();
    assert!(message.contains("assumed-role/reader/test is not authorized to perform: demo:ListPipelines"), "{message}");

    // Handing CloudFormation a role needs `iam:PassRole`, and a role that exists and trusts it.
    for (config, role, code) in [
        (&role, "executor", "AccessDenied"),
        (&root, "nobody", "ValidationError"),
        (&root, "reader", "ValidationError"),
    ] {
        let client = CloudFormation::new(config);
        let made = client.create_stack().stack_name("passed").template_body(r#"{"Resources": {}}"#);
        let error = made.role_arn(format!("arn:aws:iam::111111111111:role/{role}")).send().await.unwrap_err();
        assert_eq!(error.code(), Some(code), "{role}: {error:?}");
    }

    // Service roles are handed out by their trust policies.
    let authority = &endpoint.running.context().authority;
    let (ours, other) = (ACCOUNT.parse().unwrap(), OTHER_ACCOUNT.parse().unwrap());
    let request = SessionRequest {
        role_arn: "arn:aws:iam::111111111111:role/reader",
        service: "codepipeline.amazonaws.com",
        session_name: "execution",
        source_account: &ours,
        source_arn: "arn:aws:codepipeline:us-east-1:111111111111:p",
        policy: Some(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"demo:*","Resource":"*"}]}"#),
    };
    let session = with_credentials(&endpoint, authority.session(&request).await.unwrap()).await;
    let error = storage(&session).get_object().bucket("shared").key("k").send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"), "the session policy narrows the role");
    let wrong_account = SessionRequest { source_account: &other, ..request.clone() };
    assert_eq!(authority.session(&wrong_account).await.unwrap_err().code, "AccessDenied");
    let wrong_service = SessionRequest { service: "codebuild.amazonaws.com", ..request };
    assert_eq!(authority.session(&wrong_service).await.unwrap_err().code, "AccessDenied");

    // A bucket policy may name a role of another account.
    let foreign = endpoint.config_of(OTHER_ACCOUNT).await;
    assert_eq!(create(&CloudFormation::new(&foreign), "roles", FOREIGN_ROLES).await, "CREATE_COMPLETE");
    let named = with_credentials(&endpoint, assume(&foreign, "arn:aws:iam::222222222222:role/named").await).await;
    storage(&named).get_object().bucket("shared").key("k").send().await.unwrap();
    let other = with_credentials(&endpoint, assume(&foreign, "arn:aws:iam::222222222222:role/other").await).await;
    let error = storage(&other).get_object().bucket("shared").key("k").send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDenied"));

    // A right may hang on a tag of the role, in whatever account it is.
    let _ = assume(&role, "arn:aws:iam::222222222222:role/named").await;
    let sts = aws_sdk_sts::Client::new(&role);
    let refused = sts.assume_role().role_arn("arn:aws:iam::222222222222:role/other").role_session_name("test");
    assert_eq!(refused.send().await.unwrap_err().code(), Some("AccessDenied"));
    endpoint.running.shutdown().await.unwrap();
}

/// A resource type that remembers what it was asked, and calls the endpoint back while CloudFormation waits for it.
struct Remembering {
    calls: Mutex<Vec<(String, ResourceCall)>>,
    settings: Settings,
}

impl Remembering {
    async fn remember(&self, operation: &str, call: ResourceCall) -> Result<Provisioned, String> {
        let client = aws_sdk_sts::Client::new(&config(self.settings.clone()).await);
        client.get_caller_identity().send().await.map_err(|error| error.to_string())?;
        if call.properties["Stages"] == json!([]) {
            return Err("InvalidStructureException: a pipeline needs two stages".to_owned());
        }
        let provisioned = Provisioned {
            physical_id: "my-pipeline".to_owned(),
            attributes: [("Version".to_owned(), json!("1"))].into(),
        };
        self.calls.lock().unwrap().push((operation.to_owned(), call));
        Ok(provisioned)
    }
}

impl ResourceType for Remembering {
    fn create(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(self.remember("create", call))
    }

    fn update(&self, call: ResourceCall) -> BoxFuture<'_, Result<Provisioned, String>> {
        Box::pin(self.remember("update", call))
    }

    fn delete(&self, call: ResourceCall) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { self.remember("delete", call).await.map(|_| ()) })
    }
}

fn pipeline_template(stages: &Value, fails: &str) -> String {
    json!({
        "Resources": {
            "Pipeline": { "Type": "AWS::CodePipeline::Pipeline", "Properties": {
                "Stages": stages,
                "Token": "{{resolve:secretsmanager:github-token}}",
            }},
            "Failing": { "Type": "Pipectl::Test::Resource", "DependsOn": "Pipeline", "Properties": {
                "FailOn": fails, "Value": fails, "Reason": "told to",
            }},
        },
        "Outputs": { "Version": { "Value": { "Fn::GetAtt": ["Pipeline", "Version"] } } },
    })
    .to_string()
}

#[tokio::test]
async fn cloudformation_calls_back_and_rolls_back() {
    let mut seen = None;
    let endpoint = Endpoint::with(|context| {
        let type_ = Arc::new(Remembering { calls: Mutex::default(), settings: context.settings.clone() });
        seen = Some(Arc::clone(&type_));
        Ok(Routes::default().resource("AWS::CodePipeline::Pipeline", type_))
    })
    .await;
    let seen = seen.unwrap();
    let root = endpoint.config().await;
    let secrets = aws_sdk_secretsmanager::Client::new(&root);
    secrets.create_secret().name("github-token").secret_string("hunter2").send().await.unwrap();
    let client = CloudFormation::new(&root);
    let first = pipeline_template(&json!(["a", "b"]), "nothing");
    assert_eq!(create(&client, "pipeline", &first).await, "CREATE_COMPLETE");
    let stacks = client.describe_stacks().stack_name("pipeline").send().await.unwrap();
    assert_eq!(stacks.stacks()[0].outputs()[0].output_value(), Some("1"));
    let (operation, call) = seen.calls.lock().unwrap()[0].clone();
    assert_eq!((operation.as_str(), call.stack.as_str(), call.logical_id.as_str()), ("create", "pipeline", "Pipeline"));
    assert_eq!(call.account.as_str(), ACCOUNT);
    assert_eq!(call.properties["Token"], "hunter2");

    // The pipeline is updated, the next resource fails: the pipeline goes back to what it was.
    let second = pipeline_template(&json!(["a", "b", "c"]), "update");
    client.update_stack().stack_name("pipeline").template_body(&second).send().await.unwrap();
    assert_eq!(settled(&client, "pipeline").await, "UPDATE_ROLLBACK_COMPLETE");
    let updates: Vec<Value> =
        seen.calls.lock().unwrap()[1..].iter().map(|(_, call)| call.properties["Stages"].clone()).collect();
    assert_eq!(updates, [json!(["a", "b", "c"]), json!(["a", "b"])]);

    // The type's own error is the event's reason.
    let third = pipeline_template(&json!([]), "nothing");
    client.update_stack().stack_name("pipeline").template_body(&third).send().await.unwrap();
    assert_eq!(settled(&client, "pipeline").await, "UPDATE_ROLLBACK_COMPLETE");
    let events = client.describe_stack_events().stack_name("pipeline").send().await.unwrap();
    let reason = "InvalidStructureException: a pipeline needs two stages";
    assert!(events.stack_events().iter().any(|event| event.resource_status_reason() == Some(reason)));

    let failing = pipeline_template(&json!(["a", "b"]), "create");
    let stack = create(&client, "failing", &failing).await;
    assert_eq!(stack, "ROLLBACK_COMPLETE");
    endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn cloudformation_refuses_what_aws_refuses() {
    let endpoint = Endpoint::start().await;
    let root = endpoint.config().await;
    let client = CloudFormation::new(&root);
    let topic = r#"{"Parameters": {"P": {"Type": "String"}},
        "Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "P"}}}}}"#;
    let parameter = |key: &str, value: &str| Parameter::builder().parameter_key(key).parameter_value(value).build();
    let made = client.create_stack().stack_name("topic").template_body(topic).client_request_token("token-1");
    made.parameters(parameter("P", "one")).send().await.unwrap();
    assert_eq!(settled(&client, "topic").await, "CREATE_COMPLETE");
    let again = client.update_stack().stack_name("topic").template_body(topic).client_request_token("token-1");
    let error = again.parameters(parameter("P", "two")).send().await.unwrap_err();
    assert_eq!(error.code(), Some("TokenAlreadyExistsException"));

    for (template, message) in [
        (topic.to_owned(), "Parameters: [P] must have values"),
        (
            r#"{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Gone"}}}}}"#.to_owned(),
            "Template format error: Unresolved resource dependencies [Gone] in the Resources block of the template",
        ),
        (
            r#"{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": {"O": {"Value": {"Fn::Sub": "${Gone}"}}}}"#
                .to_owned(),
            "Template format error: Unresolved resource dependencies [Gone] in the Outputs block of the template",
        ),
        (
            r#"{"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::GetAtt": ["Gone", "Arn"]}}}}}"#
                .to_owned(),
            "Template error: instance of Fn::GetAtt references undefined resource Gone",
        ),
    ] {
        let error = client.create_stack().stack_name("bad").template_body(&template).send().await.unwrap_err();
        assert_eq!((error.code(), error.message()), (Some("ValidationError"), Some(message)));
        let set = client.create_change_set().stack_name("bad").change_set_name("c").template_body(&template);
        let set = set.change_set_type(ChangeSetType::Create);
        assert_eq!(set.send().await.unwrap_err().message(), Some(message));
    }
    let unknown =
        client.create_stack().stack_name("bad").template_body(r#"{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}"#);
    let error = unknown.parameters(parameter("Q", "x")).send().await.unwrap_err();
    assert_eq!(error.message(), Some("Parameters: [Q] do not exist in the template"));
    let error = client.create_stack().stack_name("bad").template_body(ROLES).send().await.unwrap_err();
    assert_eq!(error.code(), Some("InsufficientCapabilitiesException"));

    // A stack that was never created takes no change set, of whatever type.
    let failing = r#"{"Resources": {"F": {"Type": "Pipectl::Test::Resource", "Properties": {"FailOn": "create"}}}}"#;
    assert_eq!(create(&client, "failing", failing).await, "ROLLBACK_COMPLETE");
    for kind in [ChangeSetType::Create, ChangeSetType::Update] {
        let set = client.create_change_set().stack_name("failing").change_set_name("c").template_body(failing);
        let error = set.change_set_type(kind).send().await.unwrap_err();
        let message = error.message().unwrap_or_default();
        assert!(message.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."), "{message}");
    }

    // A bucket that holds something stays.
    let bucket = r#"{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}}}"#;
    assert_eq!(create(&client, "bucket", bucket).await, "CREATE_COMPLETE");
    let objects = storage(&root);
    objects.put_object().bucket("full").key("k").body(ByteStream::from_static(b"v")).send().await.unwrap();
    client.delete_stack().stack_name("bucket").send().await.unwrap();
    assert_eq!(settled(&client, "bucket").await, "DELETE_FAILED");
    objects.delete_object().bucket("full").key("k").send().await.unwrap();
    client.delete_stack().stack_name("bucket").send().await.unwrap();
    while client.describe_stacks().stack_name("bucket").send().await.is_ok() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn the_topics_that_are_told_of_a_stack_are_kept() {
    let endpoint = Endpoint::start().await;
    let client = CloudFormation::new(&endpoint.config().await);
    let topic = |name: &str| format!("arn:aws:sns:us-east-1:{ACCOUNT}:{name}");
    let template = |value: &str| {
        json!({ "Resources": { "T": { "Type": "Pipectl::Test::Resource", "Properties": { "Value": value } } } })
            .to_string()
    };
    let topics = async || {
        assert!(settled(&client, "told").await.ends_with("_COMPLETE"));
        let stacks = client.describe_stacks().stack_name("told").send().await.unwrap();
        stacks.stacks()[0].notification_arns().to_vec()
    };
    let created = client.create_stack().stack_name("told").template_body(template("one")).notification_arns(topic("a"));
    created.send().await.unwrap();
    assert_eq!(topics().await, [topic("a")]);

    // To a change set the topics are no change; to an update they are one.
    let change = |name: &'static str, value: &str| {
        let change = client.create_change_set().stack_name("told").change_set_name(name).template_body(template(value));
        change.notification_arns(topic("b"))
    };
    change("empty", "one").send().await.unwrap();
    let empty = client.describe_change_set().stack_name("told").change_set_name("empty").send().await.unwrap();
    assert_eq!(empty.status().unwrap().as_str(), "FAILED");
    let update = || client.update_stack().stack_name("told").use_previous_template(true);
    update().notification_arns(topic("c")).send().await.unwrap();
    assert_eq!(topics().await, [topic("c")]);
    let same = update().notification_arns(topic("c")).send().await.unwrap_err();
    assert_eq!(same.message(), Some("No updates are to be performed."));
    change("full", "two").send().await.unwrap();
    assert_eq!(topics().await, [topic("c")]);
    client.execute_change_set().stack_name("told").change_set_name("full").send().await.unwrap();
    assert_eq!(topics().await, [topic("b")]);

    // What names no topics leaves them; an empty list removes them.
    client.update_stack().stack_name("told").template_body(template("three")).send().await.unwrap();
    assert_eq!(topics().await, [topic("b")]);
    update().set_notification_arns(Some(Vec::new())).send().await.unwrap();
    assert_eq!(topics().await, [""; 0]);
    endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn state_survives_and_nothing_stays_behind() {
    let endpoint = Endpoint::start().await;
    let root = endpoint.config().await;
    assert_eq!(create(&CloudFormation::new(&root), "roles", ROLES).await, "CREATE_COMPLETE");
    storage(&root).put_object().bucket("shared").key("a//b").body(ByteStream::from_static(b"v")).send().await.unwrap();
    let instance = endpoint.running.instance().clone();
    assert!(Instance::open(instance.folder()).is_ok());

    let endpoint = endpoint.restart(|_| Ok(Routes::default())).await;
    let emulator = nix::unistd::Pid::from_raw(instance.emulator as i32);
    assert!(nix::sys::signal::killpg(emulator, None).is_err(), "the first emulator's group is still there");
    assert_eq!(endpoint.running.endpoint(), instance.endpoint, "the port stays");
    let root = endpoint.config().await;
    let stacks = CloudFormation::new(&root).describe_stacks().stack_name("roles").send().await.unwrap();
    assert_eq!(stacks.stacks()[0].stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    let got = storage(&root).get_object().bucket("shared").key("a//b").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"v");
    assume(&root, "arn:aws:iam::111111111111:role/reader").await;

    // Another process asks for the end, as `local down` does.
    let instance = endpoint.running.instance().clone();
    let asked = tokio::spawn(async move { pipectl::local::down(&instance).await });
    endpoint.running.ended().await;
    let folder = endpoint.folder().to_owned();
    endpoint.running.shutdown().await.unwrap();
    asked.await.unwrap().unwrap();
    assert!(Instance::open(&folder).is_err());
}
