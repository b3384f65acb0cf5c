//! Git's smart HTTP protocol (`gitprotocol-http(5)`): the server half of `git clone`, `fetch` and `push`.

mod exchange;
mod packet;
mod source;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{Hub, delivery, token, updates};
use crate::git::Git;
use crate::id::Repository;
use crate::local::contract::full;
use crate::local::{Body, Pages};
use crate::process::Command;
use exchange::Exchange;
use source::{Source, SourceError};

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
        let exchange = self.begin(command, request).await?;
        Ok(respond(Service::UploadPack, "result", exchange.stream()))
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
            .variable(updates::REPORT_VARIABLE, report.path());
        let exchange = self.begin(command, request).await?;
        let hub = Arc::clone(&self.0);
        let finish = async move {
            let mut answer = exchange.collect().await?;
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

    async fn begin(&self, command: Command, request: Request<Incoming>) -> Result<Exchange, Refusal> {
        let deadline = Instant::now() + self.0.settings.time_limit;
        let running = command.piped_input().without_errors().spawn().map_err(Refusal::failed)?;
        Exchange::begin(running, Source::new(request, self.0.settings.push_limit), deadline).await
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

/// Makes the first pushed branch the default one, where the default one does not exist.
async fn adopt_branch(git: &Git, updates: &[updates::Update]) {
    let created = updates.iter().find(|update| update.after.is_some() && update.branch().is_some());
    if let (Some(update), Ok(None)) = (created, git.commit_of("HEAD").await) {
        // Without it, the repository only lacks a default branch until the next push.
        let _ = git.command(["symbolic-ref", "HEAD", &update.reference]).succeed().await;
    }
}
