//! What pipectl adds to the emulator so that stacks of the CDK and of Amplify deploy and are used as on AWS.

use crate::stacks::{deployer, deployer_in, desired, proceed};
use crate::support::Endpoint;
use pipectl::aws::s3::Upload;
use pipectl::ops::stack::{Deployer, Desired, DesiredTemplate, Outcome, StackError};
use serde_json::{Value, json};

/// What a stack's events say of resources that pipectl does the work of.
async fn assert_stood_in(deployer: &Deployer, stack: &str, logical_ids: &[&str]) {
    let events = deployer.aws.stack_events(stack, None).await.unwrap();
    for logical_id in logical_ids {
        let told = events.iter().any(|event| {
            event.logical_id == *logical_id
                && event.reason.as_deref() == Some("done by pipectl in the place of the function")
        });
        assert!(told, "{logical_id}: {events:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_that_only_call_a_service_are_stood_in_for() {
    const BUCKET: &str = "uploads-of-the-test";
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    let buckets = aws_sdk_s3::Client::new(&endpoint.config().await);
    let topic_policy = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "s3.amazonaws.com" }, "Action": "sns:Publish", "Resource": "*" },
    ] });
    let desired_with = |days: Value, others: Value, secret: &str| {
        let with = |mut properties: Value| {
            properties["ServiceToken"] = json!("arn:aws:lambda:us-east-1:111111111111:function:none");
            properties
        };
        let function = json!({ "Events": ["s3:ObjectCreated:*"],
            "LambdaFunctionArn": "arn:aws:lambda:us-east-1:111111111111:function:reader",
            "Filter": { "Key": { "FilterRules": [{ "Name": "suffix", "Value": ".png" }] } } });
        let configuration = json!({ "LambdaFunctionConfigurations": [function], "TopicConfigurations": others });
        let notifications = with(json!({
            "BucketName": { "Ref": "Bucket" }, "Managed": false, "NotificationConfiguration": configuration,
        }));
        let kept = with(
            json!({ "LogGroupName": "/aws/appsync/apis/test", "RetentionInDays": days, "RemovalPolicy": "destroy" }),
        );
        let secrets =
            with(json!({ "namespace": "shop", "name": "Beta", "type": "standalone", "secretNames": [secret] }));
        let template = json!({
            "Parameters": { "Value": { "Type": "String" } },
            "Resources": {
                "Bucket": { "Type": "AWS::S3::Bucket", "Properties": { "BucketName": BUCKET } },
                "Topic": { "Type": "AWS::SNS::Topic" },
                "Allowed": { "Type": "AWS::SNS::TopicPolicy", "Properties": { "Topics": [{ "Ref": "Topic" }], "PolicyDocument": topic_policy } },
                "Secret": { "Type": "AWS::SSM::Parameter", "Properties": { "Type": "String", "Name": "/amplify/shared/shop/TOKEN", "Value": "a-secret" } },
                "Notifications": { "Type": "Custom::S3BucketNotifications", "DependsOn": "Allowed", "Properties": notifications },
                "Kept": { "Type": "Custom::LogRetention", "Properties": kept },
                "Secrets": { "Type": "Custom::AmplifySecretFetcherResource", "DependsOn": "Secret", "Properties": secrets },
                "Told": { "Type": "Pipectl::Test::Resource", "Properties": { "Value": { "Fn::GetAtt": ["Secrets", "TOKEN"] } } },
            },
            "Outputs": { "Topic": { "Value": { "Ref": "Topic" } }, "Told": { "Value": { "Fn::GetAtt": ["Told", "Value"] } } },
        });
        Desired { template: DesiredTemplate::Text(template.to_string()), ..desired("a", None) }
    };
    let asked = || buckets.get_bucket_notification_configuration().bucket(BUCKET).send();

    let first = desired_with(json!("7"), json!([]), "TOKEN");
    let Outcome::Created(stack) = deployer.deploy(&first, &proceed).await.unwrap() else { panic!("not created") };
    assert_stood_in(&deployer, &stack.id, &["Notifications", "Kept", "Secrets"]).await;
    assert_eq!(stack.outputs["Told"], "a-secret");
    let configured = asked().await.unwrap();
    let [function] = configured.lambda_function_configurations() else { panic!("{configured:?}") };
    assert!(function.lambda_function_arn().ends_with(":function:reader"));
    assert_eq!(function.filter().unwrap().key().unwrap().filter_rules()[0].value(), Some(".png"));

    // What others set at the same bucket stays, through changes and the end.
    let others = aws_sdk_s3::types::NotificationConfiguration::builder()
        .lambda_function_configurations(function.clone())
        .event_bridge_configuration(aws_sdk_s3::types::EventBridgeConfiguration::builder().build())
        .build();
    let _ = buckets
        .put_bucket_notification_configuration()
        .bucket(BUCKET)
        .notification_configuration(others)
        .send()
        .await
        .unwrap();
    let topics = json!([{ "Events": ["s3:ObjectRemoved:*"], "TopicArn": { "Ref": "Topic" } }]);
    let second = desired_with(json!("30"), topics, "TOKEN");
    let Outcome::Updated(_) = deployer.deploy(&second, &proceed).await.unwrap() else { panic!("not updated") };
    let configured = asked().await.unwrap();
    assert_eq!(configured.topic_configurations().len(), 1, "{configured:?}");
    assert_eq!(configured.lambda_function_configurations().len(), 1, "{configured:?}");
    assert!(configured.event_bridge_configuration().is_some(), "{configured:?}");

    // A refusal of the service, and a secret that is not there, are told as the resource's failure.
    let nowhere =
        json!([{ "Events": ["s3:ObjectCreated:*"], "TopicArn": "arn:aws:sns:us-east-1:111111111111:nobody" }]);
    for (wrong, logical_id, why) in [
        (desired_with(json!("30"), nowhere, "TOKEN"), "Notifications", "Unable to validate the following destination"),
        (desired_with(json!("4"), json!([]), "TOKEN"), "Kept", "Invalid retentionInDays value: 4"),
        (desired_with(json!("30"), json!([]), "OTHER"), "Secrets", "the secret `OTHER` is neither"),
    ] {
        let error = deployer.deploy(&wrong, &proceed).await.unwrap_err();
        let StackError::Failed { cause: Some(cause), .. } = error else { panic!("{error:?}") };
        assert!(cause.logical_id == logical_id && cause.reason.contains(why), "{cause:?}");
    }
    deployer.delete(&stack, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_the_cdk_travel_between_regions() {
    const NAME: &str = "/cdk/exports/consumer/Topic";
    let endpoint = Endpoint::start().await;
    let here = deployer(&endpoint).await;
    let there = deployer_in(&endpoint, "eu-west-1").await;
    let token = "arn:aws:lambda:us-east-1:111111111111:function:none";
    let producer = |value: &str| {
        let properties =
            json!({ "ServiceToken": token, "WriterProps": { "region": "eu-west-1", "exports": { NAME: value } } });
        let producer = of_template(&json!({
            "Parameters": { "Value": { "Type": "String" } },
            "Resources": { "Writer": { "Type": "Custom::CrossRegionExportWriter", "Properties": properties } },
        }));
        Desired { name: "producer".parse().unwrap(), ..producer }
    };
    let reader = json!({ "ServiceToken": token, "ReaderProps": {
        "region": "eu-west-1", "prefix": "consumer", "imports": { NAME: format!("{{{{resolve:ssm:{NAME}}}}}") },
    } });
    let consumer = of_template(&json!({
        "Parameters": { "Value": { "Type": "String" } },
        "Resources": { "Reader": { "Type": "Custom::CrossRegionExportReader", "Properties": reader } },
        "Outputs": { "Told": { "Value": { "Fn::GetAtt": ["Reader", NAME] } } },
    }));
    let consumer = Desired { name: "consumer".parse().unwrap(), ..consumer };

    let Outcome::Created(produced) = here.deploy(&producer("one"), &proceed).await.unwrap() else { panic!() };
    assert_stood_in(&here, &produced.id, &["Writer"]).await;
    let Outcome::Created(consumed) = there.deploy(&consumer, &proceed).await.unwrap() else { panic!() };
    assert_eq!(consumed.outputs["Told"], "one");

    // What is used does not change, until it is used no more.
    let error = here.deploy(&producer("two"), &proceed).await.unwrap_err();
    let StackError::Failed { cause: Some(cause), .. } = error else { panic!("{error:?}") };
    assert!(cause.reason.contains(&format!("{NAME} is in use by stack(s) consumer")), "{cause:?}");
    there.delete(&consumed, None).await.unwrap();
    let Outcome::Updated(_) = here.deploy(&producer("two"), &proceed).await.unwrap() else { panic!() };
    let parameters = async || there.aws.parameter(NAME).await.unwrap();
    assert_eq!(parameters().await.as_deref(), Some("two"));
    here.delete(&produced, None).await.unwrap();
    assert_eq!(parameters().await, None);
}

/// A stack of a template.
fn of_template(template: &Value) -> Desired {
    Desired { template: DesiredTemplate::Text(template.to_string()), ..desired("a", None) }
}

/// The stack around a nested one, whose template lies in a bucket under a name.
fn around(name: &str) -> Desired {
    let url = json!({ "Fn::Sub": format!("https://s3.${{AWS::Region}}.amazonaws.com/templates-of-the-test/{name}") });
    of_template(&json!({
        "Parameters": { "Value": { "Type": "String" } },
        "Resources": { "Nested": { "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url } } },
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn nested_stacks_that_fail_are_taken_back() {
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    let bucket = json!({ "Type": "AWS::S3::Bucket", "Properties": { "BucketName": "templates-of-the-test" } });
    let templates =
        of_template(&json!({ "Parameters": { "Value": { "Type": "String" } }, "Resources": { "Bucket": bucket } }));
    let _ = deployer.deploy(&Desired { name: "templates".parse().unwrap(), ..templates }, &proceed).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = camino::Utf8Path::from_path(folder.path()).unwrap();
    let parameters = aws_sdk_ssm::Client::new(&endpoint.config().await);
    let value = async || parameters.get_parameter().name("/nested").send().await.ok()?.parameter?.value;
    let nested = async |name: &str, value: &str, fails: &str| {
        let parameter = |path: &str| json!({ "Type": "AWS::SSM::Parameter", "Properties": { "Type": "String", "Name": path, "Value": value } });
        let mut kept = parameter("/kept");
        kept["DeletionPolicy"] = json!("RetainExceptOnCreate");
        let fragile = json!({ "Type": "Pipectl::Test::Resource", "DependsOn": ["Parameter", "Kept"],
            "Properties": { "FailOn": [fails], "Reason": "no shelf", "Value": value } });
        let template = json!({ "Resources": { "Parameter": parameter("/nested"), "Kept": kept, "Fragile": fragile } });
        fs_err::write(folder.join(name), template.to_string()).unwrap();
        let upload = Upload { bucket: "templates-of-the-test".to_owned(), key: name.to_owned(), ..Upload::default() };
        let _ = deployer.aws.storage().put_file(&upload, &folder.join(name)).await.unwrap();
        deployer.deploy(&around(name), &proceed).await
    };

    // Nothing stays of a creation that failed, and the event names the nested stack, whose own events tell the cause.
    let StackError::Failed { cause: Some(cause), .. } = nested("a", "one", "create").await.unwrap_err() else {
        panic!()
    };
    assert_eq!(cause.logical_id, "Nested");
    assert!(
        cause.reason.contains("was not successfully created: The following resource(s) failed to create: [Fragile]. ")
    );
    let id = cause.reason.split(' ').nth(2).unwrap();
    let events = deployer.aws.stack_events(id, None).await.unwrap();
    assert!(events.iter().any(|event| event.logical_id == "Fragile" && event.reason.as_deref() == Some("no shelf")));
    assert_eq!(value().await, None);

    // So the names are free for the next attempt.
    let Outcome::Created(stack) = nested("b", "one", "never").await.unwrap() else { panic!("not created") };
    let StackError::Failed { cause: Some(cause), .. } = nested("c", "two", "update").await.unwrap_err() else {
        panic!()
    };
    assert!(cause.reason.contains("was not successfully updated"), "{cause:?}");
    assert_eq!(value().await.as_deref(), Some("one"), "the change is taken back");

    // What is to be retained is.
    deployer.delete(&stack, None).await.unwrap();
    assert_eq!(value().await, None);
    assert!(parameters.get_parameter().name("/kept").send().await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn summaries_hold_what_templates_say_of_themselves() {
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    let platform = json!({ "AWS::Amplify::Platform": { "version": "1", "stackOutputs": ["region"] } });
    let template = json!({ "Metadata": platform, "Parameters": { "Value": { "Type": "String" } },
        "Resources": { "Thing": { "Type": "Pipectl::Test::Resource" } } });
    let Outcome::Created(stack) = deployer.deploy(&of_template(&template), &proceed).await.unwrap() else { panic!() };
    let stacks = aws_sdk_cloudformation::Client::new(&endpoint.config().await);
    let of_stack = stacks.get_template_summary().stack_name(&stack.id).send().await.unwrap();
    let of_text = stacks.get_template_summary().template_body(template.to_string()).send().await.unwrap();
    for summary in [of_stack, of_text] {
        let told: Value = serde_json::from_str(summary.metadata().unwrap()).unwrap();
        assert_eq!(told, platform);
    }
}

/// A GraphQL API whose resolvers are pipelines, as Amplify makes them: the functions of one that reads mapping templates end
/// with a table, and that of the other is a program.
fn pipelines() -> Value {
    let api = json!({ "Fn::GetAtt": ["Api", "ApiId"] });
    let function = |name: &str, source: Value| {
        json!({ "Type": "AWS::AppSync::FunctionConfiguration", "Properties": {
            "ApiId": api, "Name": name, "DataSourceName": source, "FunctionVersion": "2018-05-29",
            "RequestMappingTemplate": "{}", "ResponseMappingTemplate": "$util.toJson({})",
        } })
    };
    let id = |function: &str| json!({ "Fn::GetAtt": [function, "FunctionId"] });
    let resolver = |kind: &str, field: &str, functions: Value| {
        json!({ "Type": "AWS::AppSync::Resolver", "DependsOn": "Schema", "Properties": {
            "ApiId": api, "TypeName": kind, "FieldName": field, "Kind": "PIPELINE", "RequestMappingTemplate": "{}",
            "ResponseMappingTemplate": "$util.toJson($ctx.prev.result)", "PipelineConfig": { "Functions": functions },
        } })
    };
    let schema = "type Note { id: ID! text: String author: String createdAt: String! } type Notes { items: [Note]! } \
        input NoteInput { id: ID text: String author: String } \
        type Query { getNote(id: ID!): Note notesByAuthor(author: String): Notes shout(text: String): String } \
        type Mutation { createNote(input: NoteInput!): Note }";
    let code = "export function request(ctx) { return { payload: ctx.args.text.toUpperCase() }; }\n\
        export function response(ctx) { return ctx.result; }";
    let runtime = json!({ "Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0" });
    let mut shout = resolver("Query", "shout", json!([id("Shouting")]));
    shout["Properties"]["Runtime"] = runtime.clone();
    shout["Properties"]["Code"] =
        json!("export const request = () => ({});\nexport const response = (ctx) => ctx.prev.result;");
    let mut shouting = function("shouting", json!({ "Fn::GetAtt": ["Nothing", "Name"] }));
    shouting["Properties"] = json!({ "ApiId": api, "Name": "shouting", "DataSourceName": { "Fn::GetAtt": ["Nothing", "Name"] },
        "Runtime": runtime, "Code": code });
    let stages = json!([id("Auth"), id("Data")]);
    json!({
        "Parameters": { "Value": { "Type": "String" } },
        "Resources": {
            "Api": { "Type": "AWS::AppSync::GraphQLApi", "Properties": { "Name": "notes", "AuthenticationType": "API_KEY" } },
            "Key": { "Type": "AWS::AppSync::ApiKey", "Properties": { "ApiId": api } },
            "Schema": { "Type": "AWS::AppSync::GraphQLSchema", "Properties": { "ApiId": api, "Definition": schema } },
            "Table": { "Type": "AWS::DynamoDB::Table", "Properties": { "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
                "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }] } },
            "Notes": { "Type": "AWS::AppSync::DataSource", "Properties": { "ApiId": api, "Name": "Notes", "Type": "AMAZON_DYNAMODB",
                "DynamoDBConfig": { "TableName": { "Ref": "Table" }, "AwsRegion": { "Ref": "AWS::Region" } } } },
            "Nothing": { "Type": "AWS::AppSync::DataSource", "Properties": { "ApiId": api, "Name": "Nothing", "Type": "NONE" } },
            "Auth": function("auth", json!({ "Fn::GetAtt": ["Nothing", "Name"] })),
            "Data": function("data", json!({ "Fn::GetAtt": ["Notes", "Name"] })),
            "Shouting": shouting,
            "Create": resolver("Mutation", "createNote", stages.clone()),
            "Get": resolver("Query", "getNote", stages.clone()),
            "ByAuthor": resolver("Query", "notesByAuthor", stages),
            "Shout": shout,
        },
        "Outputs": { "Url": { "Value": { "Fn::GetAtt": ["Api", "GraphQLUrl"] } }, "Key": { "Value": { "Fn::GetAtt": ["Key", "ApiKey"] } } },
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_of_resolvers_answer() {
    let endpoint = Endpoint::start().await;
    let deployer = deployer(&endpoint).await;
    let Outcome::Created(stack) = deployer.deploy(&of_template(&pipelines()), &proceed).await.unwrap() else {
        panic!()
    };
    let (url, key) = (&stack.outputs["Url"], &stack.outputs["Key"]);
    let host = url.trim_start_matches("https://").split('/').next().unwrap();
    let ask = async |query: &str| {
        let body = json!({ "query": query }).to_string();
        let head = format!("POST /graphql HTTP/1.1\nhost: {host}\nconnection: close\nx-api-key: {key}");
        let head = format!("{head}\ncontent-type: application/json\ncontent-length: {}", body.len());
        let (_, answer) = endpoint.raw(&format!("{head}\n\n{body}")).await;
        let start = answer.find("\r\n\r\n").unwrap();
        serde_json::from_str::<Value>(answer[start..].trim()).unwrap_or_else(|_| panic!("{answer}"))["data"].clone()
    };
    let made =
        ask("mutation { createNote(input: { id: \"1\", text: \"milk\", author: \"Ada\" }) { id text createdAt } }")
            .await;
    assert_eq!(made["createNote"]["text"], "milk", "{made:#}");
    assert!(made["createNote"]["createdAt"].as_str().unwrap().ends_with('Z'), "{made:#}");
    assert_eq!(ask("query { getNote(id: \"1\") { author } }").await, json!({ "getNote": { "author": "Ada" } }));
    let by = async |author: &str| {
        ask(&format!("query {{ notesByAuthor(author: \"{author}\") {{ items {{ id }} }} }}")).await
    };
    assert_eq!(by("Ada").await, json!({ "notesByAuthor": { "items": [{ "id": "1" }] } }));
    assert_eq!(by("Bob").await, json!({ "notesByAuthor": { "items": [] } }));
    assert_eq!(ask("query { shout(text: \"milk\") }").await, json!({ "shout": "MILK" }));
}
