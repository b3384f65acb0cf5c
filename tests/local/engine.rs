//! Pipelines that are really executed: the engine with the real emulator, real builds and a real Git behind one endpoint.

use std::io::{Cursor, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::support::{ACCOUNT, Endpoint, OTHER_ACCOUNT, role, settled};
use aws_sdk_cloudformation::Client as CloudFormation;
use aws_sdk_cloudformation::types::Capability;
use aws_sdk_codepipeline::Client as Pipelines;
use aws_sdk_codepipeline::error::SdkError;
use aws_sdk_codepipeline::operation::retry_stage_execution::{RetryStageExecutionError, RetryStageExecutionOutput};
use aws_sdk_codepipeline::types::{
    ActionExecution, ApprovalResult, ApprovalStatus, PipelineExecutionStatus, StageRetryMode,
};
use aws_sdk_s3::Client as Storage;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use camino::{Utf8Path, Utf8PathBuf};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use pipectl::id::Secret;
use pipectl::local::Context;
use pipectl::local::api::{CodePipeline, Deliveries, PipelineType, TARGET, WebhookType};
use pipectl::local::codebuild::{self, CodeBuild, Handoff};
use pipectl::local::engine::{Engine, Surroundings};
use pipectl::local::front::Routes;
use pipectl::local::github::{self, GitPages, Hub, Token};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything of these tests may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The token that the endpoint's GitHub accepts.
const TOKEN: &str = "ghp_test";

/// An endpoint that executes pipelines.
struct Factory {
    endpoint: Endpoint,
    scratch: TempDir,
}

fn folder(temporary: &TempDir) -> Utf8PathBuf {
    Utf8Path::from_path(temporary.path()).unwrap().to_owned()
}

/// What stands behind the front.
fn provide(scratch: Utf8PathBuf) -> impl FnOnce(&Context) -> std::io::Result<Routes> + Send {
    move |context| {
        let handoff = Handoff::default();
        let token = Token::new(Secret::new(TOKEN));
        let hub = Hub::open(github::Settings::new(&context.state, &context.endpoint, token))?;
        let engine = Engine::open(Surroundings::new(context, hub.clone(), handoff.clone()))?;
        hub.add_webhooks(Arc::new(engine.clone()));
        hub.add_listener(Arc::new(engine.clone()));
        let builds = CodeBuild::open(codebuild::Surroundings {
            context: context.clone(),
            github_api: hub.api_url(),
            scratch,
            passed: [].into(),
            handoff,
            concurrent_builds: 10,
        })?;
        Ok(Routes::default()
            .service(TARGET, Arc::new(CodePipeline::new(engine.clone())))
            .service("CodeBuild_20161006", Arc::new(builds))
            .page("/webhooks/", Arc::new(Deliveries::new(engine.clone())))
            .page("/git/", Arc::new(GitPages(hub)))
            .resource(PipelineType::NAME, Arc::new(PipelineType::new(engine.clone())))
            .resource(WebhookType::NAME, Arc::new(WebhookType::new(engine))))
    }
}

/// Packs files into an archive.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn arn(role: &str) -> Value {
    json!({ "Fn::GetAtt": [role, "Arn"] })
}

/// A project whose builds run these commands; all files of the source are its artifact.
fn project(name: &str, commands: &[String], exported: &[&str]) -> Value {
    let buildspec = json!({
        "version": "0.2",
        "env": { "exported-variables": exported },
        "phases": { "build": { "commands": commands } },
        "artifacts": { "files": "**/*" },
    });
    json!({
        "Type": "AWS::CodeBuild::Project",
        "Properties": {
            "Name": name,
            "ServiceRole": arn("BuildRole"),
            "Environment": { "Type": "LINUX_CONTAINER", "Image": "aws/codebuild/standard:7.0", "ComputeType": "BUILD_GENERAL1_SMALL" },
            "Source": { "Type": "CODEPIPELINE", "BuildSpec": buildspec.to_string() },
            "Artifacts": { "Type": "CODEPIPELINE" },
        },
    })
}

fn action(name: &str, order: u32, kind: (&str, &str), configuration: Value) -> Value {
    let (category, provider) = kind;
    json!({
        "Name": name, "RunOrder": order, "Configuration": configuration,
        "ActionTypeId": { "Category": category, "Owner": "AWS", "Provider": provider, "Version": "1" },
    })
}

fn with(mut action: Value, members: Value) -> Value {
    action.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    action
}

fn source() -> Value {
    let configuration = json!({ "S3Bucket": "sources", "S3ObjectKey": "source.zip", "PollForSourceChanges": false });
    with(action("Source", 1, ("Source", "S3"), configuration), json!({ "OutputArtifacts": [{ "Name": "Source" }] }))
}

fn build(name: &str, project: &str) -> Value {
    with(
        action(name, 1, ("Build", "CodeBuild"), json!({ "ProjectName": project })),
        json!({ "InputArtifacts": [{ "Name": "Source" }] }),
    )
}

fn stage(name: &str, actions: &[Value]) -> Value {
    json!({ "Name": name, "Actions": actions })
}

/// A template with a pipeline `line` and what it needs.
fn template(mode: &str, stages: &[Value], projects: &[(&str, Value)]) -> Value {
    let mut resources = json!({
        "PipelineRole": role("codepipeline.amazonaws.com", &["s3:*", "codebuild:*", "cloudformation:*", "iam:PassRole"]),
        "BuildRole": role("codebuild.amazonaws.com", &["s3:*", "logs:*"]),
        "DeployRole": role("cloudformation.amazonaws.com", &["*"]),
        "Pipeline": {
            "Type": "AWS::CodePipeline::Pipeline",
            "DependsOn": projects.iter().map(|(id, _)| *id).collect::<Vec<_>>(),
            "Properties": {
                "Name": "line", "PipelineType": "V2", "ExecutionMode": mode, "RestartExecutionOnUpdate": true,
                "RoleArn": arn("PipelineRole"),
                "ArtifactStore": { "Type": "S3", "Location": "artifacts" },
                "Stages": stages,
            },
        },
    });
    for (id, project) in projects {
        resources[*id] = project.clone();
    }
    json!({ "Resources": resources })
}

impl Factory {
    async fn open() -> Self {
        let scratch = TempDir::new().unwrap();
        let endpoint = Endpoint::with(provide(folder(&scratch))).await;
        let factory = Self { endpoint, scratch };
        let storage = factory.storage().await;
        for bucket in ["sources", "artifacts"] {
            storage.create_bucket().bucket(bucket).send().await.unwrap();
        }
        let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        storage.put_bucket_versioning().bucket("sources").versioning_configuration(versions).send().await.unwrap();
        factory.put_source(&[("hello.txt", "hello")]).await;
        factory
    }

    async fn storage(&self) -> Storage {
        let config = self.endpoint.config().await;
        Storage::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build())
    }

    async fn pipelines(&self) -> Pipelines {
        Pipelines::new(&self.endpoint.config().await)
    }

    async fn stacks(&self) -> CloudFormation {
        CloudFormation::new(&self.endpoint.config().await)
    }

    async fn put_source(&self, files: &[(&str, &str)]) {
        let body = ByteStream::from(archive(files));
        self.storage().await.put_object().bucket("sources").key("source.zip").body(body).send().await.unwrap();
    }

    /// Creates the stack of the pipeline.
    async fn deploy(&self, template: &Value) {
        let client = self.stacks().await;
        let create = client.create_stack().stack_name("line-pipeline").template_body(template.to_string());
        create.capabilities(Capability::CapabilityIam).send().await.unwrap();
        assert_eq!(settled(&client, "line-pipeline").await, "CREATE_COMPLETE");
    }

    /// Updates the stack of the pipeline.
    async fn redeploy(&self, template: &Value) {
        let client = self.stacks().await;
        let update = client.update_stack().stack_name("line-pipeline").template_body(template.to_string());
        update.capabilities(Capability::CapabilityIam).send().await.unwrap();
        assert_eq!(settled(&client, "line-pipeline").await, "UPDATE_COMPLETE");
    }

    async fn start(&self) -> String {
        let answer = self.pipelines().await.start_pipeline_execution().name("line").send().await.unwrap();
        answer.pipeline_execution_id.unwrap()
    }

    /// The ids of all executions, the oldest first.
    async fn executions(&self) -> Vec<String> {
        let answer = self.pipelines().await.list_pipeline_executions().pipeline_name("line").send().await.unwrap();
        let summaries = answer.pipeline_execution_summaries();
        summaries.iter().rev().map(|summary| summary.pipeline_execution_id().unwrap().to_owned()).collect()
    }

    async fn status(&self, id: &str) -> PipelineExecutionStatus {
        let client = self.pipelines().await;
        let answer = client.get_pipeline_execution().pipeline_name("line").pipeline_execution_id(id).send().await;
        answer.unwrap().pipeline_execution.unwrap().status.unwrap()
    }

    /// Waits until an execution has a status.
    async fn reaches(&self, id: &str, wanted: PipelineExecutionStatus) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let status = self.status(id).await;
            if status == wanted {
                return;
            }
            let is_over = status != PipelineExecutionStatus::InProgress && status != PipelineExecutionStatus::Stopping;
            let is_late = tokio::time::Instant::now() > deadline;
            if is_over || is_late {
                let state = self.pipelines().await.get_pipeline_state().name("line").send().await.unwrap();
                panic!("{id} is {status} instead of {wanted}: {state:#?}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn latest(&self, stage: &str, action: &str) -> Option<ActionExecution> {
        let state = self.pipelines().await.get_pipeline_state().name("line").send().await.unwrap();
        let stage = state.stage_states().iter().find(|state| state.stage_name() == Some(stage)).unwrap();
        let action = stage.action_states().iter().find(|state| state.action_name() == Some(action)).unwrap();
        action.latest_execution().cloned()
    }

    /// Waits until an approval waits for its answer, and gives it.
    async fn answer(&self, stage: &str, action: &str, status: ApprovalStatus) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let latest = self.latest(stage, action).await;
            let waiting = latest.filter(|latest| latest.status().unwrap().as_str() == "InProgress");
            if let Some(token) = waiting.and_then(|latest| latest.token) {
                let result = ApprovalResult::builder().summary("seen").status(status).build().unwrap();
                let put = self.pipelines().await.put_approval_result().pipeline_name("line");
                let put = put.stage_name(stage).action_name(action).token(token).result(result);
                put.send().await.unwrap();
                return;
            }
            assert!(tokio::time::Instant::now() < deadline, "nobody waits for an approval");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Retries the failed actions of the stage `Build` in an execution.
    async fn retry_build(&self, id: &str) -> Result<RetryStageExecutionOutput, SdkError<RetryStageExecutionError>> {
        let retry = self.pipelines().await.retry_stage_execution().pipeline_name("line").stage_name("Build");
        retry.pipeline_execution_id(id).retry_mode(StageRetryMode::FailedActions).send().await
    }

    /// Makes a pipe on which builds can wait.
    fn pipe(&self, name: &str) -> Utf8PathBuf {
        let path = folder(&self.scratch).join(name);
        mkfifo(path.as_std_path(), Mode::S_IRWXU).unwrap();
        path
    }
}

/// Lets a build go on that waits on a pipe. Waits until it does.
async fn release(pipe: &Utf8Path, word: &str) {
    let write = tokio::fs::write(pipe.to_owned(), format!("{word}\n"));
    tokio::time::timeout(PATIENCE, write).await.unwrap().unwrap();
}

/// A command that waits for a word on a pipe, and succeeds if it is `go`.
fn wait_on(pipe: &Utf8Path) -> String {
    format!("read word < '{pipe}' && test \"$word\" = go")
}

/// A factory with a pipeline in a mode whose builds wait on a pipe, and the id of its first execution.
async fn holding(mode: &str) -> (Factory, Utf8PathBuf, String) {
    let factory = Factory::open().await;
    let pipe = factory.pipe("pipe");
    let hold = project("hold", &[wait_on(&pipe)], &[]);
    let stages = [stage("Source", &[source()]), stage("Build", &[build("Hold", "hold")])];
    factory.deploy(&template(mode, &stages, &[("Hold", hold)])).await;
    let first = factory.executions().await.remove(0);
    (factory, pipe, first)
}

#[tokio::test]
async fn a_source_is_built_deployed_and_approved() {
    let factory = Factory::open().await;
    let stack = json!({
        "Parameters": { "Release": { "Type": "String" }, "Level": { "Type": "String" } },
        "Resources": { "Topic": { "Type": "AWS::SNS::Topic", "Properties": {
            "DisplayName": { "Fn::Sub": "${Release} ${Level}" } } } },
        "Outputs": { "Title": { "Value": { "Fn::Sub": "${Release}-${Level}" } } },
    });
    factory
        .put_source(&[
            ("app.template.json", &stack.to_string()),
            ("app.config.json", &json!({ "Parameters": { "Level": "low" }, "Tags": { "team": "web" } }).to_string()),
        ])
        .await;
    let make = project("make", &["export RELEASE=r$(ls | wc -l)".to_owned()], &["RELEASE"]);
    let check = project("check", &["test \"$TITLE\" = r2-low".to_owned()], &[]);
    let made = with(build("Build", "make"), json!({ "OutputArtifacts": [{ "Name": "Made" }], "Namespace": "Made" }));
    let prepare = json!({
        "ActionMode": "CHANGE_SET_REPLACE", "StackName": "app", "ChangeSetName": "change", "RoleArn": arn("DeployRole"),
        "TemplatePath": "Made::app.template.json", "TemplateConfiguration": "Made::app.config.json",
        "ParameterOverrides": "{\"Release\":\"#{Made.RELEASE}\"}",
    });
    let execute = json!({ "ActionMode": "CHANGE_SET_EXECUTE", "StackName": "app", "ChangeSetName": "change" });
    let variables = "[{\"name\":\"TITLE\",\"value\":\"#{App.Title}\",\"type\":\"PLAINTEXT\"}]";
    let prod = [
        with(
            action("Prepare", 1, ("Deploy", "CloudFormation"), prepare),
            json!({ "InputArtifacts": [{ "Name": "Made" }] }),
        ),
        action("Approve", 2, ("Approval", "Manual"), json!({ "CustomData": "Ship it?" })),
        with(action("Deploy", 3, ("Deploy", "CloudFormation"), execute), json!({ "Namespace": "App" })),
        with(
            build("Check", "check"),
            json!({ "RunOrder": 4,
            "Configuration": { "ProjectName": "check", "EnvironmentVariables": variables } }),
        ),
    ];
    let stages = [stage("Source", &[source()]), stage("Build", &[made]), stage("Prod", &prod)];
    factory.deploy(&template("SUPERSEDED", &stages, &[("Make", make), ("Check", check)])).await;
    let first = factory.executions().await.remove(0);
    factory.answer("Prod", "Approve", ApprovalStatus::Approved).await;
    factory.reaches(&first, PipelineExecutionStatus::Succeeded).await;
    let stacks = factory.stacks().await.describe_stacks().stack_name("app").send().await.unwrap();
    assert_eq!(stacks.stacks()[0].stack_status().unwrap().as_str(), "CREATE_COMPLETE");
    assert_eq!(stacks.stacks()[0].tags()[0].value(), Some("web"));

    // The same again changes nothing, and that is a success.
    let second = factory.start().await;
    factory.answer("Prod", "Approve", ApprovalStatus::Approved).await;
    factory.reaches(&second, PipelineExecutionStatus::Succeeded).await;
    let prepared = factory.latest("Prod", "Prepare").await.unwrap();
    assert!(prepared.summary().unwrap().contains("didn't contain changes"), "{prepared:?}");
    let details = factory.pipelines().await.list_action_executions().pipeline_name("line").send().await.unwrap();
    let check = details.action_execution_details().iter().find(|detail| detail.action_name() == Some("Check")).unwrap();
    let resolved = &check.input().unwrap().resolved_configuration().unwrap()["EnvironmentVariables"];
    assert!(resolved.contains("r2-low"), "{resolved}");

    // Who rejects stops it there.
    let third = factory.start().await;
    factory.answer("Prod", "Approve", ApprovalStatus::Rejected).await;
    factory.reaches(&third, PipelineExecutionStatus::Failed).await;
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_failed_deployment_says_which_resource_failed() {
    let factory = Factory::open().await;
    let stack = json!({ "Resources": { "Bad": { "Type": "Pipectl::Test::Resource", "Properties": { "FailOn": ["create"] } } } });
    factory.put_source(&[("app.template.json", &stack.to_string())]).await;
    let configuration = json!({ "ActionMode": "CREATE_UPDATE", "StackName": "app", "RoleArn": arn("DeployRole"),
        "TemplatePath": "Source::app.template.json" });
    let deploy = with(
        action("Deploy", 1, ("Deploy", "CloudFormation"), configuration),
        json!({ "InputArtifacts": [{ "Name": "Source" }] }),
    );
    factory.deploy(&template("SUPERSEDED", &[stage("Source", &[source()]), stage("Prod", &[deploy])], &[])).await;
    let first = factory.executions().await.remove(0);
    factory.reaches(&first, PipelineExecutionStatus::Failed).await;
    let message = factory.latest("Prod", "Deploy").await.unwrap().error_details.unwrap().message.unwrap();
    assert!(message.contains("Bad"), "{message}");
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_large_template_goes_to_another_account_and_region() {
    let factory = Factory::open().await;
    let filler = "x".repeat(60_000);
    let stack = json!({
        "Metadata": { "Filler": filler },
        "Resources": { "Topic": { "Type": "AWS::SNS::Topic" } },
        "Outputs": { "Place": { "Value": { "Fn::Sub": "${AWS::AccountId} ${AWS::Region}" } } },
    });
    factory.put_source(&[("app.template.json", &stack.to_string())]).await;
    let far = "eu-west-1";
    let config = factory.endpoint.config_of(OTHER_ACCOUNT).await;
    let config = config.to_builder().region(aws_config::Region::new(far)).build();
    let there = CloudFormation::new(&config);
    let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "AWS": format!("arn:aws:iam::{ACCOUNT}:root") } });
    let mut deploy_role = role("unused", &["cloudformation:*", "iam:PassRole"]);
    // The toolkit stack's role may read other accounts' buckets only.
    let foreign = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": { "StringNotEquals": { "s3:ResourceAccount": OTHER_ACCOUNT } } });
    let rights = "/Properties/Policies/0/PolicyDocument/Statement";
    deploy_role.pointer_mut(rights).unwrap().as_array_mut().unwrap().push(foreign);
    deploy_role["Properties"]["AssumeRolePolicyDocument"]["Statement"] = json!([trust]);
    deploy_role["Properties"]["RoleName"] = json!("deploy");
    let mut execution_role = role("cloudformation.amazonaws.com", &["*"]);
    execution_role["Properties"]["RoleName"] = json!("execution");
    let roles = json!({ "Resources": { "Deploy": deploy_role, "Execution": execution_role } });
    let create = there.create_stack().stack_name("roles").template_body(roles.to_string());
    create.capabilities(Capability::CapabilityNamedIam).send().await.unwrap();
    assert_eq!(settled(&there, "roles").await, "CREATE_COMPLETE");

    let config = factory.endpoint.config().await.to_builder().region(aws_config::Region::new(far)).build();
    let storage = Storage::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build());
    let place = CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuWest1).build();
    let create = storage.create_bucket().bucket("artifacts-far").create_bucket_configuration(place);
    create.send().await.unwrap();
    let statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts-far/*",
        "Principal": { "AWS": format!("arn:aws:iam::{OTHER_ACCOUNT}:role/deploy") } });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string();
    storage.put_bucket_policy().bucket("artifacts-far").policy(policy).send().await.unwrap();

    let member = |name: &str| json!(format!("arn:aws:iam::{OTHER_ACCOUNT}:role/{name}"));
    let configuration = json!({ "ActionMode": "CREATE_UPDATE", "StackName": "app", "RoleArn": member("execution"),
        "TemplatePath": "Source::app.template.json" });
    let deploy = with(
        action("Deploy", 1, ("Deploy", "CloudFormation"), configuration),
        json!({ "InputArtifacts": [{ "Name": "Source" }], "RoleArn": member("deploy"), "Region": far }),
    );
    let mut template = template("SUPERSEDED", &[stage("Source", &[source()]), stage("Prod", &[deploy])], &[]);
    let properties = &mut template["Resources"]["Pipeline"]["Properties"];
    properties.as_object_mut().unwrap().remove("ArtifactStore");
    let store =
        |region: &str, bucket: &str| json!({ "Region": region, "ArtifactStore": { "Type": "S3", "Location": bucket } });
    properties["ArtifactStores"] = json!([store("us-east-1", "artifacts"), store(far, "artifacts-far")]);
    let rights = "/Resources/PipelineRole/Properties/Policies/0/PolicyDocument/Statement/0/Action";
    template.pointer_mut(rights).unwrap().as_array_mut().unwrap().push(json!("sts:AssumeRole"));
    factory.deploy(&template).await;
    let first = factory.executions().await.remove(0);
    factory.reaches(&first, PipelineExecutionStatus::Succeeded).await;
    let stacks = there.describe_stacks().stack_name("app").send().await.unwrap();
    assert_eq!(stacks.stacks()[0].outputs()[0].output_value(), Some("222222222222 eu-west-1"));
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn superseded_executions_give_way_and_failed_stages_are_retried() {
    let (factory, pipe, first) = holding("SUPERSEDED").await;
    let second = factory.start().await;
    let third = factory.start().await;
    factory.reaches(&second, PipelineExecutionStatus::Superseded).await;
    release(&pipe, "break").await;
    factory.reaches(&first, PipelineExecutionStatus::Failed).await;
    let refused = factory.retry_build(&first).await.unwrap_err();
    assert_eq!(refused.code(), Some("NotLatestPipelineExecutionException"));
    release(&pipe, "break").await;
    factory.reaches(&third, PipelineExecutionStatus::Failed).await;
    let message = factory.latest("Build", "Hold").await.unwrap().error_details.unwrap().message.unwrap();
    assert!(message.contains("Phase: BUILD") && message.contains("read word"), "{message}");
    factory.retry_build(&third).await.unwrap();
    release(&pipe, "go").await;
    factory.reaches(&third, PipelineExecutionStatus::Succeeded).await;
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn queued_executions_come_one_after_the_other_and_can_be_stopped() {
    let (factory, pipe, first) = holding("QUEUED").await;
    let second = factory.start().await;
    let third = factory.start().await;
    let stop = factory.pipelines().await.stop_pipeline_execution().pipeline_name("line").abandon(true);
    stop.pipeline_execution_id(&second).reason("not this one").send().await.unwrap();
    factory.reaches(&second, PipelineExecutionStatus::Stopped).await;
    release(&pipe, "go").await;
    factory.reaches(&first, PipelineExecutionStatus::Succeeded).await;
    release(&pipe, "go").await;
    factory.reaches(&third, PipelineExecutionStatus::Succeeded).await;
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_changed_pipeline_starts_anew() {
    let factory = Factory::open().await;
    let pipe = factory.pipe("pipe");
    let hold = project("hold", &[wait_on(&pipe)], &[]);
    let pass = project("pass", &["true".to_owned()], &[]);
    let stages = |name: &str| [stage("Source", &[source()]), stage("Build", &[build("Build", name)])];
    let projects = [("Hold", hold), ("Pass", pass)];
    factory.deploy(&template("SUPERSEDED", &stages("hold"), &projects)).await;
    let first = factory.executions().await.remove(0);
    factory.redeploy(&template("SUPERSEDED", &stages("pass"), &projects)).await;
    factory.reaches(&first, PipelineExecutionStatus::Cancelled).await;
    let executions = factory.executions().await;
    assert_eq!(executions.len(), 2);
    factory.reaches(&executions[1], PipelineExecutionStatus::Succeeded).await;
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_was_under_way_at_the_end_of_the_endpoint_has_failed_and_can_be_retried() {
    let (factory, pipe, first) = holding("SUPERSEDED").await;
    while factory.latest("Build", "Hold").await.is_none_or(|latest| latest.external_execution_id.is_none()) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let endpoint = factory.endpoint.restart(provide(folder(&factory.scratch))).await;
    let factory = Factory { endpoint, scratch: factory.scratch };
    factory.reaches(&first, PipelineExecutionStatus::Failed).await;
    factory.retry_build(&first).await.unwrap();
    release(&pipe, "go").await;
    factory.reaches(&first, PipelineExecutionStatus::Succeeded).await;
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_pipeline_whose_role_trusts_somebody_else_does_not_run() {
    let factory = Factory::open().await;
    let pass = project("pass", &["true".to_owned()], &[]);
    let stages = [stage("Source", &[source()]), stage("Build", &[build("Build", "pass")])];
    let mut stranger = template("SUPERSEDED", &stages, &[("Pass", pass)]);
    stranger["Resources"]["PipelineRole"] = role("codebuild.amazonaws.com", &["*"]);
    factory.deploy(&stranger).await;
    let first = factory.executions().await.remove(0);
    factory.reaches(&first, PipelineExecutionStatus::Failed).await;
    let error = factory.latest("Source", "Source").await.unwrap().error_details.unwrap();
    assert_eq!(error.code(), Some("PermissionError"), "{error:?}");
    factory.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_push_starts_the_pipeline_with_its_commit() {
    let factory = Factory::open().await;
    let pass = project("pass", &["test -f pushed.txt".to_owned()], &[]);
    let configuration = json!({ "Owner": "somebody", "Repo": "app", "Branch": "main", "OAuthToken": TOKEN,
        "PollForSourceChanges": false });
    let mut hub = with(
        action("Hub", 1, ("Source", "GitHub"), configuration),
        json!({ "OutputArtifacts": [{ "Name": "Source" }] }),
    );
    hub["ActionTypeId"]["Owner"] = json!("ThirdParty");
    let stages = [stage("Source", &[hub]), stage("Build", &[build("Build", "pass")])];
    let mut template = template("SUPERSEDED", &stages, &[("Pass", pass)]);
    template["Resources"]["Hook"] = json!({
        "Type": "AWS::CodePipeline::Webhook",
        "Properties": {
            "TargetPipeline": { "Ref": "Pipeline" }, "TargetAction": "Hub", "TargetPipelineVersion": 1,
            "Authentication": "GITHUB_HMAC", "AuthenticationConfiguration": { "SecretToken": "s3cret" },
            "Filters": [{ "JsonPath": "$.ref", "MatchEquals": "refs/heads/{Branch}" }], "RegisterWithThirdParty": true,
        },
    });
    factory.deploy(&template).await;
    let first = factory.executions().await.remove(0);
    factory.reaches(&first, PipelineExecutionStatus::Failed).await;
    let error = factory.latest("Source", "Hub").await.unwrap().error_details.unwrap();
    assert!(error.message().unwrap().contains("does not exist"), "{error:?}");

    let checkout = TempDir::new().unwrap();
    let url = format!("{}/git/somebody/app.git", factory.endpoint.running.endpoint());
    let url = url.replace("http://", &format!("http://x:{TOKEN}@"));
    std::fs::write(checkout.path().join("pushed.txt"), "x").unwrap();
    let script = format!(
        "git init -q -b main && git add -A && git -c user.name=Somebody -c user.email=somebody@example.com \
         commit -q -m 'Say \"hi\"' && git push -q '{url}' main 2>&1"
    );
    let pushed = tokio::process::Command::new("sh").args(["-c", &script]).current_dir(checkout.path()).output().await;
    let pushed = pushed.unwrap();
    assert!(pushed.status.success(), "{pushed:?}");
    let executions = factory.executions().await;
    assert_eq!(executions.len(), 2, "{pushed:?}");
    factory.reaches(&executions[1], PipelineExecutionStatus::Succeeded).await;
    let client = factory.pipelines().await;
    let shown =
        client.get_pipeline_execution().pipeline_name("line").pipeline_execution_id(&executions[1]).send().await;
    let shown = shown.unwrap().pipeline_execution.unwrap();
    assert_eq!(shown.trigger().unwrap().trigger_type().unwrap().as_str(), "Webhook");
    assert_eq!(shown.artifact_revisions()[0].revision_summary(), Some("Say \"hi\""));

    let webhooks = client.list_webhooks().send().await.unwrap();
    let url = webhooks.webhooks()[0].url().replace(factory.endpoint.running.endpoint(), "");
    for (path, signature, status) in [
        (url.as_str(), format!("sha256={}", "0".repeat(64)), 401),
        (url.as_str(), String::new(), 401),
        ("/webhooks/none", String::new(), 404),
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\nhost: HOST\nconnection: close\nx-hub-signature-256: {signature}\ncontent-length: 2\n\n{{}}"
        );
        assert_eq!(factory.endpoint.raw(&request).await.0, status, "{path}");
    }
    assert_eq!(factory.executions().await.len(), 2);
    factory.endpoint.running.shutdown().await.unwrap();
}
