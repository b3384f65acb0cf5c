//! Builds at the local endpoint, through the SDK and with the real emulator behind the front.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use crate::support::{ACCOUNT, Endpoint, role, settled};
use aws_sdk_cloudformation::types::Capability;
use aws_sdk_codebuild::Client as Builds;
use aws_sdk_codebuild::types::{Build, EnvironmentVariable, EnvironmentVariableType, StatusType};
use aws_sdk_s3::Client as Storage;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use camino::{Utf8Path, Utf8PathBuf};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use pipectl::local::codebuild::{ArtifactPlace, BuildInputs, CodeBuild, Handoff, Surroundings};
use pipectl::local::front::Routes;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long a build of these tests may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// An endpoint that runs builds, with a bucket and a role for them.
struct Workshop {
    endpoint: Endpoint,
    handoff: Handoff,
    scratch: TempDir,
}

fn folder(temporary: &TempDir) -> &Utf8Path {
    Utf8Path::from_path(temporary.path()).unwrap()
}

/// What stands behind the front.
fn provide(
    handoff: &Handoff,
    scratch: &Utf8Path,
) -> impl FnOnce(&pipectl::local::Context) -> std::io::Result<Routes> + Send {
    let (handoff, scratch) = (handoff.clone(), scratch.to_owned());
    move |context| {
        let surroundings = Surroundings {
            context: context.clone(),
            github_api: format!("{}/github", context.endpoint),
            scratch,
            passed: [("PASSED".to_owned(), "on".to_owned())].into(),
            handoff,
            concurrent_builds: 2,
        };
        Ok(Routes::default().service("CodeBuild_20161006", Arc::new(CodeBuild::open(surroundings)?)))
    }
}

impl Workshop {
    async fn open() -> Self {
        let (handoff, scratch) = (Handoff::default(), TempDir::new().unwrap());
        let endpoint = Endpoint::with(provide(&handoff, folder(&scratch))).await;
        let workshop = Self { endpoint, handoff, scratch };
        workshop.storage().await.create_bucket().bucket("workshop").send().await.unwrap();
        workshop
    }

    async fn builds(&self) -> Builds {
        Builds::new(&self.endpoint.config().await)
    }

    async fn storage(&self) -> Storage {
        let config = self.endpoint.config().await;
        Storage::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build())
    }

    async fn put(&self, key: &str, files: &[(&str, &str)]) {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        let bytes = archive.finish().unwrap().into_inner();
        let put = self.storage().await.put_object().bucket("workshop").key(key).body(ByteStream::from(bytes));
        put.send().await.unwrap();
    }

    async fn get(&self, key: &str) -> BTreeMap<String, String> {
        let got = self.storage().await.get_object().bucket("workshop").key(key).send().await.unwrap();
        let bytes = got.body.collect().await.unwrap().into_bytes();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut files = BTreeMap::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            files.insert(file.name().unwrap().into_owned(), text);
        }
        files
    }

    /// Deploys projects by CloudFormation, all with one role that may do what builds do.
    async fn deploy(&self, projects: &[(&str, Value)]) {
        let mut resources =
            json!({ "Role": role("codebuild.amazonaws.com", &["logs:*", "s3:*", "ssm:GetParameters"]) });
        for (name, properties) in projects {
            let mut properties = properties.clone();
            let defaults = json!({
                "Name": name,
                "ServiceRole": { "Fn::GetAtt": ["Role", "Arn"] },
                "Environment": { "Type": "LINUX_CONTAINER", "Image": "aws/codebuild/standard:7.0", "ComputeType": "BUILD_GENERAL1_SMALL" },
                "Artifacts": { "Type": "NO_ARTIFACTS" },
            });
            for (key, value) in defaults.as_object().unwrap() {
                properties.as_object_mut().unwrap().entry(key).or_insert(value.clone());
            }
            let logical_id: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            resources[logical_id] = json!({ "Type": "AWS::CodeBuild::Project", "Properties": properties });
        }
        self.deploy_resources(resources).await;
    }

    async fn deploy_resources(&self, resources: Value) {
        let client = aws_sdk_cloudformation::Client::new(&self.endpoint.config().await);
        let template = json!({ "Resources": resources }).to_string();
        let create = client.create_stack().stack_name("workshop").template_body(template);
        create.capabilities(Capability::CapabilityIam).send().await.unwrap();
        assert_eq!(settled(&client, "workshop").await, "CREATE_COMPLETE");
    }

    async fn start(&self, project: &str) -> Build {
        self.builds().await.start_build().project_name(project).send().await.unwrap().build_value.unwrap()
    }

    async fn build(&self, id: &str) -> Build {
        self.builds().await.batch_get_builds().ids(id).send().await.unwrap().builds.unwrap().remove(0)
    }

    /// Waits for the end of a build.
    async fn ended(&self, id: &str) -> Build {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let build = self.build(id).await;
            if build.build_complete {
                return build;
            }
            assert!(tokio::time::Instant::now() < deadline, "{build:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn log(&self, build: &Build) -> Vec<String> {
        let logs = build.logs.as_ref().unwrap();
        let client = aws_sdk_cloudwatchlogs::Client::new(&self.endpoint.config().await);
        let events = client
            .get_log_events()
            .log_group_name(logs.group_name.as_ref().unwrap())
            .log_stream_name(logs.stream_name.as_ref().unwrap())
            .start_from_head(true)
            .send()
            .await
            .unwrap();
        events.events().iter().map(|event| event.message().unwrap().trim_end().to_owned()).collect()
    }
}

fn no_source(buildspec: &str) -> Value {
    json!({ "Source": { "Type": "NO_SOURCE", "BuildSpec": buildspec } })
}

fn failure(build: &Build) -> (String, String) {
    let phases = build.phases();
    let failed = phases.iter().find(|phase| phase.phase_status() == Some(&StatusType::Failed)).unwrap();
    (failed.phase_type().unwrap().as_str().to_owned(), failed.contexts()[0].message().unwrap().to_owned())
}

#[tokio::test]
async fn a_build_takes_its_source_from_s3_and_gives_an_archive_out() {
    let workshop = Workshop::open().await;
    let buildspec = "version: 0.2\n\
                     env:\n  parameter-store: {TOKEN: /token}\n  exported-variables: [RELEASE]\n\
                     phases:\n  build:\n    commands:\n      - echo T:$(cat hello.txt) $TOKEN $PASSED $GIVEN\n      \
                     - export RELEASE=v$CODEBUILD_BUILD_NUMBER\n      - echo hi > out.txt\n\
                     reports: {unit: {files: '*.xml'}}\n\
                     artifacts: {files: out.txt}\n";
    workshop.put("source.zip", &[("buildspec.yml", buildspec), ("hello.txt", "hello"), ("a.xml", "<a/>")]).await;
    let parameters = aws_sdk_ssm::Client::new(&workshop.endpoint.config().await);
    let put = parameters.put_parameter().name("/token").value("t0ps3cret");
    put.r#type(aws_sdk_ssm::types::ParameterType::SecureString).send().await.unwrap();
    workshop
        .deploy(&[(
            "from-s3",
            json!({
                "Source": { "Type": "S3", "Location": "workshop/source.zip" },
                "Artifacts": { "Type": "S3", "Location": "workshop", "Path": "out", "Name": "result.zip", "Packaging": "ZIP" },
                "LogsConfig": { "CloudWatchLogs": { "Status": "ENABLED", "GroupName": "/workshop/logs", "StreamName": "s" } },
                "TimeoutInMinutes": 7,
            }),
        )])
        .await;
    let client = workshop.builds().await;
    let given = EnvironmentVariable::builder().name("GIVEN").value("start").r#type(EnvironmentVariableType::Plaintext);
    let started = client.start_build().project_name("from-s3").environment_variables_override(given.build().unwrap());
    let id = started.send().await.unwrap().build_value.unwrap().id.unwrap();
    let build = workshop.ended(&id).await;
    let log = workshop.log(&build).await;
    assert_eq!(build.build_status(), Some(&StatusType::Succeeded), "{:#?} {log:#?}", build.phases());
    assert!(log.contains(&"T:hello *** on start".to_owned()), "{log:#?}");
    assert!(!log.join("\n").contains("t0ps3cret"));
    assert_eq!(build.timeout_in_minutes, Some(7));
    let logs = build.logs().unwrap();
    assert_eq!(logs.group_name(), Some("/workshop/logs"));
    assert!(logs.stream_name().unwrap().starts_with("s/"));
    let exported = &build.exported_environment_variables()[0];
    assert_eq!((exported.name(), exported.value()), (Some("RELEASE"), Some("v1")));
    assert_eq!(workshop.get("out/result.zip").await, [("out.txt".to_owned(), "hi\n".to_owned())].into());
    assert_eq!(build.artifacts().unwrap().location(), Some("arn:aws:s3:::workshop/out/result.zip"));
    let phases: Vec<&str> = build.phases().iter().map(|phase| phase.phase_type().unwrap().as_str()).collect();
    assert_eq!(phases[..4], ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE"]);
    assert_eq!(phases[8..], ["UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"]);
    let report = client.batch_get_reports().report_arns(&build.report_arns()[0]).send().await.unwrap();
    assert_eq!(report.reports()[0].name(), Some("from-s3-unit"));
    assert_eq!(std::fs::read_dir(workshop.scratch.path()).unwrap().count(), 0);

    let listed = client.list_builds_for_project().project_name("from-s3").send().await.unwrap();
    assert_eq!(listed.ids(), std::slice::from_ref(&id));
    let again = client.retry_build().id(&id).send().await.unwrap().build_value.unwrap();
    assert_eq!(again.build_number(), Some(2));
    let again = workshop.ended(again.id().unwrap()).await;
    assert_eq!(again.build_status(), Some(&StatusType::Succeeded));
    let deleted = client.batch_delete_builds().ids(&id).ids("from-s3:none").send().await.unwrap();
    assert_eq!((deleted.builds_deleted().len(), deleted.builds_not_deleted().len()), (1, 1));
    workshop.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_pipeline_hands_artifacts_over() {
    let workshop = Workshop::open().await;
    workshop.put("in/source", &[("main.txt", "main")]).await;
    workshop.put("in/extra", &[("extra.txt", "extra")]).await;
    let buildspec = "version: 0.2\nphases:\n  build:\n    commands:\n      - cat main.txt $CODEBUILD_SRC_DIR_Extra/extra.txt > both\n      \
                     - echo \"$CODEBUILD_INITIATOR $CODEBUILD_RESOLVED_SOURCE_VERSION ${PIPECTL_LOCAL_HANDOFF-none}\" > who\n\
                     artifacts:\n  files: missing\n  secondary-artifacts:\n    One: {files: both}\n    Two: {files: who}\n";
    let parts = json!({ "Source": { "Type": "CODEPIPELINE", "BuildSpec": buildspec }, "Artifacts": { "Type": "CODEPIPELINE" } });
    workshop.deploy(&[("in-pipeline", parts), ("without-source", no_source(buildspec))]).await;
    let client = workshop.builds().await;
    let alone = client.start_build().project_name("in-pipeline").send().await.unwrap_err();
    assert_eq!(alone.code(), Some("InvalidInputException"));

    let place = |name: &str, key: &str| ArtifactPlace {
        name: name.to_owned(),
        bucket: "workshop".to_owned(),
        key: key.to_owned(),
        revision: Some("c0ffee".to_owned()),
    };
    let inputs = BuildInputs {
        pipeline: "app".to_owned(),
        inputs: vec![place("Extra", "in/extra"), place("Source", "in/source")],
        primary_source: Some("Source".to_owned()),
        outputs: vec![place("One", "out/one"), place("Two", "out/two")],
        encryption_key: None,
    };
    let token = workshop.handoff.leave(inputs).unwrap();
    let start = |project: &str, value: &str| {
        let variable = EnvironmentVariable::builder().name(Handoff::VARIABLE).value(value).build().unwrap();
        client.start_build().project_name(project).environment_variables_override(variable)
    };
    // A project's own source has no say where a pipeline hands one over.
    for project in ["in-pipeline", "without-source"] {
        let build = start(project, &token).send().await.unwrap().build_value.unwrap();
        let build = workshop.ended(build.id().unwrap()).await;
        assert_eq!(build.build_status(), Some(&StatusType::Succeeded), "{project}: {:#?}", build.phases());
        assert_eq!(build.source().unwrap().r#type().as_str(), "CODEPIPELINE");
        assert_eq!(workshop.get("out/one").await["both"], "mainextra");
        assert_eq!(workshop.get("out/two").await["who"], "codepipeline/app c0ffee none\n");
        assert_eq!(build.secondary_artifacts().len(), 2);
        for key in ["out/one", "out/two"] {
            workshop.storage().await.delete_object().bucket("workshop").key(key).send().await.unwrap();
        }
    }
    workshop.handoff.withdraw(&token);
    assert_eq!(start("in-pipeline", &token).send().await.unwrap_err().code(), Some("InvalidInputException"));
    workshop.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_a_role_may_not_do_fails_the_build_where_it_is_needed() {
    let workshop = Workshop::open().await;
    let project = |name: &str, role: &str, buildspec: &str| {
        json!({ "Type": "AWS::CodeBuild::Project", "Properties": {
            "Name": name,
            "ServiceRole": { "Fn::GetAtt": [role, "Arn"] },
            "Environment": { "Type": "LINUX_CONTAINER", "Image": "image", "ComputeType": "BUILD_GENERAL1_SMALL" },
            "Source": { "Type": "NO_SOURCE", "BuildSpec": buildspec },
            "Artifacts": { "Type": "NO_ARTIFACTS" },
        } })
    };
    let plain = "version: 0.2\nphases: {build: {commands: ['true']}}\n";
    let secret = "version: 0.2\nenv: {parameter-store: {A: /a}}\nphases: {build: {commands: ['true']}}\n";
    workshop
        .deploy_resources(json!({
            "Foreign": role("lambda.amazonaws.com", &["logs:*"]),
            "Silent": role("codebuild.amazonaws.com", &["s3:*"]),
            "Narrow": role("codebuild.amazonaws.com", &["logs:*"]),
            "Untrusted": project("untrusted", "Foreign", plain),
            "Mute": project("mute", "Silent", plain),
            "Curious": project("curious", "Narrow", secret),
        }))
        .await;
    for (name, phase, text) in [
        ("untrusted", "PROVISIONING", "sts:AssumeRole"),
        ("mute", "PROVISIONING", "log stream"),
        ("curious", "DOWNLOAD_SOURCE", "ssm:GetParameters"),
    ] {
        let id = workshop.start(name).await.id.unwrap();
        let build = workshop.ended(&id).await;
        let (failed, message) = failure(&build);
        assert_eq!((build.build_status(), failed.as_str()), (Some(&StatusType::Failed), phase), "{message}");
        assert!(message.contains(text), "{message}");
    }
    let missing = workshop.builds().await.start_build().project_name("nobody").send().await.unwrap_err();
    assert_eq!(missing.code(), Some("ResourceNotFoundException"));
    workshop.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn builds_are_counted_stopped_and_not_started_twice() {
    let workshop = Workshop::open().await;
    let fifo = |name: &str| -> Utf8PathBuf {
        let path = folder(&workshop.scratch).join(name);
        mkfifo(path.as_std_path(), Mode::S_IRWXU).unwrap();
        path
    };
    let (started, never) = (fifo("started"), fifo("never"));
    let buildspec = format!("version: 0.2\nphases: {{build: {{commands: ['echo go > {started}; cat {never}']}}}}\n");
    workshop.deploy(&[("waiting", no_source(&buildspec))]).await;
    let client = workshop.builds().await;
    let start = |token: &str| client.start_build().project_name("waiting").idempotency_token(token);
    let wait = |path: Utf8PathBuf| async move {
        tokio::task::spawn_blocking(move || std::fs::read_to_string(path).unwrap()).await.unwrap()
    };
    let first = start("once").send().await.unwrap().build_value.unwrap();
    let same = start("once").send().await.unwrap().build_value.unwrap();
    assert_eq!(first.id(), same.id());
    let other = start("once").image_override("another").send().await.unwrap_err();
    assert_eq!(other.code(), Some("InvalidInputException"));
    wait(started.clone()).await;
    let second = start("twice").send().await.unwrap().build_value.unwrap();
    let third = start("thrice").send().await.unwrap_err();
    assert_eq!(third.code(), Some("AccountLimitExceededException"));
    wait(started.clone()).await;
    for build in [&first, &second] {
        client.stop_build().id(build.id().unwrap()).send().await.unwrap();
        let build = workshop.ended(build.id().unwrap()).await;
        assert_eq!(build.build_status(), Some(&StatusType::Stopped));
    }

    // A build in progress ends with the endpoint, and the next one knows.
    let last = start("last").send().await.unwrap().build_value.unwrap();
    wait(started.clone()).await;
    let Workshop { endpoint, handoff, scratch } = workshop;
    let endpoint = endpoint.restart(provide(&handoff, folder(&scratch))).await;
    let workshop = Workshop { endpoint, handoff, scratch };
    let build = workshop.build(last.id().unwrap()).await;
    assert_eq!(build.build_status(), Some(&StatusType::Fault));
    assert!(build.build_complete());
    let listed = workshop.builds().await.list_builds().send().await.unwrap();
    assert_eq!(listed.ids().len(), 3);
    assert_eq!(listed.ids()[0], last.id().unwrap());
    workshop.endpoint.running.shutdown().await.unwrap();
}

#[tokio::test]
async fn callers_need_rights_to_start_builds() {
    let workshop = Workshop::open().await;
    workshop.deploy(&[("plain", no_source("version: 0.2\nphases: {build: {commands: ['true']}}\n"))]).await;
    let authority = workshop.endpoint.running.context().authority.clone();
    let role_arn = {
        let client = aws_sdk_cloudformation::Client::new(&workshop.endpoint.config().await);
        let resource = client.describe_stack_resource().stack_name("workshop").logical_resource_id("Role").send().await;
        let detail = resource.unwrap().stack_resource_detail.unwrap();
        format!("arn:aws:iam::{ACCOUNT}:role/{}", detail.physical_resource_id.unwrap())
    };
    let request = pipectl::local::authority::SessionRequest {
        role_arn: &role_arn,
        service: "codebuild.amazonaws.com",
        session_name: "test",
        source_account: &ACCOUNT.parse().unwrap(),
        source_arn: "arn:aws:codebuild:us-east-1:111111111111:project/plain",
        policy: None,
    };
    let credentials = authority.session(&request).await.unwrap();
    let settings = workshop.endpoint.running.instance().settings(None, None);
    let config = crate::support::config(pipectl::aws::Settings { credentials: Some(credentials), ..settings }).await;
    let error = Builds::new(&config).start_build().project_name("plain").send().await.unwrap_err();
    assert_eq!(error.code(), Some("AccessDeniedException"));
    assert!(error.message().unwrap().contains(":project/plain"), "{error:?}");
    workshop.endpoint.running.shutdown().await.unwrap();
}
