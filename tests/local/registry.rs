//! The local endpoint's registry of images: who may push and pull, and that ECR knows what was pushed.

use aws_sdk_ecr::error::ProvideErrorMetadata;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::support::{ACCOUNT, Endpoint, OTHER_ACCOUNT, REGION};

const REPOSITORY: &str = "team/app";

/// A role that may log in and pull, and one that may push but not log in.
const ROLES: &str = r#"{"Resources": {
    "Reader": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "reader",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111111111111"}}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
            {"Effect": "Allow", "Action": "ecr:BatchGetImage",
                "Resource": "arn:aws:ecr:us-east-1:111111111111:repository/team/app"}]}}]}},
    "Outsider": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "outsider",
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111111111111"}}]},
        "Policies": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "ecr:PutImage", "Resource": "*"}]}}]}}}}"#;

/// The SDK's configuration for a role of the tests' account.
async fn assume(config: &aws_config::SdkConfig, role: &str) -> aws_config::SdkConfig {
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let call = aws_sdk_sts::Client::new(config).assume_role().role_arn(role).role_session_name("test");
    let answer = call.send().await.unwrap();
    let made = answer.credentials().unwrap();
    let token = Some(made.session_token().to_owned());
    let credentials =
        aws_credential_types::Credentials::new(made.access_key_id(), made.secret_access_key(), token, None, "test");
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(credentials);
    config.to_builder().credentials_provider(provider).build()
}

/// The header by which a request presents a password of ECR's.
async fn password(config: &aws_config::SdkConfig) -> String {
    let answer = aws_sdk_ecr::Client::new(config).get_authorization_token().send().await.unwrap();
    let data = &answer.authorization_data()[0];
    assert_eq!(data.proxy_endpoint(), config.endpoint_url());
    let token = data.authorization_token().unwrap();
    assert!(String::from_utf8(BASE64_STANDARD.decode(token).unwrap()).unwrap().starts_with("AWS:"));
    format!("authorization: Basic {token}\n")
}

fn request(method: &str, path: &str, headers: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\nhost: HOST\nconnection: close\n{headers}content-length: {}\n\n{body}",
        body.len()
    )
}

fn digest(text: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(text)))
}

/// The value of a header in an answer.
fn header<'a>(answer: &'a str, name: &str) -> &'a str {
    let line = answer.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {answer}")).split_once(": ").unwrap().1.trim()
}

/// The path of something in the repository of an account.
fn path(account: &str, rest: &str) -> String {
    format!("/v2/{account}/{REGION}/{REPOSITORY}/{rest}")
}

#[tokio::test]
async fn an_image_that_is_pushed_is_known_to_ecr() {
    let endpoint = Endpoint::start().await;
    let config = endpoint.config().await;
    let ecr = aws_sdk_ecr::Client::new(&config);
    let made = ecr.create_repository().repository_name(REPOSITORY).send().await.unwrap();
    let host = endpoint.running.endpoint().trim_start_matches("http://");
    let address = format!("{host}/{ACCOUNT}/{REGION}/{REPOSITORY}");
    assert_eq!(made.repository().unwrap().repository_uri(), Some(address.as_str()));
    let login = password(&config).await;
    let send = async |method: &str, path: &str, headers: &str, body: &str| {
        endpoint.raw(&request(method, path, &format!("{login}{headers}"), body)).await
    };
    assert_eq!(send("GET", "/v2/", "", "").await.0, 200);

    let layer = "a layer".repeat(1000);
    assert_eq!(send("HEAD", &path(ACCOUNT, &format!("blobs/{}", digest(&layer))), "", "").await.0, 404);
    let (status, answer) = send("POST", &path(ACCOUNT, "blobs/uploads/"), "", "").await;
    assert_eq!(status, 202, "{answer}");
    let (status, answer) = send("PATCH", header(&answer, "location"), "", &layer).await;
    assert_eq!(status, 202, "{answer}");
    let location = format!("{}?digest={}", header(&answer, "location"), digest(&layer).replace(':', "%3A"));
    let (status, answer) = send("PUT", &location, "", "").await;
    assert_eq!(status, 201, "{answer}");
    assert_eq!(header(&answer, "location"), path(ACCOUNT, &format!("blobs/{}", digest(&layer))));

    let manifest = format!(r#"{{"schemaVersion":2,"layers":[{{"digest":"{}"}}]}}"#, digest(&layer));
    let media = "content-type: application/vnd.oci.image.manifest.v1+json\n";
    let (status, answer) = send("PUT", &path(ACCOUNT, "manifests/1"), media, &manifest).await;
    assert_eq!(status, 201, "{answer}");
    let images = ecr.describe_images().repository_name(REPOSITORY).send().await.unwrap();
    assert_eq!(images.image_details()[0].image_tags(), ["1"]);
    let other = aws_sdk_ecr::types::ImageIdentifier::builder().image_tag("2").build();
    let missing = ecr.describe_images().repository_name(REPOSITORY).image_ids(other).send().await.unwrap_err();
    assert_eq!(missing.code(), Some("ImageNotFoundException"));
    assert_eq!(images.image_details()[0].image_digest(), Some(digest(&manifest).as_str()));

    let (status, answer) = send("GET", &path(ACCOUNT, "manifests/1"), "", "").await;
    assert!(status == 200 && answer.ends_with(&manifest), "{answer}");
    let (status, answer) = send("GET", &path(ACCOUNT, &format!("blobs/{}", digest(&layer))), "", "").await;
    assert!(status == 200 && answer.ends_with(&layer), "{answer}");
}

#[tokio::test]
async fn nobody_pushes_or_pulls_without_the_right_to_it() {
    let endpoint = Endpoint::start().await;
    let config = endpoint.config().await;
    let ecr = aws_sdk_ecr::Client::new(&config);
    ecr.create_repository().repository_name(REPOSITORY).send().await.unwrap();
    let push = |login: &str| request("PUT", &path(ACCOUNT, "manifests/1"), login, r#"{"schemaVersion":2}"#);

    let ministack = format!("authorization: Basic {}\n", BASE64_STANDARD.encode("AWS:ministack-auth-token"));
    for login in ["", "authorization: Basic QVdTOng=\n", "authorization: Bearer x\n", &ministack] {
        for text in [request("GET", "/v2/", login, ""), push(login), request("GET", "/v2/_catalog", login, "")] {
            let (status, answer) = endpoint.raw(&text).await;
            assert_eq!(status, 401, "{text}: {answer}");
            assert_eq!(header(&answer, "www-authenticate"), "Basic realm=\"pipectl\"");
        }
    }

    // The root of another account has all rights there, and none here.
    let other = password(&endpoint.config_of(OTHER_ACCOUNT).await).await;
    let (status, answer) = endpoint.raw(&push(&other)).await;
    assert_eq!(status, 403, "{answer}");
    assert!(answer.contains("DENIED"), "{answer}");
    // Its repositories are others, whatever their names.
    // Its repositories are others, whatever their names.
    let there = request("PUT", &path(OTHER_ACCOUNT, "manifests/1"), &other, "{}");
    let (status, answer) = endpoint.raw(&there).await;
    assert!(status == 404 && answer.contains("NAME_UNKNOWN"), "{answer}");

    // A role gets a password if it may, and then does with it what its policies say.
    let stacks = aws_sdk_cloudformation::Client::new(&config);
    let made = stacks.create_stack().stack_name("roles").template_body(ROLES);
    made.capabilities("CAPABILITY_NAMED_IAM".into()).send().await.unwrap();
    assert_eq!(crate::support::settled(&stacks, "roles").await, "CREATE_COMPLETE");
    let reader = password(&assume(&config, "reader").await).await;
    let (status, answer) = endpoint.raw(&push(&reader)).await;
    assert!(status == 403 && answer.contains("not authorized to perform: ecr:PutImage"), "{answer}");
    let (status, answer) = endpoint.raw(&request("GET", &path(ACCOUNT, "manifests/1"), &reader, "")).await;
    assert_eq!(status, 404, "{answer}");
    let outsider = aws_sdk_ecr::Client::new(&assume(&config, "outsider").await);
    let refused = outsider.get_authorization_token().send().await.unwrap_err();
    assert_eq!(refused.code(), Some("AccessDeniedException"), "{refused:?}");

    let images = ecr.describe_images().repository_name(REPOSITORY).send().await.unwrap();
    assert!(images.image_details().is_empty());
    let (status, answer) = endpoint.raw(&push(&password(&config).await)).await;
    assert_eq!(status, 201, "{answer}");
}
