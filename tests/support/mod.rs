//! What end-to-end tests share: a running local endpoint of their own, and a way to send requests byte for byte.

#![allow(dead_code, reason = "each test file uses a part")]

use camino::{Utf8Path, Utf8PathBuf};
use pipectl::event::Events;
use pipectl::id::{AccountId, Region};
use pipectl::local::emulator::environment::Interpreter;
use pipectl::local::front::Routes;
use pipectl::local::{Context, Options, Running, up};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The account of the tests' own credentials.
pub const ACCOUNT: &str = "111111111111";

/// Another account in the same instance.
pub const OTHER_ACCOUNT: &str = "222222222222";

/// The region of the tests.
pub const REGION: &str = "us-east-1";

/// A local endpoint in a folder of its own. Dropping it kills everything that it started.
pub struct Endpoint {
    pub running: Running,
    folder: TempDir,
}

impl Endpoint {
    /// Starts an endpoint with nothing but the emulator behind the front.
    pub async fn start() -> Self {
        Self::with(|_| Routes::default()).await
    }

    /// Starts an endpoint with services of its own behind the front.
    pub async fn with(provide: impl FnOnce(&Context) -> Routes + Send) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = up(options(path_of(&folder)), provide, &Events::silent()).await.unwrap();
        Self { running, folder }
    }

    /// Ends it politely, and starts another one in the same folder.
    pub async fn restart(self, provide: impl FnOnce(&Context) -> Routes + Send) -> Self {
        self.running.shutdown().await.unwrap();
        let running = up(options(path_of(&self.folder)), provide, &Events::silent()).await.unwrap();
        Self { running, folder: self.folder }
    }

    /// The folder that it lives in.
    pub fn folder(&self) -> &Utf8Path {
        self.running.instance().folder()
    }

    /// The SDK's configuration for the root of the tests' account.
    pub async fn config(&self) -> aws_config::SdkConfig {
        self.config_of(ACCOUNT).await
    }

    /// The SDK's configuration for the root of an account.
    pub async fn config_of(&self, account: &str) -> aws_config::SdkConfig {
        let account: AccountId = account.parse().unwrap();
        config(self.running.instance().settings(Some(&account), None)).await
    }

    /// Sends bytes to the front and returns the status and all that came back.
    pub async fn raw(&self, request: &str) -> (u16, String) {
        let address = self.running.endpoint().trim_start_matches("http://");
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let request = request.replace('\n', "\r\n").replace("HOST", address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, answer)
    }
}

/// The SDK's configuration that some settings stand for.
pub async fn config(settings: pipectl::aws::Settings) -> aws_config::SdkConfig {
    let credentials = settings.credentials.unwrap();
    let token = credentials.session_token.map(|token| token.expose().to_owned());
    aws_config::defaults(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new(settings.region.unwrap().to_string()))
        .endpoint_url(settings.endpoint.unwrap())
        .retry_config(aws_config::retry::RetryConfig::disabled())
        .credentials_provider(aws_credential_types::Credentials::new(
            credentials.access_key,
            credentials.secret_key.expose(),
            token,
            None,
            "test",
        ))
        .load()
        .await
}

/// The emulator's Python: that of `PIPECTL_EMULATOR_PYTHON`, or one that the first test installs below the target folder.
pub fn interpreter() -> Interpreter {
    match std::env::var("PIPECTL_EMULATOR_PYTHON") {
        Ok(python) if !python.is_empty() => Interpreter::Existing(python.into()),
        _ => Interpreter::Cached(env!("CARGO_TARGET_TMPDIR").into()),
    }
}

/// The options of an endpoint in a folder.
pub fn options(folder: Utf8PathBuf) -> Options {
    Options {
        folder,
        account: ACCOUNT.parse().unwrap(),
        region: REGION.parse::<Region>().unwrap(),
        port: None,
        interpreter: interpreter(),
        simulated: Vec::new(),
        path: std::env::var("PATH").unwrap(),
    }
}

fn path_of(folder: &TempDir) -> Utf8PathBuf {
    Utf8Path::from_path(folder.path()).unwrap().join(pipectl::local::instance::PLACE)
}

/// Waits until a stack is settled and returns its status.
pub async fn settled(client: &aws_sdk_cloudformation::Client, stack: &str) -> String {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let stacks = client.describe_stacks().stack_name(stack).send().await.unwrap();
        let status = stacks.stacks()[0].stack_status().unwrap().as_str().to_owned();
        if !status.ends_with("_IN_PROGRESS") {
            return status;
        }
        assert!(tokio::time::Instant::now() < deadline, "{stack} is still {status}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
