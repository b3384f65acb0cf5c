//! The source action's configuration, and the webhook of a GitHub source.

use serde_json::{Map, Value, json};

use super::{output, parameter};
use crate::cfn::intrinsic::{attribute, reference, substitute};
use crate::definition::{Definition, Patterns, PullRequestFilter, PushFilter, Source};

/// How a source action names itself to CodePipeline.
pub(super) struct SourceAction {
    pub(super) owner: &'static str,
    pub(super) provider: &'static str,
    pub(super) configuration: Value,
}

/// The source action.
pub(super) fn action(definition: &Definition) -> SourceAction {
    match &definition.source {
        Source::GitHub { repository, branch, token_secret } => SourceAction {
            owner: "ThirdParty",
            provider: "GitHub",
            configuration: json!({
                "Owner": repository.owner(),
                "Repo": repository.name(),
                "Branch": branch,
                "PollForSourceChanges": false,
                // The version makes a rotated token a change of the pipeline, so that it is read anew.
                "OAuthToken": substitute(format!(
                    "{{{{resolve:secretsmanager:{token_secret}:SecretString:::${{{}}}}}}}",
                    parameter::TOKEN_VERSION
                )),
            }),
        },
        Source::Connection { connection, repository, branch, .. } => SourceAction {
            owner: "AWS",
            provider: "CodeStarSourceConnection",
            configuration: json!({
                "ConnectionArn": connection,
                "FullRepositoryId": repository.as_str(),
                "BranchName": branch,
            }),
        },
        Source::S3 { bucket, key } => SourceAction {
            owner: "AWS",
            provider: "S3",
            configuration: json!({ "S3Bucket": bucket, "S3ObjectKey": key, "PollForSourceChanges": true }),
        },
    }
}

/// The webhook and its secret. The secret is the webhook's own; the token is never the key of a signature.
pub(super) fn resources(definition: &Definition) -> Map<String, Value> {
    let mut resources = Map::new();
    if let Source::GitHub { .. } = definition.source {
        resources.insert(
            "WebhookSecret".to_owned(),
            json!({
                "Type": "AWS::SecretsManager::Secret",
                "DeletionPolicy": "Delete",
                "UpdateReplacePolicy": "Delete",
                "Properties": {
                    "Description": format!("Signs what GitHub tells the pipeline {}", definition.name),
                    "GenerateSecretString": { "ExcludePunctuation": true, "PasswordLength": 48 },
                },
            }),
        );
        resources.insert(
            "Webhook".to_owned(),
            json!({
                "Type": "AWS::CodePipeline::Webhook",
                "Properties": {
                    "Authentication": "GITHUB_HMAC",
                    "AuthenticationConfiguration": {
                        "SecretToken": substitute("{{resolve:secretsmanager:${WebhookSecret}:SecretString}}"),
                    },
                    "Filters": [{ "JsonPath": "$.ref", "MatchEquals": "refs/heads/{Branch}" }],
                    "RegisterWithThirdParty": true,
                    "TargetAction": "Source",
                    "TargetPipeline": reference("Pipeline"),
                    // The service wants a version and does not use it; a changing one would change the webhook for nothing.
                    "TargetPipelineVersion": 1,
                },
            }),
        );
    }
    resources
}

/// Where GitHub tells of a push.
pub(super) fn outputs(definition: &Definition) -> Map<String, Value> {
    let mut outputs = Map::new();
    if let Source::GitHub { .. } = definition.source {
        outputs.insert(
            output::WEBHOOK_URL.to_owned(),
            json!({ "Description": "Where GitHub tells of a push", "Value": attribute("Webhook", "Url") }),
        );
    }
    outputs
}

/// Which events start the pipeline ("PipelineTriggerDeclaration" of the CodePipeline API). Their presence switches off the
/// source action's own detection of changes, so there are none unless the definition filters.
pub(super) fn triggers(definition: &Definition) -> Option<Value> {
    let Source::Connection { triggers, .. } = &definition.source else { return None };
    let mut git = Map::new();
    if !triggers.pushes.is_empty() {
        git.insert("Push".to_owned(), triggers.pushes.iter().map(push).collect());
    }
    if !triggers.pull_requests.is_empty() {
        git.insert("PullRequest".to_owned(), triggers.pull_requests.iter().map(pull_request).collect());
    }
    if git.is_empty() {
        return None;
    }
    git.insert("SourceActionName".to_owned(), json!("Source"));
    Some(json!([{ "ProviderType": "CodeStarSourceConnection", "GitConfiguration": git }]))
}

fn push(filter: &PushFilter) -> Value {
    match filter {
        PushFilter::Tags(tags) => criteria([("Tags", tags)]),
        PushFilter::Branches { branches, paths } => criteria([("Branches", branches), ("FilePaths", paths)]),
    }
}

fn pull_request(filter: &PullRequestFilter) -> Value {
    let mut rendered = criteria([("Branches", &filter.branches), ("FilePaths", &filter.paths)]);
    if !filter.events.is_empty() {
        rendered["Events"] = filter.events.iter().map(|event| json!(event.as_str().to_uppercase())).collect();
    }
    rendered
}

fn criteria<const N: usize>(criteria: [(&str, &Patterns); N]) -> Value {
    let given = criteria.into_iter().filter(|(_, patterns)| !patterns.is_empty());
    let rendered = given.map(|(key, patterns)| {
        let mut lists = Map::new();
        for (key, list) in [("Includes", &patterns.includes), ("Excludes", &patterns.excludes)] {
            if !list.is_empty() {
                lists.insert(key.to_owned(), json!(list));
            }
        }
        (key.to_owned(), Value::Object(lists))
    });
    Value::Object(rendered.collect())
}
