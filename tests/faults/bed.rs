//! What all verbs of the catalogue work on: one endpoint, with everything ready.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudformation::types::{Capability, Tag};
use camino::{Utf8Path, Utf8PathBuf};
use pipectl::archive::hash_file;
use pipectl::aws::{Aws, Settings};
use pipectl::event::Events;
use pipectl::local::services;
use pipectl::ops::bootstrap::{self, Options};
use pipectl::ops::stack::Pace;
use pipectl::ops::tool;
use serde_json::Value;
use tempfile::TempDir;

use super::builds::Builds;
use super::support::command::Said;
use super::support::{ACCOUNT, Endpoint, REGION, settled};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// The repository of all definitions.
pub const REPOSITORY: &str = "octo-org/shop";

/// The qualifier of the toolkit stack.
const QUALIFIER: &str = "hnb659fds";

/// The bucket of the toolkit stack.
pub const BUCKET: &str = "cdk-hnb659fds-assets-111111111111-us-east-1";

/// The pace of verbs that run in this process.
pub const PACE: Pace = Pace { interval: Duration::from_millis(100), limit: PATIENCE };

/// An endpoint, and clients for it that meet no faults.
pub struct Bed {
    endpoint: Endpoint,
    pub builds: Arc<Builds>,
    pub stacks: aws_sdk_cloudformation::Client,
    pub pipelines: aws_sdk_codepipeline::Client,
    pub storage: aws_sdk_s3::Client,
    pub parameters: aws_sdk_ssm::Client,
    /// A file that is taken for pipectl where nobody runs it.
    pub program: Utf8PathBuf,
    folder: TempDir,
}

impl Bed {
    /// Starts an endpoint in which nothing is prepared.
    pub async fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builds = Arc::new(Builds::default());
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let (scratch, program) = (root.join("builds"), root.join("program"));
        std::fs::write(&program, "a small program").unwrap();
        let surroundings = services::Surroundings { scratch, passed: [].into() };
        let service = builds.clone();
        let provide = move |context: &_| {
            let routes = services::all(context, surroundings)?;
            Ok(routes.service("CodeBuild_20161006", service))
        };
        let endpoint = Endpoint::with(provide).await;
        let config = endpoint.config().await;
        let storage = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
        Self {
            builds,
            stacks: aws_sdk_cloudformation::Client::new(&config),
            pipelines: aws_sdk_codepipeline::Client::new(&config),
            storage: aws_sdk_s3::Client::from_conf(storage),
            parameters: aws_sdk_ssm::Client::new(&config),
            endpoint,
            program,
            folder,
        }
    }

    /// Starts one in which an environment, a token and a repository are ready, and the program is pinned.
    pub async fn ready() -> Self {
        let bed = Self::bare().await;
        let options = options(QUALIFIER);
        let aws = Aws::connect(bed.settings(bed.url())).await;
        let environment = format!("aws://{ACCOUNT}/{REGION}").parse().unwrap();
        bootstrap::bootstrap(&aws, &environment, &options, &bed.program, PACE, &Events::silent()).await.unwrap();
        aws.create_secret("github-token", &bed.endpoint.running.instance().github_token()).await.unwrap();
        // Builds get nothing here, so they need no real archive, and a large one takes its time.
        let digest = hash_file(Utf8Path::new(env!("CARGO_BIN_EXE_pipectl"))).unwrap();
        bed.storage.put_object().bucket(BUCKET).key(tool::key(&digest)).send().await.unwrap();
        bed.push().await;
        bed
    }

    async fn push(&self) {
        let remote = self.endpoint.running.instance().remote(&REPOSITORY.parse().unwrap());
        let folder = self.case_folder("repository");
        std::fs::write(folder.join("readme"), "x").unwrap();
        let script = format!(
            "git init -q -b main && git add -A && git -c user.name=a -c user.email=a@b commit -q -m first && \
             git push -q '{remote}' main"
        );
        let mut command = tokio::process::Command::new("sh");
        let pushed = command.args(["-c", &script]).current_dir(folder).output().await.unwrap();
        assert!(pushed.status.success(), "{pushed:?}");
    }

    /// The endpoint's address.
    pub fn url(&self) -> &str {
        self.endpoint.running.endpoint()
    }

    /// What must never be printed.
    pub fn secrets(&self) -> Vec<String> {
        let credentials = self.settings(self.url()).credentials.unwrap();
        let token = self.endpoint.running.instance().github_token();
        vec![credentials.secret_key.expose().to_owned(), token.expose().to_owned()]
    }

    /// The settings of a connection in this process.
    pub fn settings(&self, url: &str) -> Settings {
        let settings = self.endpoint.running.instance().settings(None, None);
        Settings { endpoint: Some(url.to_owned()), ..settings }
    }

    /// A folder of a case.
    pub fn case_folder(&self, name: &str) -> Utf8PathBuf {
        let folder = Utf8Path::from_path(self.folder.path()).unwrap().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// Runs the program in the folder of a case. It is killed if this is dropped.
    pub async fn pipectl(&self, name: &str, url: &str, arguments: &[&str]) -> Said {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_pipectl"));
        command.args(arguments).current_dir(self.case_folder(name)).env_clear().kill_on_drop(true);
        command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.folder.path());
        for (variable, value) in self.endpoint.running.instance().variables(None, None) {
            command.env(variable, value.replace(self.url(), url));
        }
        let ended = tokio::time::timeout(PATIENCE, command.stdin(Stdio::null()).output()).await;
        let output = ended.unwrap_or_else(|_| panic!("{arguments:?} in {name} did not end")).unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: output.status.code().unwrap_or(128), output: text(output.stdout), errors: text(output.stderr) }
    }

    /// Creates a stack with tags.
    pub async fn create_stack(&self, name: &str, template: &Value, tags: &[(&str, &str)]) {
        let tags = tags.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build()).collect();
        let create = self.stacks.create_stack().stack_name(name).template_body(template.to_string());
        create.set_tags(Some(tags)).capabilities(Capability::CapabilityIam).send().await.unwrap();
        assert_eq!(settled(&self.stacks, name).await, "CREATE_COMPLETE");
    }

    /// What is to be known of a stack: its status, values of parameters, outputs' names, tags, and change sets that are left.
    pub async fn stack(&self, name: &str) -> String {
        let answer = self.stacks.describe_stacks().stack_name(name).send().await.unwrap();
        let stack = &answer.stacks()[0];
        let mut facts: Vec<String> = Vec::new();
        facts
            .extend(stack.parameters().iter().map(|it| format!("{:?}={:?}", it.parameter_key(), it.parameter_value())));
        facts.extend(stack.outputs().iter().map(|it| format!("{:?}", it.output_key())));
        facts.extend(stack.tags().iter().map(|it| format!("{:?}={:?}", it.key(), it.value())));
        facts.sort();
        let sets = self.stacks.list_change_sets().stack_name(name).send().await.unwrap();
        let sets: Vec<_> = sets.summaries().iter().map(|set| (set.status(), set.execution_status())).collect();
        format!("{name} {} {facts:?} {sets:?}", stack.stack_status().unwrap())
    }

    /// Which of a case's stacks there are.
    pub async fn stacks_of(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut pages = self.stacks.describe_stacks().into_paginator().items().send();
        while let Some(stack) = pages.next().await {
            let stack = stack.unwrap();
            let (stack, status) = (stack.stack_name().unwrap(), stack.stack_status().unwrap());
            found.extend(stack.starts_with(name).then(|| format!("{stack} {status}")));
        }
        found.sort();
        found
    }

    /// The objects of a bucket whose keys begin so, with hashes of their content.
    pub async fn objects(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let list = self.storage.list_objects_v2().bucket(bucket).prefix(prefix).send().await.unwrap();
        let objects = list.contents().iter();
        objects.map(|object| format!("{} {}", object.key().unwrap(), object.e_tag().unwrap())).collect()
    }

    /// The ids and statuses of a pipeline's executions, the newest first.
    pub async fn executions(&self, pipeline: &str) -> Vec<(String, String)> {
        let answer = self.pipelines.list_pipeline_executions().pipeline_name(pipeline).send().await.unwrap();
        let summaries = answer.pipeline_execution_summaries().iter();
        summaries
            .map(|summary| {
                let id = summary.pipeline_execution_id().unwrap().to_owned();
                (id, summary.status().unwrap().as_str().to_owned())
            })
            .collect()
    }

    /// The statuses of a pipeline's executions, once none is under way.
    pub async fn settled_executions(&self, pipeline: &str) -> Vec<String> {
        until("the executions end", async || {
            let statuses: Vec<_> = self.executions(pipeline).await.into_iter().map(|(_, status)| status).collect();
            let is_over = statuses.iter().all(|status| status != "InProgress" && status != "Stopping");
            is_over.then_some(statuses)
        })
        .await
    }

    /// The runs of the actions of a pipeline, the oldest first, with what is said about them.
    pub async fn runs(&self, pipeline: &str) -> Vec<String> {
        let answer = self.pipelines.list_action_executions().pipeline_name(pipeline).send().await.unwrap();
        let details = answer.action_execution_details().iter().rev();
        let mut runs: Vec<String> = details
            .map(|run| {
                let result = run.output().and_then(|output| output.execution_result());
                let summary = result.and_then(|result| result.external_execution_summary()).unwrap_or_default();
                format!("{} {} {summary}", run.action_name().unwrap(), run.status().unwrap())
            })
            .collect();
        runs.sort();
        runs
    }
}

/// The options of a toolkit stack with names of its own.
pub fn options(qualifier: &str) -> Options {
    let stack_name = format!("Toolkit-{qualifier}").parse().unwrap();
    Options { qualifier: Some(qualifier.parse().unwrap()), ..Options::of(stack_name) }
}

/// A definition with one stage, and these tables before it.
pub fn definition(name: &str, tables: &str) -> String {
    format!(
        "[pipeline]\nname = \"{name}\"\n\n[source.github]\nrepository = \"{REPOSITORY}\"\n\n{tables}\n\
         [[stage]]\nname = \"Staging\"\n\n[[stage.stack]]\nname = \"app\"\ntemplate = \"app.yaml\"\n"
    )
}

/// Waits until a look finds something.
pub async fn until<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    within(PATIENCE, look).await.unwrap_or_else(|| panic!("waited for too long: {what}"))
}

/// Waits, but not for long, until a look finds something.
pub async fn soon<T>(look: impl AsyncFn() -> Option<T>) -> Option<T> {
    within(PATIENCE / 4, look).await
}

async fn within<T>(limit: Duration, look: impl AsyncFn() -> Option<T>) -> Option<T> {
    let deadline = tokio::time::Instant::now() + limit;
    loop {
        let found = look().await;
        if found.is_some() || tokio::time::Instant::now() > deadline {
            return found;
        }
        tokio::time::sleep(LOOK).await;
    }
}
