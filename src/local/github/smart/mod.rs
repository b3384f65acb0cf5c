//! Git's smart HTTP protocol (`gitprotocol-http(5)`): the server half of `git clone`, `fetch` and `push`.

mod packet;
mod source;

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::Instant;

use super::{Hub, delivery, token, updates};
use crate::git::Git;
use crate::id::Repository;
use crate::local::contract::full;
use crate::local::{Body, BoxError, Pages};
use crate::process::Running;
use source::{Source, SourceError};

/// How many bytes of answer are kept while the request is still being read.
const EARLY_OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

/// The pages below `/git/`.
#[derive(Debug, Clone)]
pub struct GitPages(pub Arc<Hub>);

impl Pages for GitPages {
    fn serve(&self, request: Request<Incoming>) -> BoxFuture<'_, Response<Body>> {
        Box::pin(async move { self.answer(request).await.unwrap_or_else(Refusal::into_response) })
    }
}

/// What a client wants to do with a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    /// Clone or fetch.
    UploadPack,
    /// Push.
    ReceivePack,
}

impl Service {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "git-upload-pack" => Some(Self::UploadPack),
            "git-receive-pack" => Some(Self::ReceivePack),
            _ => None,
        }
    }

    /// The name without `git-`, as the program's subcommand is called.
    fn verb(self) -> &'static str {
        match self {
            Self::UploadPack => "upload-pack",
            Self::ReceivePack => "receive-pack",
        }
    }
}

/// One of the two requests of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// List the references.
    Advertise(Service),
    /// Exchange objects.
    Exchange(Service),
}

/// Why a request is refused, as plain text for the person at the client.
struct Refusal(StatusCode, String);

impl Refusal {
    fn failed(error: impl std::fmt::Display) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }

    fn into_response(self) -> Response<Body> {
        let Self(status, text) = self;
        let mut response = Response::new(full(format!("{text}\n")));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"pipectl\""));
        }
        response
    }
}

impl From<SourceError> for Refusal {
    fn from(error: SourceError) -> Self {
        let status = match error {
            SourceError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            SourceError::Broken { .. } => StatusCode::BAD_REQUEST,
        };
        Self(status, error.to_string())
    }
}

/// A Git program that has read its whole request.
struct Exchange {
    running: Running,
    output: ChildStdout,
    /// What it had answered by then.
    early: BytesMut,
}

impl GitPages {
    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let nothing = || Refusal(StatusCode::NOT_FOUND, "there is no such repository or page here".to_owned());
        let accepted =
            token::presented(request.headers()).and_then(|presented| token::find(&self.0.settings.tokens, &presented));
        let Some(token) = accepted else {
            let advice = "the password must be the instance's token; `pipectl local remote` prints a URL that holds it";
            return Err(Refusal(StatusCode::UNAUTHORIZED, advice.to_owned()));
        };
        if !token.has_any(&["repo"]) {
            return Err(Refusal(StatusCode::FORBIDDEN, "the token lacks the scope `repo`".to_owned()));
        }
        let (repository, step) = route(request.method(), request.uri()).ok_or_else(nothing)?;
        let git = match step {
            Step::Advertise(Service::ReceivePack) => self.0.create(&repository).await.map_err(Refusal::failed)?,
            _ => self.0.repository(&repository).ok_or_else(nothing)?,
        };
        match step {
            Step::Advertise(service) => self.advertise(&git, service, &request).await,
            Step::Exchange(Service::UploadPack) => self.fetch(&git, request).await,
            Step::Exchange(Service::ReceivePack) => self.push(repository, git, request).await,
        }
    }

    async fn advertise(
        &self,
        git: &Git,
        service: Service,
        request: &Request<Incoming>,
    ) -> Result<Response<Body>, Refusal> {
        let mut command = self.0.service_command(git, service.verb(), &["--http-backend-info-refs"]);
        let mut answer = Vec::new();
        match protocol(service, request) {
            // The second version has no announcement of the service.
            Some(version) => command = command.variable("GIT_PROTOCOL", version),
            None => {
                answer.extend(packet::line(&format!("# service=git-{}\n", service.verb())));
                answer.extend(packet::FLUSH);
            }
        }
        let finished = command.output_limit(64 * 1024 * 1024).succeed().await.map_err(Refusal::failed)?;
        answer.extend(finished.output);
        Ok(respond(service, "advertisement", full(answer)))
    }

    /// Answers a fetch; the objects are streamed.
    async fn fetch(&self, git: &Git, request: Request<Incoming>) -> Result<Response<Body>, Refusal> {
        let mut command = self.0.service_command(git, Service::UploadPack.verb(), &[]);
        if let Some(version) = protocol(Service::UploadPack, &request) {
            command = command.variable("GIT_PROTOCOL", version);
        }
        let deadline = Instant::now() + self.0.settings.time_limit;
        let running = command.piped_input().without_errors().spawn().map_err(Refusal::failed)?;
        let exchange = self.feed(running, request, deadline).await?;
        Ok(respond(Service::UploadPack, "result", stream_output(exchange, deadline)))
    }

    /// Takes a push in, delivers it and only then answers.
    async fn push(
        &self,
        repository: Repository,
        git: Git,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Refusal> {
        let report = tempfile::NamedTempFile::new_in(self.0.hook_folder()).map_err(Refusal::failed)?;
        let command = self
            .0
            .service_command(&git, Service::ReceivePack.verb(), &[])
            .variable(updates::REPORT_VARIABLE, report.path())
            .piped_input()
            .without_errors();
        let deadline = Instant::now() + self.0.settings.time_limit;
        let exchange = self.feed(command.spawn().map_err(Refusal::failed)?, request, deadline).await?;
        let hub = Arc::clone(&self.0);
        let finish = async move {
            let mut answer = finish_push(exchange, deadline).await?;
            let report = fs_err::read_to_string(report.path()).map_err(Refusal::failed)?;
            let updates = updates::parse(&report);
            adopt_branch(&git, &updates).await;
            let remarks = delivery::deliver(&hub, &repository, &git, &updates).await;
            packet::append_remarks(&mut answer, &remarks);
            Ok::<_, Refusal>(answer)
        };
        let answer = self.0.finishing.spawn(finish).await.map_err(Refusal::failed)??;
        Ok(respond(Service::ReceivePack, "result", full(answer)))
    }

    /// Hands the request's body to a program, and keeps what it answers meanwhile.
    async fn feed(
        &self,
        mut running: Running,
        request: Request<Incoming>,
        deadline: Instant,
    ) -> Result<Exchange, Refusal> {
        let (Some(input), Some(mut output)) = (running.input(), running.output()) else {
            return Err(Refusal::failed("the streams of Git are closed"));
        };
        let mut early = BytesMut::new();
        let copying = tokio::time::timeout_at(deadline, copy(Source::new(request, self.0.settings.push_limit), input));
        tokio::pin!(copying);
        loop {
            tokio::select! {
                result = &mut copying => {
                    result.map_err(|_| Refusal(StatusCode::REQUEST_TIMEOUT, "the request took too long".to_owned()))??;
                    return Ok(Exchange { running, output, early });
                }
                read = output.read_buf(&mut early), if early.len() < EARLY_OUTPUT_LIMIT => {
                    if read.map_err(Refusal::failed)? == 0 {
                        // The program closed its output; only the request is left to be read.
                        (&mut copying)
                            .await
                            .map_err(|_| Refusal(StatusCode::REQUEST_TIMEOUT, "the request took too long".to_owned()))??;
                        return Ok(Exchange { running, output, early });
                    }
                }
            }
        }
    }
}

/// Finds out what a request is about.
fn route(method: &Method, uri: &http::Uri) -> Option<(Repository, Step)> {
    let path = uri.path().strip_prefix("/git/")?;
    let (owner, rest) = path.split_once('/')?;
    let (name, page) = rest.split_once('/')?;
    let name = name.strip_suffix(".git").unwrap_or(name);
    let repository = format!("{owner}/{name}").parse().ok().filter(|_| !name.ends_with(".git"))?;
    let step = match (method, page) {
        (&Method::GET, "info/refs") => {
            let query = uri.query()?;
            Step::Advertise(query.split('&').find_map(|pair| Service::parse(pair.strip_prefix("service=")?))?)
        }
        (&Method::POST, service) => Step::Exchange(Service::parse(service)?),
        _ => return None,
    };
    Some((repository, step))
}

/// The version of the protocol that the client asks for. Pushes have no second version.
fn protocol(service: Service, request: &Request<Incoming>) -> Option<&'static str> {
    let asked = request.headers().get("git-protocol")?.to_str().ok()?;
    (service == Service::UploadPack && asked.split(':').any(|part| part == "version=2")).then_some("version=2")
}

fn respond(service: Service, kind: &str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    if let Ok(content_type) = HeaderValue::from_str(&format!("application/x-git-{}-{kind}", service.verb())) {
        response.headers_mut().insert(CONTENT_TYPE, content_type);
    }
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, max-age=0, must-revalidate"));
    response
}

/// Copies a request to a program. A program that stops reading has made up its mind; the rest is read and dropped, since
/// many clients look at the answer only after they have sent everything.
async fn copy(mut source: Source, input: ChildStdin) -> Result<(), SourceError> {
    let mut input = Some(input);
    while let Some(bytes) = source.next().await? {
        let broken = match &mut input {
            Some(open) => open.write_all(&bytes).await.is_err(),
            None => false,
        };
        if broken {
            input = None;
        }
    }
    Ok(())
}

/// Collects the rest of what `git receive-pack` answers: a short report.
async fn finish_push(exchange: Exchange, deadline: Instant) -> Result<Vec<u8>, Refusal> {
    let Exchange { mut running, output, mut early } = exchange;
    let mut rest = Vec::new();
    let work = async {
        output.take(EARLY_OUTPUT_LIMIT as u64).read_to_end(&mut rest).await.map_err(Refusal::failed)?;
        running.wait().await.map_err(Refusal::failed)
    };
    // The exit code is not looked at: the report tells the client what was refused, and the hook what was not.
    tokio::time::timeout_at(deadline, work)
        .await
        .map_err(|_| Refusal(StatusCode::GATEWAY_TIMEOUT, "Git took too long".to_owned()))??;
    early.extend_from_slice(&rest);
    Ok(early.to_vec())
}

/// Makes the first pushed branch the default one, where the default one does not exist.
async fn adopt_branch(git: &Git, updates: &[updates::Update]) {
    let created = updates.iter().find(|update| update.after.is_some() && update.branch().is_some());
    if let (Some(update), Ok(None)) = (created, git.commit_of("HEAD").await) {
        // Without it, the repository only lacks a default branch until the next push.
        let _ = git.command(["symbolic-ref", "HEAD", &update.reference]).succeed().await;
    }
}

/// Streams what a program answers; a failure or a delay past the deadline breaks the stream off.
fn stream_output(exchange: Exchange, deadline: Instant) -> Body {
    let Exchange { running, output, early } = exchange;
    let first = (!early.is_empty()).then(|| Ok(Frame::data(early.freeze())));
    let rest = stream::try_unfold(Some((running, output)), move |open| async move {
        let Some((mut running, mut output)) = open else {
            return Ok::<_, BoxError>(None);
        };
        let mut part = BytesMut::with_capacity(64 * 1024);
        let count = tokio::time::timeout_at(deadline, output.read_buf(&mut part)).await??;
        if count > 0 {
            return Ok(Some((Frame::data(part.freeze()), Some((running, output)))));
        }
        let exit = tokio::time::timeout(Duration::from_secs(10), running.wait()).await??;
        if exit.is_success() { Ok(None) } else { Err(format!("git upload-pack {exit}").into()) }
    });
    let frames: Vec<Result<Frame<Bytes>, BoxError>> = first.into_iter().collect();
    StreamBody::new(stream::iter(frames).chain(rest)).boxed_unsync()
}
