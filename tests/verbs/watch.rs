//! Watching and steering a pipeline against an endpoint that answers as CodePipeline, CodeBuild and CloudWatch Logs do:
//! one entry a page, throttled now and then, refusing what they refuse.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use pipectl::aws::codepipeline::{ExecutionStatus, Verdict};
use pipectl::aws::{Aws, Credentials, Settings};
use pipectl::diagnostic::{Explain, FailureKind};
use pipectl::event::Events;
use pipectl::id::Secret;
use pipectl::ops::approval::{self, ApprovalError};
use pipectl::ops::logs::{self, Filter, Following, Line, LogRequest};
use pipectl::ops::status::{self, Cause, Watch};
use pipectl::ops::subject::{Invocation, Subject, SubjectError};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// What the endpoint knows.
#[derive(Default)]
struct Fake {
    /// The lists of executions that follow each other, the newest execution first; the last one stays.
    executions: Mutex<VecDeque<Value>>,
    state: Value,
    structure: Value,
    actions: Vec<Value>,
    builds: Vec<Value>,
    /// How many calls are still throttled.
    throttled: Mutex<u32>,
    /// How many calls for what follows the first page of a log are still throttled.
    throttled_pages: Mutex<u32>,
    /// Calls that are refused: operation, code, message.
    refusals: Vec<(&'static str, &'static str, &'static str)>,
}

fn refused(code: &str, message: &str) -> ResponseTemplate {
    ResponseTemplate::new(400).set_body_json(json!({ "__type": code, "message": message }))
}

/// One entry of a list, and the token of the next.
fn page(name: &str, entries: &[Value], request: &Value) -> Value {
    let position: usize = request["nextToken"].as_str().map_or(0, |token| token.parse().unwrap());
    let mut answer = json!({ name: entries.get(position).into_iter().collect::<Vec<_>>() });
    if position + 1 < entries.len() {
        answer["nextToken"] = json!((position + 1).to_string());
    }
    answer
}

impl Fake {
    fn executions(&self, request: &Value) -> Value {
        let mut lists = self.executions.lock().unwrap();
        let list = lists.front().cloned().unwrap_or_else(|| json!([]));
        let answer = page("pipelineExecutionSummaries", list.as_array().unwrap(), request);
        if answer.get("nextToken").is_none() && lists.len() > 1 {
            lists.pop_front();
        }
        answer
    }
}

impl Respond for Fake {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let Some(target) = request.headers.get("x-amz-target") else {
            // CloudFormation and STS speak the query protocol.
            let body = String::from_utf8_lossy(&request.body);
            return if body.contains("Action=GetCallerIdentity") {
                ResponseTemplate::new(200).set_body_string(
                    "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><GetCallerIdentityResult>\
                     <Arn>arn:aws:iam::111111111111:user/ann</Arn><UserId>u</UserId><Account>111111111111</Account>\
                     </GetCallerIdentityResult></GetCallerIdentityResponse>",
                )
            } else {
                ResponseTemplate::new(400).set_body_string(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>\
                     <Message>Stack with id shop-pipeline does not exist</Message></Error></ErrorResponse>",
                )
            };
        };
        let operation = target.to_str().unwrap().rsplit('.').next().unwrap().to_owned();
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        let mut throttled = self.throttled.lock().unwrap();
        if *throttled > 0 {
            *throttled -= 1;
            return refused("ThrottlingException", "Rate exceeded");
        }
        let mut throttled_pages = self.throttled_pages.lock().unwrap();
        if operation == "GetLogEvents" && body["nextToken"] == json!("end") && *throttled_pages > 0 {
            *throttled_pages -= 1;
            return refused("ThrottlingException", "Rate exceeded");
        }
        if let Some((_, code, message)) = self.refusals.iter().find(|(refused, ..)| *refused == operation) {
            return refused(code, message);
        }
        let answer = match operation.as_str() {
            "ListPipelineExecutions" => self.executions(&body),
            "GetPipelineState" => self.state.clone(),
            "GetPipeline" => self.structure.clone(),
            "ListActionExecutions" => {
                let wanted = &body["filter"]["pipelineExecutionId"];
                let runs: Vec<Value> =
                    self.actions.iter().filter(|run| run["pipelineExecutionId"] == *wanted).cloned().collect();
                page("actionExecutionDetails", &runs, &body)
            }
            "BatchGetBuilds" => json!({ "builds": self.builds }),
            "GetLogEvents" => {
                let events = if body["nextToken"] == json!("end") {
                    json!([])
                } else {
                    json!([{ "timestamp": 1_000, "message": "npm ci\n" }, { "timestamp": 2_000, "message": "no lock file\n" }])
                };
                json!({ "events": events, "nextForwardToken": "end", "nextBackwardToken": "begin" })
            }
            "PutApprovalResult" => json!({ "approvedAt": 1 }),
            other => return refused("UnknownOperationException", other),
        };
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

struct Endpoint {
    subject: Subject,
    // The server ends when it is dropped.
    _server: MockServer,
}

async fn serve(fake: Fake) -> Endpoint {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(fake).mount(&server).await;
    let aws = Aws::connect(Settings {
        region: Some("us-east-1".parse().unwrap()),
        endpoint: Some(server.uri()),
        credentials: Some(Credentials {
            access_key: "AKIDEXAMPLE".to_owned(),
            secret_key: Secret::new("secret"),
            session_token: None,
        }),
        ..Settings::default()
    })
    .await;
    let subject = Subject {
        aws,
        name: "shop".parse().unwrap(),
        account: None,
        invocation: Invocation { program: "pipectl".to_owned(), pipeline: None },
    };
    Endpoint { subject, _server: server }
}

fn execution(id: &str, status: &str) -> Value {
    json!({ "pipelineExecutionId": id, "status": status, "startTime": 1.0, "trigger": { "triggerType": "Webhook" } })
}

fn action(stage: &str, name: &str, provider: &str, category: &str) -> Value {
    let kind = json!({ "category": category, "owner": "AWS", "provider": provider, "version": "1" });
    json!({ "name": stage, "actions": [{ "name": name, "actionTypeId": kind, "configuration": { "CustomData": "Ship it?" } }] })
}

fn structure(stages: Value) -> Value {
    json!({ "pipeline": { "name": "shop", "roleArn": "arn:aws:iam::111111111111:role/pipeline", "stages": stages, "version": 1 } })
}

fn run(execution: &str, name: &str, status: &str) -> Value {
    json!({
        "pipelineExecutionId": execution, "actionExecutionId": format!("{execution}-{name}"), "stageName": name,
        "actionName": name, "status": status, "startTime": 1.0,
        "input": { "actionTypeId": { "category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1" } },
        "output": { "executionResult": { "externalExecutionId": "shop-Build:1" } },
    })
}

fn stage_state(name: &str, execution: &str, status: &str, run: Value) -> Value {
    json!({
        "stageName": name,
        "latestExecution": { "pipelineExecutionId": execution, "status": status },
        "inboundTransitionState": { "enabled": true },
        "actionStates": [{ "actionName": name, "latestExecution": run }],
    })
}

fn failed_build() -> Fake {
    Fake {
        executions: Mutex::new([json!([execution("e2", "Failed"), execution("e1", "Superseded")])].into()),
        state: json!({ "pipelineName": "shop", "pipelineVersion": 1, "stageStates": [
            stage_state("Build", "e2", "Failed", json!({ "status": "Failed", "externalExecutionId": "shop-Build:1" }))
        ] }),
        structure: structure(json!([action("Build", "Build", "CodeBuild", "Build")])),
        actions: vec![run("e2", "Build", "Failed"), run("e1", "Build", "Succeeded")],
        builds: vec![json!({
            "id": "shop-Build:1", "projectName": "shop-Build", "buildStatus": "FAILED", "buildComplete": true,
            "logs": { "groupName": "/pipectl/shop", "streamName": "Build/1" },
            "phases": [
                { "phaseType": "INSTALL", "phaseStatus": "SUCCEEDED", "contexts": [{ "statusCode": "", "message": "" }] },
                { "phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [{
                    "statusCode": "COMMAND_EXECUTION_ERROR",
                    "message": "Error while executing command: npm ci. Reason: exit status 1",
                }] },
            ],
        })],
        ..Fake::default()
    }
}

#[tokio::test]
async fn a_failed_build_is_told_with_its_command_and_its_last_lines_over_pages_and_throttling() {
    let endpoint = serve(Fake { throttled: Mutex::new(2), ..failed_build() }).await;
    let report = status::status(&endpoint.subject, None, None).await.unwrap();
    assert_eq!(report.newest.as_ref().map(|newest| newest.id.as_str()), Some("e2"));
    assert_eq!(report.earlier.len(), 1);
    let action = &report.stages[0].actions[0];
    assert_eq!(
        action.cause,
        Some(Cause::Build {
            phase: "BUILD".to_owned(),
            command: Some("npm ci".to_owned()),
            message: Some("exit status 1".to_owned()),
            log: vec!["npm ci".to_owned(), "no lock file".to_owned()],
        })
    );
    assert_eq!(action.next.logs.as_deref(), Some("pipectl logs Build"));
    assert_eq!(action.next.retry.as_deref(), Some("pipectl retry Build"));
}

#[tokio::test]
async fn a_log_is_read_to_its_end_once() {
    let endpoint = serve(failed_build()).await;
    let mut lines = Vec::new();
    let request = LogRequest::default();
    logs::logs(&endpoint.subject, &request, &Events::silent(), |line, _| lines.push(line.text)).await.unwrap();
    assert_eq!(lines, ["npm ci", "no lock file"]);
    let misspelt =
        LogRequest { filter: Filter { action: Some("Biuld".to_owned()), stage: None }, ..LogRequest::default() };
    let error = logs::logs(&endpoint.subject, &misspelt, &Events::silent(), |_, _| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "pipeline `shop` has no action `Biuld` with a log");
    assert_eq!(error.hints(), ["a similar name exists: `Build`"]);
}

#[tokio::test]
async fn a_log_is_followed_over_a_look_that_fails_and_no_line_is_lost_or_told_twice() {
    // More calls fail than one of them is repeated by itself.
    let endpoint = serve(Fake { throttled_pages: Mutex::new(4), ..failed_build() }).await;
    let following =
        Following { interval: Duration::from_millis(5), timeout: Duration::from_secs(60), patience: Duration::ZERO };
    let mut lines = Vec::new();
    let request = LogRequest::default();
    let show = |line: Line, _| lines.push(line.text);
    let followed = logs::follow(&endpoint.subject, &request, following, &Events::silent(), show).await.unwrap();
    assert_eq!((followed.id.as_str(), &followed.status), ("e2", &ExecutionStatus::Failed));
    assert_eq!(lines, ["npm ci", "no lock file"]);
}

#[tokio::test]
async fn a_missing_pipeline_is_told_with_where_it_was_looked_for() {
    let refusals = vec![("GetPipeline", "PipelineNotFoundException", "no pipeline")];
    let endpoint = serve(Fake { refusals, ..Fake::default() }).await;
    let error = status::status(&endpoint.subject, None, None).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no pipeline `shop` in account 111111111111, region us-east-1");
    assert_eq!(error.kind(), FailureKind::NotReady);
}

#[tokio::test]
async fn a_denied_call_names_the_call() {
    let refusals = vec![("GetPipelineState", "AccessDeniedException", "User: ann is not authorized")];
    let endpoint = serve(Fake { refusals, ..failed_build() }).await;
    let error = status::status(&endpoint.subject, None, None).await.unwrap_err();
    assert!(matches!(&error, SubjectError::Aws(error) if error.is_denied()), "{error}");
    assert!(error.to_string().starts_with("codepipeline:GetPipelineState was refused"), "{error}");
}

#[tokio::test]
async fn a_watch_follows_the_restart_of_a_pipeline_that_updated_itself() {
    let lists = [
        json!([execution("e1", "InProgress")]),
        json!([execution("e1", "InProgress")]),
        json!([execution("e2", "InProgress"), execution("e1", "Stopping")]),
        json!([execution("e2", "InProgress"), execution("e1", "Stopped")]),
        json!([execution("e2", "Succeeded"), execution("e1", "Stopped")]),
    ];
    let endpoint = serve(Fake { executions: Mutex::new(lists.into()), ..failed_build() }).await;
    let watch = Watch {
        execution: None,
        interval: Duration::from_millis(5),
        timeout: Duration::from_secs(60),
        patience: Duration::from_secs(5),
    };
    let watched = status::watch(&endpoint.subject, &watch, &Events::silent(), |_| {}).await.unwrap();
    assert_eq!((watched.execution.id.as_str(), &watched.execution.status), ("e2", &ExecutionStatus::Succeeded));
    assert!(watched.succeeded());
}

#[tokio::test]
async fn a_watch_ends_with_its_time() {
    let lists = [json!([execution("e1", "InProgress")])];
    let endpoint = serve(Fake { executions: Mutex::new(lists.into()), ..failed_build() }).await;
    let watch = Watch {
        execution: None,
        interval: Duration::from_millis(5),
        timeout: Duration::from_millis(50),
        patience: Duration::from_secs(5),
    };
    let error = status::watch(&endpoint.subject, &watch, &Events::silent(), |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), "execution `e1` of pipeline `shop` did not end within 50ms");
    assert_eq!(error.kind(), FailureKind::TimedOut);
}

#[tokio::test]
async fn a_watch_that_ends_with_its_time_tells_what_was_waited_for() {
    let endpoint = serve(waiting_approval()).await;
    let watch = Watch {
        execution: None,
        interval: Duration::from_millis(5),
        timeout: Duration::from_millis(50),
        patience: Duration::from_secs(5),
    };
    let error = status::watch(&endpoint.subject, &watch, &Events::silent(), |_| {}).await.unwrap_err();
    assert!(
        error.to_string().ends_with("within 50ms: it waits for an approval in `Production / Production`"),
        "{error}"
    );
    assert_eq!(error.hints()[0], "`pipectl approve Production` or `pipectl reject Production`");
}

fn waiting_approval() -> Fake {
    Fake {
        executions: Mutex::new([json!([execution("e1", "InProgress")])].into()),
        state: json!({ "pipelineName": "shop", "pipelineVersion": 1, "stageStates": [
            stage_state("Production", "e1", "InProgress", json!({ "status": "InProgress", "token": "ticket" }))
        ] }),
        structure: structure(json!([action("Production", "Production", "Manual", "Approval")])),
        ..Fake::default()
    }
}

#[tokio::test]
async fn an_approval_is_found_and_answered() {
    let endpoint = serve(waiting_approval()).await;
    let waiting = approval::waiting(&endpoint.subject).await.unwrap();
    let wanted = approval::Wanted { stage: None, execution: None, verdict: Verdict::Approved };
    let chosen = approval::choose(&endpoint.subject.name, waiting, wanted).unwrap();
    assert_eq!((chosen.name(), chosen.message.as_deref()), ("Production", Some("Ship it?")));
    approval::answer(&endpoint.subject, &chosen, Verdict::Approved, "").await.unwrap();
}

#[tokio::test]
async fn an_approval_that_was_answered_meanwhile_is_told_so() {
    let refusals = vec![("PutApprovalResult", "ApprovalAlreadyCompletedException", "answered before")];
    let endpoint = serve(Fake { refusals, ..waiting_approval() }).await;
    let waiting = approval::waiting(&endpoint.subject).await.unwrap();
    let error = approval::answer(&endpoint.subject, &waiting[0], Verdict::Rejected, "").await.unwrap_err();
    assert!(matches!(error, ApprovalError::Stale { .. }), "{error}");
    assert_eq!(error.to_string(), "the approval in `Production` is no longer open: answered before");
}
