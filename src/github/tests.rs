//! The client against canned answers.

use serde_json::json;
use wiremock::matchers::{header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::diagnostic::Explain;

const TOKEN: &str = "ghp_0123456789abcdef";

const SECRET: &str = "my-token";

fn connect(server: &MockServer) -> GitHub {
    GitHub::connect(&Secret::new(TOKEN), SECRET, Some(&format!("{}/api/v3/", server.uri()))).unwrap()
}

fn repository() -> Repository {
    "octo/app".parse().unwrap()
}

async fn answer(server: &MockServer, route: &str, response: ResponseTemplate) {
    Mock::given(method("GET"))
        .and(path(format!("/api/v3{route}")))
        .and(header("authorization", format!("Bearer {TOKEN}")))
        .respond_with(response)
        .mount(server)
        .await;
}

fn repository_answer(admin: bool) -> ResponseTemplate {
    ResponseTemplate::new(200).insert_header("x-oauth-scopes", "repo, admin:repo_hook").set_body_json(json!({
        "full_name": "octo/app", "default_branch": "trunk", "permissions": {"admin": admin, "push": true, "pull": true},
    }))
}

fn branch_answer(name: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"name": name, "commit": {"sha": "a".repeat(40)}}))
}

#[tokio::test]
async fn a_usable_source_is_recognised() {
    let server = MockServer::start().await;
    let scopes =
        ResponseTemplate::new(200).insert_header("x-oauth-scopes", "admin:repo_hook, repo").set_body_json(json!({}));
    answer(&server, "/user", scopes).await;
    answer(&server, "/repos/octo/app", repository_answer(true)).await;
    answer(&server, "/repos/octo/app/branches/feature%2Fone", branch_answer("feature/one")).await;
    let facts = connect(&server).check_source(&repository(), "feature/one").await.unwrap();
    assert_eq!(facts.permission, Permission::Admin);
    assert_eq!(facts.default_branch, "trunk");
    assert_eq!(facts.full_name, repository());
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let server = MockServer::start().await;
    let scopes = ResponseTemplate::new(200).insert_header("x-oauth-scopes", "").set_body_json(json!({}));
    answer(&server, "/user", scopes).await;
    let error = connect(&server).check_source(&repository(), "main").await.unwrap_err();
    assert_eq!(error.to_string(), "the GitHub token lacks the scopes `repo` and `admin:repo_hook`");
    assert!(error.hints()[1].contains("--secret-id my-token"), "{:?}", error.hints());
}

#[tokio::test]
async fn a_fine_grained_token_has_no_scopes_to_miss() {
    let server = MockServer::start().await;
    answer(&server, "/user", ResponseTemplate::new(200).set_body_json(json!({}))).await;
    assert_eq!(connect(&server).scopes().await.unwrap(), TokenScopes::Unknown);
}

#[tokio::test]
async fn a_refused_token_is_never_shown() {
    let server = MockServer::start().await;
    let refusal = ResponseTemplate::new(401).set_body_json(json!({"message": "Bad credentials"}));
    answer(&server, "/repos/octo/app", refusal).await;
    let github = connect(&server);
    let error = github.repository(&repository()).await.unwrap_err();
    assert_eq!(error.to_string(), "GitHub refused the token: Bad credentials");
    assert!(error.hints()[0].starts_with("`aws secretsmanager put-secret-value --secret-id my-token"));
    assert!(!format!("{error:?} {github:?} {:?}", error.hints()).contains(TOKEN));
}

#[tokio::test]
async fn what_cannot_be_seen_or_administered_is_told() {
    let server = MockServer::start().await;
    let github = connect(&server);
    let missing = github.repository(&repository()).await.unwrap_err();
    assert!(matches!(missing, Error::NotVisible { .. }), "{missing:?}");
    answer(&server, "/user", ResponseTemplate::new(403).set_body_json(json!({"message": "not a user"}))).await;
    answer(&server, "/repos/octo/app", repository_answer(false)).await;
    let error = github.check_source(&repository(), "main").await.unwrap_err();
    assert!(matches!(error, Error::NotAdministrator { .. }), "{error:?}");
    assert_eq!(github.branch(&repository(), "main").await.unwrap(), None);
}

#[tokio::test]
async fn a_renamed_branch_counts_as_missing() {
    let server = MockServer::start().await;
    answer(&server, "/repos/octo/app/branches/master", branch_answer("main")).await;
    assert_eq!(connect(&server).branch(&repository(), "master").await.unwrap(), None);
}

#[tokio::test]
async fn a_file_is_read_raw() {
    let server = MockServer::start().await;
    Mock::given(path("/api/v3/repos/octo/app/contents/ci/pipeline.toml"))
        .and(query_param("ref", "feature/one"))
        .and(header("accept", "application/vnd.github.raw+json"))
        .respond_with(ResponseTemplate::new(200).set_body_string("[pipeline]\n"))
        .mount(&server)
        .await;
    let text = connect(&server).file(&repository(), "feature/one", Utf8Path::new("ci/pipeline.toml")).await.unwrap();
    assert_eq!(text.as_deref(), Some("[pipeline]\n"));
}

#[tokio::test]
async fn the_rate_limit_tells_when_it_ends() {
    let server = MockServer::start().await;
    let refusal = ResponseTemplate::new(403)
        .insert_header("x-ratelimit-remaining", "0")
        .insert_header("x-ratelimit-reset", "1700000000")
        .set_body_json(json!({"message": "API rate limit exceeded"}));
    answer(&server, "/repos/octo/app", refusal).await;
    let error = connect(&server).repository(&repository()).await.unwrap_err();
    assert_eq!(error.to_string(), "GitHub's rate limit is reached until 2023-11-14T22:13:20Z");
}

#[tokio::test]
async fn a_dead_server_and_wrong_inputs_are_told_apart() {
    let dead = GitHub::connect(&Secret::new(TOKEN), SECRET, Some("http://127.0.0.1:1")).unwrap();
    let error = dead.repository(&repository()).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let error = GitHub::connect(&Secret::new("{\"token\": 1}\n"), SECRET, None).unwrap_err();
    assert!(matches!(&error, Error::MalformedToken { secret } if secret == SECRET), "{error:?}");
    let error = GitHub::connect(&Secret::new(TOKEN), SECRET, Some("ftp://x")).unwrap_err();
    assert!(matches!(error, Error::MalformedBase { .. }), "{error:?}");
    // Only the default of the TLS set-up is used; nothing needs to be installed first.
    assert!(GitHub::connect(&Secret::new(TOKEN), SECRET, None).is_ok());
}
