//! What stands between a verb and the endpoint: it counts calls, and spoils one.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, TRANSFER_ENCODING};
use http::request::Parts;
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use regex::Regex;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use super::kind::Kind;

/// How a call is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// JSON with the operation in a header.
    Json,
    /// A form, answered in XML.
    Query,
    /// S3.
    Storage,
    /// GitHub's REST API.
    GitHub,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Its operation, such as `CreateChangeSet`.
    pub operation: String,
    /// How it is written.
    pub protocol: Protocol,
    /// Whether its answer has no body.
    pub is_head: bool,
}

impl Call {
    /// Whether it changes anything that lasts.
    pub fn is_write(&self) -> bool {
        const READING: [&str; 7] = ["Describe", "Get", "List", "Head", "BatchGet", "Assume", "Decode"];
        self.protocol != Protocol::GitHub && !READING.iter().any(|prefix| self.operation.starts_with(prefix))
    }

    /// What a message about it names.
    pub fn spoken(&self) -> &str {
        if self.protocol == Protocol::GitHub { "GitHub" } else { &self.operation }
    }

    fn read(parts: &Parts, body: &[u8]) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let form = String::from_utf8_lossy(&body[..body.len().min(8192)]);
        let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
        let (operation, protocol) = match (target, action) {
            (Some(target), _) => (target.rsplit('.').next().unwrap(), Protocol::Json),
            (None, Some(action)) => (action, Protocol::Query),
            (None, None) if parts.uri.path().starts_with("/github/") => ("GitHub", Protocol::GitHub),
            (None, None) => {
                let operation = match parts.method {
                    Method::GET if has("location") => "GetBucketLocation",
                    Method::GET if has("encryption") => "GetEncryptionConfiguration",
                    Method::GET if has("versioning") => "GetBucketVersioning",
                    Method::GET if has("list-type") => "ListBucket",
                    Method::GET => "GetObject",
                    Method::HEAD => "HeadObject",
                    Method::PUT => "PutObject",
                    _ => "Other",
                };
                (operation, Protocol::Storage)
            }
        };
        Self { operation: operation.to_owned(), protocol, is_head: parts.method == Method::HEAD }
    }
}

/// Which call is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// The n-th of all, from 1.
    Number(usize),
    /// The n-th of an operation, from 1.
    Operation(String, usize),
}

impl At {
    /// Whether the last of these calls is meant.
    fn is_last_of(&self, calls: &[Call]) -> bool {
        match self {
            Self::Number(number) => calls.len() == *number,
            Self::Operation(operation, number) => {
                let is_meant = |call: &&Call| call.operation == *operation;
                calls.last().as_ref().is_some_and(is_meant) && calls.iter().filter(is_meant).count() == *number
            }
        }
    }
}

/// What has happened so far.
#[derive(Debug, Default)]
struct Record {
    calls: Vec<Call>,
    /// The calls that were spoiled.
    spoiled: Vec<Call>,
    /// Secrets that went through.
    secrets: Vec<String>,
    /// Whether no fault is made any more.
    is_over: bool,
}

struct Shared {
    upstream: String,
    client: Client<HttpConnector, Full<Bytes>>,
    fault: Option<(At, Kind)>,
    record: Mutex<Record>,
    killed: Notify,
    secret: Regex,
}

/// A proxy in front of an endpoint. Dropping it cuts all connections.
pub struct Proxy {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
    _task: AbortOnDropHandle<()>,
}

impl Proxy {
    /// Starts one that spoils a call.
    pub async fn start(upstream: &str, fault: Option<(At, Kind)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            fault,
            record: Mutex::default(),
            killed: Notify::new(),
            secret: Regex::new(
                r#"(?:<(?:SecretAccessKey|SessionToken)>|"(?:SecretString|authorizationToken)":\s*")([^<"]+)"#,
            )
            .unwrap(),
        });
        let task = tokio::spawn(accept(listener, shared.clone()));
        Self { url, shared, _task: AbortOnDropHandle::new(task) }
    }

    /// The calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.shared.record().calls.clone()
    }

    /// The calls that were spoiled; none if there were fewer calls. One fault may spoil several.
    pub fn spoiled(&self) -> Vec<Call> {
        self.shared.record().spoiled.clone()
    }

    /// Secrets that services answered.
    pub fn secrets(&self) -> Vec<String> {
        self.shared.record().secrets.clone()
    }

    /// Waits until the process is to be killed.
    pub async fn killed(&self) {
        self.shared.killed.notified().await;
    }

    /// Makes no more faults.
    pub fn heal(&self) {
        self.shared.record().is_over = true;
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // Aborted with this task.
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let shared = shared.clone();
        connections.spawn(async move {
            let answer = service_fn(move |request| answer(shared.clone(), request));
            // A connection that is cut ends in an error, as it is meant to.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
        });
    }
}

/// Why a connection is cut.
#[derive(Debug, thiserror::Error)]
#[error("cut")]
struct Cut;

async fn answer(shared: Arc<Shared>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Cut> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
    let call = Call::read(&parts, &body);
    let Some(kind) = shared.count(&call) else { return shared.pass_on(parts, body).await.map(whole) };
    if kind.has_effect() {
        shared.pass_on(parts, body).await?;
    }
    if kind == Kind::Killed {
        shared.killed.notify_one();
        let never: Infallible = std::future::pending().await;
        match never {}
    }
    kind.answer(&call).map(whole).ok_or(Cut)
}

fn whole(response: Response<Bytes>) -> Response<Full<Bytes>> {
    response.map(Full::new)
}

impl Shared {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap()
    }

    /// Counts a call; gives what happens to it.
    fn count(&self, call: &Call) -> Option<Kind> {
        let mut record = self.record();
        record.calls.push(call.clone());
        let (at, kind) = self.fault.as_ref().filter(|_| !record.is_over)?;
        let is_meant = match record.spoiled.is_empty() {
            true => at.is_last_of(&record.calls),
            false => *kind == Kind::Down,
        };
        if is_meant {
            record.spoiled.push(call.clone());
        }
        is_meant.then_some(*kind)
    }

    async fn pass_on(&self, mut parts: Parts, body: Bytes) -> Result<Response<Bytes>, Cut> {
        let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        parts.uri = format!("{}{path}", self.upstream).parse::<Uri>().unwrap();
        for name in [CONNECTION, EXPECT, TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        let answer = self.client.request(Request::from_parts(parts, Full::new(body))).await.map_err(|_| Cut)?;
        let (mut parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        for name in [CONNECTION, TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        let text = String::from_utf8_lossy(&body);
        let secrets = self.secret.captures_iter(&text).map(|found| found[1].to_owned());
        self.record().secrets.extend(secrets);
        Ok(Response::from_parts(parts, body))
    }
}
