//! A repository and a local endpoint of its own, handled with the real binary and the real Git as a user handles them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::command::{Said, finish};
use super::{ACCOUNT, REGION};

/// How long any one command may take.
const PATIENCE: Duration = Duration::from_secs(180);

/// How long to wait between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// The name of the tests' pipeline.
pub const PIPELINE: &str = "shop";

/// The name of the repository of [`definition`].
pub const REPOSITORY: &str = "octo-org/shop";

/// A definition of the tests' pipeline: the given further keys of `[pipeline]`, and the given tables after `[source]`.
pub fn definition(keys: &str, tables: &str) -> String {
    format!("[pipeline]\nname = \"{PIPELINE}\"\n{keys}\n\n[source.github]\nrepository = \"{REPOSITORY}\"\n\n{tables}")
}

/// A stage with one stack `app` of the given template.
pub fn stage(name: &str, template: &str) -> String {
    format!("\n[[stage]]\nname = \"{name}\"\n\n[[stage.stack]]\nname = \"app\"\ntemplate = \"{template}\"\n")
}

/// A template of one test resource, whose properties are given in YAML's flow style, and its output `Value`.
pub fn template(properties: &str) -> String {
    format!(
        "Resources:\n  Thing:\n    Type: Pipectl::Test::Resource\n    Properties: {{{properties}}}\n\
         Outputs:\n  Value: {{Value: !GetAtt Thing.Value}}\n"
    )
}

/// A command that waits until [`release`] lets it go on.
pub fn wait_on(fifo: &Path) -> String {
    format!("read word < '{}' && test \"$word\" = go", fifo.display())
}

/// Lets a build go on that waits on a FIFO, or will.
pub async fn release(fifo: &Path) {
    let write = tokio::fs::write(fifo.to_owned(), "go\n");
    tokio::time::timeout(PATIENCE, write).await.unwrap().unwrap();
}

/// A repository with a local endpoint.
pub struct Project {
    folder: tempfile::TempDir,
    repository: &'static str,
    is_down: std::cell::Cell<bool>,
}

impl Project {
    /// Starts an endpoint in an empty folder. The repository is called `repository` on the local GitHub.
    pub fn start(repository: &'static str) -> Self {
        Self::start_with(repository, |_| std::env::var("PATH").unwrap())
    }

    /// Starts an endpoint that finds programs in the given folders (`PATH`).
    pub fn start_with(repository: &'static str, path: impl FnOnce(&Self) -> String) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), repository, is_down: false.into() };
        let _ = project.git(&["init", "--quiet", "--initial-branch", "main"]);
        let mut up = project.command(env!("CARGO_BIN_EXE_pipectl"));
        up.args(["local", "up", "--detach", "--account", ACCOUNT]).env("PATH", path(&project));
        let _ = finish(up, PATIENCE).code(0);
        project
    }

    /// Starts an endpoint in a folder with the tests' pipeline, of these tables after `[source]`, and the template
    /// `app.yaml` of the test resource with these properties.
    pub fn simple(tables: &str, properties: &str) -> Self {
        let project = Self::start(REPOSITORY);
        project.write("pipeline.toml", &definition("", tables));
        project.write("app.yaml", &template(properties));
        project
    }

    /// The repository's folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the repository.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes a program.
    pub fn write_program(&self, path: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;

        self.write(path, text);
        std::fs::set_permissions(self.path().join(path), std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Copies a folder of `tests/fixtures` into the repository.
    pub fn copy_fixture(&self, fixture: &str, name: &str) {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
        for entry in walkdir::WalkDir::new(&fixture).into_iter().map(Result::unwrap) {
            if entry.file_type().is_file() {
                let target = self.path().join(name).join(entry.path().strip_prefix(&fixture).unwrap());
                std::fs::create_dir_all(target.parent().unwrap()).unwrap();
                let _ = std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }

    /// A command with an environment that holds nothing of the developer's own.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path().join(".home"))
            .env("XDG_CACHE_HOME", env!("CARGO_TARGET_TMPDIR"))
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0");
        if let Some(python) = std::env::var_os("PIPECTL_EMULATOR_PYTHON") {
            command.env("PIPECTL_EMULATOR_PYTHON", python);
        }
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "test").env(format!("GIT_{role}_EMAIL"), "test@localhost");
        }
        command
    }

    /// Runs pipectl; verbs that speak to AWS are told `--local`.
    pub fn pipectl(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_pipectl"));
        command.args(arguments);
        if arguments[0] != "local" {
            command.arg("--local");
        }
        finish(command, PATIENCE)
    }

    /// Runs pipectl with exactly these arguments, such as those of a command that it told to run.
    pub fn said_to_run(&self, arguments: &[&str]) -> Said {
        let mut command = self.command(env!("CARGO_BIN_EXE_pipectl"));
        command.args(arguments);
        finish(command, PATIENCE)
    }

    /// Starts pipectl and returns at once.
    pub fn start_pipectl(&self, arguments: &[&str]) -> std::process::Child {
        let mut command = self.command(env!("CARGO_BIN_EXE_pipectl"));
        command.args(arguments).arg("--local").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Ends the endpoint before the test's end, so that all state is written.
    pub fn down(&self) {
        let _ = self.pipectl(&["local", "down"]).code(0);
        self.is_down.set(true);
    }

    /// Runs another program with the endpoint's variables.
    pub fn client(&self, program: &str, arguments: &[&str]) -> Said {
        self.client_with(program, arguments, &[])
    }

    /// Runs another program with the endpoint's variables and, over them, some more.
    pub fn client_with(&self, program: &str, arguments: &[&str], more: &[(&str, &str)]) -> Said {
        let variables = self.pipectl(&["local", "env", "--format", "json"]).code(0).json();
        let mut command = self.command(program);
        for (name, value) in variables.as_object().unwrap() {
            command.env(name, value.as_str().unwrap());
        }
        command.args(arguments).envs(more.iter().copied());
        finish(command, PATIENCE)
    }

    /// Runs Git, which must succeed.
    pub fn git(&self, arguments: &[&str]) -> Said {
        let mut command = self.command("git");
        command.args(arguments);
        finish(command, PATIENCE).code(0)
    }

    /// Commits everything and pushes it.
    pub fn push(&self, message: &str) -> Said {
        self.write(".gitignore", ".pipectl/\n.home/\npipectl.out/\n");
        let _ = self.git(&["add", "--all"]);
        let _ = self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        let remote = self.pipectl(&["local", "remote", self.repository]).code(0).output;
        self.git(&["push", "--quiet", remote.trim(), "main"])
    }

    /// The token of the endpoint's GitHub.
    pub fn token(&self) -> String {
        let remote = self.pipectl(&["local", "remote", self.repository]).code(0).output;
        remote.split('@').next().unwrap().rsplit(':').next().unwrap().to_owned()
    }

    /// Puts the endpoint's own GitHub token where pipelines look for it.
    pub async fn store_token(&self) {
        let token = self.token();
        let client = aws_sdk_secretsmanager::Client::new(&self.config().await);
        client.create_secret().name("github-token").secret_string(token).send().await.unwrap();
    }

    /// First push, bootstrap and token: everything before the first deployment.
    pub async fn prepare(&self) {
        let _ = self.push("first");
        let _ = self.pipectl(&["bootstrap"]).code(0);
        self.store_token().await;
    }

    /// Everything up to the first execution.
    pub async fn bring_up(&self) {
        self.prepare().await;
        let _ = self.pipectl(&["deploy", "--require-approval", "never"]).code(0);
    }

    /// Follows the newest execution to its end.
    pub fn watch(&self) -> Said {
        self.pipectl(&["status", "--watch", "--timeout", "150s"])
    }

    /// The SDK's configuration for the account's root.
    pub async fn config(&self) -> aws_config::SdkConfig {
        self.config_in(ACCOUNT, REGION).await
    }

    /// The SDK's configuration for the root of an account, in a region.
    pub async fn config_in(&self, account: &str, region: &str) -> aws_config::SdkConfig {
        let choice = ["local", "env", "--format", "json", "--account", account, "--region", region];
        let variables = self.pipectl(&choice).code(0).json();
        let variable = |name: &str| variables[name].as_str().unwrap().to_owned();
        aws_config::defaults(aws_config::BehaviorVersion::latest())
            .region(aws_config::Region::new(variable("AWS_REGION")))
            .endpoint_url(variable("AWS_ENDPOINT_URL"))
            .credentials_provider(aws_credential_types::Credentials::new(
                variable("AWS_ACCESS_KEY_ID"),
                variable("AWS_SECRET_ACCESS_KEY"),
                None,
                None,
                "test",
            ))
            .load()
            .await
    }

    /// A client of S3 that finds buckets by their path.
    pub async fn storage(&self) -> aws_sdk_s3::Client {
        let config = self.config().await;
        aws_sdk_s3::Client::from_conf(aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build())
    }

    /// The outputs of a stack; `None` when there is no such stack.
    pub async fn outputs(&self, stack: &str) -> Option<std::collections::BTreeMap<String, String>> {
        self.outputs_in(ACCOUNT, REGION, stack).await
    }

    /// The outputs of a stack of an account in a region.
    pub async fn outputs_in(
        &self,
        account: &str,
        region: &str,
        stack: &str,
    ) -> Option<std::collections::BTreeMap<String, String>> {
        let client = aws_sdk_cloudformation::Client::new(&self.config_in(account, region).await);
        let answer = client.describe_stacks().stack_name(stack).send().await.ok()?;
        let outputs = answer.stacks()[0].outputs().iter();
        Some(
            outputs
                .map(|output| (output.output_key().unwrap().to_owned(), output.output_value().unwrap().to_owned()))
                .collect(),
        )
    }

    /// The status of a stack.
    pub async fn stack_status(&self, stack: &str) -> Option<String> {
        let client = aws_sdk_cloudformation::Client::new(&self.config().await);
        let answer = client.describe_stacks().stack_name(stack).send().await.ok()?;
        Some(answer.stacks()[0].stack_status().unwrap().as_str().to_owned())
    }

    /// The names of the stages of pipeline `shop`.
    pub async fn stages(&self) -> Vec<String> {
        let client = aws_sdk_codepipeline::Client::new(&self.config().await);
        let answer = client.get_pipeline().name(PIPELINE).send().await.unwrap();
        answer.pipeline().unwrap().stages().iter().map(|stage| stage.name().to_owned()).collect()
    }

    /// The statuses of the executions of pipeline `shop`, the newest first.
    pub async fn executions(&self) -> Vec<String> {
        let client = aws_sdk_codepipeline::Client::new(&self.config().await);
        let answer = client.list_pipeline_executions().pipeline_name(PIPELINE).send().await.unwrap();
        let summaries = answer.pipeline_execution_summaries().iter();
        summaries.map(|summary| summary.status().unwrap().as_str().to_owned()).collect()
    }

    /// The statuses of the executions, once none is under way any more.
    pub async fn settled_executions(&self) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let executions = self.executions().await;
            if !executions.iter().any(|status| status == "InProgress" || status == "Stopping") {
                return executions;
            }
            let is_late = Instant::now() > deadline;
            assert!(!is_late, "{executions:?}\n{}", self.pipectl(&["status", "--pipeline", PIPELINE]).output);
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Waits until an action of the newest execution is under way and returns what `status` says of it.
    pub fn under_way(&self, stage: &str, action: &str) -> serde_json::Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.pipectl(&["status", "--pipeline", PIPELINE, "--format", "json"]).code(0).json();
            let stages = status["stages"].as_array().unwrap().iter();
            let mut stages = stages.filter(|entry| entry["name"] == stage && entry["freshness"] == "newest");
            let actions = stages.next().map(|stage| stage["actions"].as_array().unwrap().clone()).unwrap_or_default();
            let found = actions.into_iter().find(|entry| entry["name"] == action);
            if let Some(found) = found.filter(|found| found["status"] == "InProgress") {
                return found;
            }
            assert!(Instant::now() < deadline, "{stage} / {action} is not under way: {status:#}");
            std::thread::sleep(LOOK);
        }
    }

    /// A FIFO of the project, for builds that wait until the test lets them go.
    pub fn fifo(&self, name: &str) -> PathBuf {
        let path = self.path().join(".home").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        path
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if self.is_down.get() {
            return;
        }
        let said = self.pipectl(&["local", "down"]);
        if said.code != 0 && !std::thread::panicking() {
            panic!("the endpoint did not go down: {}", said.errors);
        }
    }
}
