//! What end-to-end tests share: a running local endpoint of their own, and a way to send requests byte for byte.

#![allow(dead_code, reason = "each test program uses a part")]

pub mod amplify;
pub mod cdk;
pub mod command;
pub mod listener;
pub mod place;
pub mod project;

use camino::{Utf8Path, Utf8PathBuf};
use hmac::{Hmac, KeyInit, Mac};
use pipectl::aws::Credentials;
use pipectl::event::Events;
use pipectl::id::{AccountId, Region};
use pipectl::local::emulator::environment::Interpreter;
use pipectl::local::front::Routes;
use pipectl::local::{Context, Options, Running, up};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
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
        Self::with(|_| Ok(Routes::default())).await
    }

    /// Starts an endpoint with services of its own behind the front.
    pub async fn with(provide: impl FnOnce(&Context) -> std::io::Result<Routes> + Send) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = up(options(path_of(&folder)), provide, &Events::silent()).await.unwrap();
        Self { running, folder }
    }

    /// Ends it politely, and starts another one in the same folder.
    pub async fn restart(self, provide: impl FnOnce(&Context) -> std::io::Result<Routes> + Send) -> Self {
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
        // Where the binary, too, looks for it when its cache is there.
        _ => Interpreter::Cached(concat!(env!("CARGO_TARGET_TMPDIR"), "/pipectl").into()),
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

/// A role that a service may assume, for a template.
pub fn role(service: &str, actions: &[&str]) -> Value {
    let trust = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service } });
    let rights = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    json!({
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [trust] },
            "Policies": [{ "PolicyName": "rights", "PolicyDocument": { "Version": "2012-10-17", "Statement": [rights] } }],
        },
    })
}

/// A PUT to S3, signed for one body and sent with another.
pub fn signed_put(endpoint: &Endpoint, credentials: &Credentials, path: &str, signed: &str, sent: &str) -> String {
    let host = endpoint.running.endpoint().trim_start_matches("http://");
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let scope = format!("{}/{REGION}/s3/aws4_request", &time[..8]);
    let hash = |text: &str| hex::encode(Sha256::digest(text));
    let names = "host;x-amz-content-sha256;x-amz-date";
    let payload = hash(signed);
    let canonical =
        format!("PUT\n{path}\n\nhost:{host}\nx-amz-content-sha256:{payload}\nx-amz-date:{time}\n\n{names}\n{payload}");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(&canonical));
    let secret = format!("AWS4{}", credentials.secret_key.expose()).into_bytes();
    let key = scope.split('/').fold(secret, |key, part| authenticated(&key, part));
    let signature = hex::encode(authenticated(&key, &text));
    let access_key = &credentials.access_key;
    format!(
        "PUT {path} HTTP/1.1\nhost: HOST\nconnection: close\nx-amz-date: {time}\nx-amz-content-sha256: {payload}\n\
         authorization: AWS4-HMAC-SHA256 Credential={access_key}/{scope}, SignedHeaders={names}, Signature={signature}\n\
         content-length: {}\n\n{sent}",
        sent.len()
    )
}

fn authenticated(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
