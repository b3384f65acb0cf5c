//! Listening in on what pipectl calls.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::command::Said;
use super::project::Project;

/// Stands before a project's endpoint and takes down what clients send.
pub struct Listener {
    address: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Listener {
    /// Stands before the endpoint of a project.
    pub async fn before(project: &Project) -> Self {
        let variables = project.pipectl(&["local", "env", "--format", "json"]).code(0).json();
        let (address, heard) = listen_in(variables["AWS_ENDPOINT_URL"].as_str().unwrap().to_owned()).await;
        Self { address, heard }
    }

    /// Runs pipectl through it.
    pub fn client(&self, project: &Project, arguments: &[&str]) -> Said {
        let address = self.address.as_str();
        let through = [("AWS_ENDPOINT_URL", address), ("AWS_ENDPOINT_URL_S3", address)];
        project.client_with(env!("CARGO_BIN_EXE_pipectl"), arguments, &through)
    }

    /// The calls since they were last asked for.
    pub fn calls(&self) -> Vec<String> {
        calls(&std::mem::take(&mut *self.heard.lock().unwrap()))
    }
}

/// Passes everything on to the endpoint and takes down what clients send.
async fn listen_in(endpoint: String) -> (String, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let taken = heard.clone();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(endpoint.trim_start_matches("http://")).await.unwrap();
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            let taken = taken.clone();
            tokio::spawn(async move {
                let mut part = vec![0; 64 * 1024];
                while let Ok(count @ 1..) = from_client.read(&mut part).await {
                    taken.lock().unwrap().extend_from_slice(&part[..count]);
                    if to_server.write_all(&part[..count]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (address, heard)
}

/// The calls in what clients sent: the operation that a body or a header names.
fn calls(heard: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(heard);
    let mut calls = Vec::new();
    for line in text.lines() {
        let lower = line.to_lowercase();
        if let Some(target) = lower.strip_prefix("x-amz-target: ") {
            calls.push(target.trim().rsplit('.').next().unwrap().to_owned());
        }
        if let Some(action) = lower.split("action=").nth(1) {
            calls.push(action.split('&').next().unwrap().to_owned());
        }
    }
    calls
}
