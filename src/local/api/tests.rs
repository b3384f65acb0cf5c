//! The API against an engine whose emulator is away: pipelines are kept and started, and their sources fail.

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{CodePipeline, Connections, PipelineType, Spelling, WebhookType};
use crate::aws::Settings;
use crate::git::Git;
use crate::id::{Repository, Secret};
use crate::local::authority::Authority;
use crate::local::codebuild::Handoff;
use crate::local::engine::{Engine, Surroundings};
use crate::local::{Call, Caller, Fault, Repositories, ResourceCall, ResourceType, Service, Webhooks};

struct NoRepositories;

impl Repositories for NoRepositories {
    fn repository(&self, _: &Repository) -> Option<Git> {
        None
    }

    fn accepts(&self, _: &Secret) -> bool {
        false
    }
}

fn engine(state: &tempfile::TempDir) -> Engine {
    engine_until(state, CancellationToken::new())
}

fn engine_until(state: &tempfile::TempDir, end: CancellationToken) -> Engine {
    Engine::open(Surroundings {
        endpoint: "http://127.0.0.1:9".into(),
        state: Utf8PathBuf::try_from(state.path().to_owned()).unwrap(),
        authority: Authority::new("http://127.0.0.1:9", Secret::new("none")),
        roots: Arc::new(|_, _| Settings::default()),
        tasks: TaskTracker::new(),
        end,
        patience: Duration::ZERO,
        repositories: Arc::new(NoRepositories),
        handoff: Handoff::default(),
    })
    .unwrap()
}

fn request(operation: &str, body: Value) -> Call {
    Call {
        caller: Caller {
            account: "111111111111".parse().unwrap(),
            arn: "arn:aws:iam::111111111111:root".into(),
            access_key: "AKIA".into(),
        },
        region: "us-east-1".parse().unwrap(),
        operation: operation.into(),
        body,
    }
}

async fn call(engine: &Engine, operation: &str, body: Value) -> Result<Value, Fault> {
    CodePipeline::new(engine.clone()).call(request(operation, body)).await
}

fn pipeline(name: &str) -> Value {
    json!({
        "name": name,
        "roleArn": "arn:aws:iam::111111111111:role/pipeline",
        "artifactStore": {"type": "S3", "location": "artifacts"},
        "pipelineType": "V2",
        "stages": [
            {"name": "Source", "actions": [{
                "name": "Hub",
                "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
                "configuration": {"Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "hunter2"},
                "outputArtifacts": [{"name": "Source"}],
            }]},
            {"name": "Build", "actions": [{
                "name": "Build",
                "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
                "configuration": {"ProjectName": "p"},
                "inputArtifacts": [{"name": "Source"}],
            }]},
        ],
    })
}

async fn settled(engine: &Engine, name: &str) -> Value {
    for _ in 0..100 {
        let list = call(engine, "ListPipelineExecutions", json!({"pipelineName": name})).await.unwrap();
        let newest = list["pipelineExecutionSummaries"][0].clone();
        if newest["status"] != "InProgress" {
            return newest;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the execution does not end");
}

#[tokio::test]
async fn a_pipeline_is_made_started_and_shown_without_its_secret() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine(&state);
    let tags = json!([{"key": "team", "value": "web"}]);
    let made = call(&engine, "CreatePipeline", json!({"pipeline": pipeline("app"), "tags": tags})).await.unwrap();
    assert_eq!(made["pipeline"]["version"], 1);
    assert_eq!(made["tags"], tags);
    let again = call(&engine, "CreatePipeline", json!({"pipeline": pipeline("app")})).await.unwrap_err();
    assert_eq!(again.code, "PipelineNameInUseException");
    let execution = settled(&engine, "app").await;
    assert_eq!(execution["status"], "Failed");
    assert_eq!(execution["trigger"]["triggerType"], "CreatePipeline");
    let shown = call(&engine, "GetPipeline", json!({"name": "app"})).await.unwrap();
    assert!(!shown.to_string().contains("hunter2"));
    assert_eq!(shown.pointer("/pipeline/stages/0/actions/0/configuration/OAuthToken"), Some(&json!("****")));
    assert_eq!(shown["metadata"]["pipelineArn"], "arn:aws:codepipeline:us-east-1:111111111111:app");
    let state = call(&engine, "GetPipelineState", json!({"name": "app"})).await.unwrap();
    let stage = &state["stageStates"][0];
    assert_eq!(stage["latestExecution"]["status"], "Failed");
    assert_eq!(stage["latestExecution"]["pipelineExecutionId"], execution["pipelineExecutionId"]);
    let action = &stage["actionStates"][0]["latestExecution"];
    assert_eq!(action["status"], "Failed");
    assert!(action["errorDetails"]["message"].as_str().unwrap().contains("did not answer"));
    let filter = json!({"pipelineExecutionId": execution["pipelineExecutionId"]});
    let actions =
        call(&engine, "ListActionExecutions", json!({"pipelineName": "app", "filter": filter})).await.unwrap();
    assert_eq!(actions["actionExecutionDetails"].as_array().unwrap().len(), 1);
    assert_eq!(actions["actionExecutionDetails"][0]["input"]["region"], "us-east-1");
}

#[tokio::test]
async fn faults_have_the_codes_of_the_service() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine(&state);
    let code = async |operation: &str, body: Value| call(&engine, operation, body).await.unwrap_err().code;
    assert_eq!(code("GetPipeline", json!({"name": "no"})).await, "PipelineNotFoundException");
    assert_eq!(code("Dance", json!({})).await, "UnknownOperationException");
    assert_eq!(code("GetPipeline", json!({})).await, "ValidationException");
    call(&engine, "CreatePipeline", json!({"pipeline": pipeline("app")})).await.unwrap();
    settled(&engine, "app").await;
    let nowhere = json!({"pipelineName": "app", "pipelineExecutionId": "00000000-0000-0000-0000-000000000000"});
    assert_eq!(code("GetPipelineExecution", nowhere.clone()).await, "PipelineExecutionNotFoundException");
    assert_eq!(code("StopPipelineExecution", nowhere).await, "PipelineExecutionNotFoundException");
    let mut bad = pipeline("app");
    bad["stages"].as_array_mut().unwrap().pop();
    assert_eq!(code("UpdatePipeline", json!({"pipeline": bad})).await, "InvalidStructureException");
    let stage = json!({"pipelineName": "app", "stageName": "No", "transitionType": "Inbound", "reason": "x"});
    assert_eq!(code("DisableStageTransition", stage).await, "StageNotFoundException");
    assert_eq!(code("GetPipeline", json!({"name": "app", "version": 7})).await, "PipelineVersionNotFoundException");
    let token = json!({"pipelineName": "app", "nextToken": "x"});
    assert_eq!(code("ListPipelineExecutions", token).await, "InvalidNextTokenException");
    assert_eq!(code("RegisterWebhookWithThirdParty", json!({"webhookName": "x"})).await, "WebhookNotFoundException");
}

#[tokio::test]
async fn everything_outlives_the_endpoint() {
    let state = tempfile::tempdir().unwrap();
    let end = CancellationToken::new();
    let first = engine_until(&state, end.clone());
    call(&first, "CreatePipeline", json!({"pipeline": pipeline("..")})).await.unwrap();
    let before = settled(&first, "..").await;
    let webhook = json!({"name": "hook", "targetPipeline": "..", "targetAction": "Hub",
        "filters": [{"jsonPath": "$.ref", "matchEquals": "refs/heads/{Branch}"}],
        "authentication": "GITHUB_HMAC", "authenticationConfiguration": {"SecretToken": "s3cret"}});
    let put = call(&first, "PutWebhook", json!({"webhook": webhook})).await.unwrap();
    assert_eq!(put["webhook"]["definition"]["authenticationConfiguration"]["SecretToken"], "****");
    call(&first, "RegisterWebhookWithThirdParty", json!({"webhookName": "hook"})).await.unwrap();
    let service = Connections::new(first.clone(), Spelling::CodeStar);
    let input = json!({"ConnectionName": "hub", "ProviderType": "GitHub"});
    let connection = service.call(request("CreateConnection", input)).await.unwrap();
    end.cancel();
    drop(first);
    let second = engine(&state);
    assert_eq!(settled(&second, "..").await, before);
    let targets = second.targets(&"O/R".parse().unwrap());
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].secret, Some(Secret::new("s3cret")));
    let service = Connections::new(second.clone(), Spelling::CodeStar);
    let found = service.call(request("GetConnection", connection)).await.unwrap();
    assert_eq!(found["Connection"]["ConnectionStatus"], "AVAILABLE");
    let public: String = walkdir::WalkDir::new(state.path())
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| entry.file_type().is_file() && !entry.file_name().to_string_lossy().contains("secrets"))
        .map(|entry| std::fs::read_to_string(entry.path()).unwrap())
        .collect();
    assert!(!public.contains("hunter2") && !public.contains("s3cret"));
}

fn resource(properties: Value, old_properties: Value, physical_id: &str) -> ResourceCall {
    ResourceCall {
        account: "111111111111".parse().unwrap(),
        region: "us-east-1".parse().unwrap(),
        stack: "app-pipeline".into(),
        logical_id: "Pipeline".into(),
        physical_id: physical_id.into(),
        properties,
        old_properties,
    }
}

/// The pipeline as a template writes it.
fn properties(project: &str) -> Value {
    json!({
        "RoleArn": "arn:aws:iam::111111111111:role/pipeline",
        "RestartExecutionOnUpdate": true,
        "PipelineType": "V2",
        "ArtifactStores": [{"Region": "us-east-1", "ArtifactStore": {"Type": "S3", "Location": "artifacts"}}],
        "DisableInboundStageTransitions": [{"StageName": "Build", "Reason": "freeze"}],
        "Stages": [
            {"Name": "Source", "Actions": [{
                "Name": "Hub",
                "ActionTypeId": {"Category": "Source", "Owner": "ThirdParty", "Provider": "GitHub", "Version": "1"},
                "Configuration": {"Owner": "o", "Repo": "r", "Branch": "main", "OAuthToken": "hunter2",
                                  "PollForSourceChanges": false},
                "OutputArtifacts": [{"Name": "Source"}],
                "RunOrder": 1,
            }]},
            {"Name": "Build", "Actions": [{
                "Name": "Build",
                "ActionTypeId": {"Category": "Build", "Owner": "AWS", "Provider": "CodeBuild", "Version": "1"},
                "Configuration": {"ProjectName": project},
                "InputArtifacts": [{"Name": "Source"}],
            }]},
        ],
    })
}

#[tokio::test]
async fn cloudformation_makes_changes_and_deletes_pipelines() {
    let state = tempfile::tempdir().unwrap();
    let engine = engine(&state);
    let kind = PipelineType::new(engine.clone());
    let made = kind.create(resource(properties("one"), Value::Null, "")).await.unwrap();
    let name = made.physical_id.clone();
    assert!(name.starts_with("app-pipeline-Pipeline-"));
    assert_eq!(made.attributes["Version"], "1");
    assert_eq!(settled(&engine, &name).await["trigger"]["triggerType"], "CreatePipeline");
    let shown = call(&engine, "GetPipelineState", json!({"name": name})).await.unwrap();
    assert_eq!(shown["stageStates"][1]["inboundTransitionState"]["disabledReason"], "freeze");

    let same = kind.update(resource(properties("one"), properties("one"), &name)).await.unwrap();
    assert_eq!(same.attributes["Version"], "1");
    let mut changed = properties("two");
    changed["DisableInboundStageTransitions"] = Value::Null;
    let updated = kind.update(resource(changed.clone(), properties("one"), &name)).await.unwrap();
    assert_eq!(updated.attributes["Version"], "2");
    let list = call(&engine, "ListPipelineExecutions", json!({"pipelineName": name})).await.unwrap();
    assert_eq!(list["pipelineExecutionSummaries"].as_array().unwrap().len(), 2);
    let shown = call(&engine, "GetPipelineState", json!({"name": name})).await.unwrap();
    assert_eq!(shown["stageStates"][1]["inboundTransitionState"]["enabled"], true);

    let mut broken = properties("three");
    broken["Stages"].as_array_mut().unwrap().pop();
    let refused = kind.update(resource(broken, changed, &name)).await.unwrap_err();
    assert!(refused.contains("minimum of 2 stages"), "{refused}");
    let shown = call(&engine, "GetPipeline", json!({"name": name})).await.unwrap();
    assert_eq!(shown["pipeline"]["version"], 2);

    let hook = WebhookType::new(engine.clone());
    let webhook = json!({"TargetPipeline": name, "TargetAction": "Hub", "TargetPipelineVersion": 1,
        "Authentication": "GITHUB_HMAC", "AuthenticationConfiguration": {"SecretToken": "s"},
        "Filters": [{"JsonPath": "$.ref", "MatchEquals": "refs/heads/{Branch}"}], "RegisterWithThirdParty": true});
    let made = hook.create(resource(webhook, Value::Null, "")).await.unwrap();
    assert!(made.attributes["Url"].as_str().unwrap().starts_with("http://127.0.0.1:9/webhooks/"));
    assert_eq!(engine.targets(&"o/r".parse().unwrap()).len(), 1);
    hook.delete(resource(Value::Null, Value::Null, &made.physical_id)).await.unwrap();
    assert!(engine.targets(&"o/r".parse().unwrap()).is_empty());

    kind.delete(resource(Value::Null, Value::Null, &name)).await.unwrap();
    kind.delete(resource(Value::Null, Value::Null, &name)).await.unwrap();
    assert!(call(&engine, "GetPipeline", json!({"name": name})).await.is_err());
}

#[test]
fn calls_need_rights_on_what_they_touch() {
    let needed = |operation: &str, body: Value| {
        super::permission::needed(&request(operation, body))
            .unwrap()
            .into_iter()
            .map(|permission| format!("{} {}", permission.action, permission.resource))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        needed("CreatePipeline", json!({"pipeline": pipeline("app")})),
        [
            "codepipeline:CreatePipeline arn:aws:codepipeline:us-east-1:111111111111:app",
            "iam:PassRole arn:aws:iam::111111111111:role/pipeline"
        ]
    );
    assert_eq!(
        needed("PutApprovalResult", json!({"pipelineName": "app", "stageName": "S", "actionName": "A"})),
        ["codepipeline:PutApprovalResult arn:aws:codepipeline:us-east-1:111111111111:app/S/A"]
    );
    assert_eq!(needed("ListPipelines", json!({})), ["codepipeline:ListPipelines *"]);
}
