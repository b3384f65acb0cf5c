//! The server against the real Git and against pipectl's own client of the REST API.

use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::future::BoxFuture;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::git::{Author, CommitId};
use crate::github::{Error, GitHub, Permission as RepositoryPermission};
use crate::id::Secret;
use crate::local::{Body, Pages, Push, PushedReference, WebhookTarget};

const TOKEN: &str = "ghp_instance";
const SECRET: &str = "webhook secret";

/// A server with its hub, and a checkout to push from.
struct World {
    hub: Arc<Hub>,
    folder: Utf8PathBuf,
    checkout: Git,
    _kept: tempfile::TempDir,
}

fn repository() -> Repository {
    "octo/app".parse().unwrap()
}

fn author() -> Author {
    Author { name: "Ada".to_owned(), email: "ada@example.com".to_owned() }
}

impl World {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let folder = Utf8PathBuf::from_path_buf(kept.path().canonicalize().unwrap()).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mut settings = Settings::new(folder.join("state"), endpoint, Token::new(Secret::new(TOKEN)));
        settings.tokens.push(Token::with_scopes(Secret::new("ghp_hookless"), ["repo"]));
        change(&mut settings);
        let hub = Hub::open(settings).unwrap();
        tokio::spawn(serve(listener, Arc::clone(&hub)));
        let checkout = Git::isolated(folder.join("checkout"));
        fs::create_dir(checkout.folder()).unwrap();
        checkout.init("main").await.unwrap();
        Self { hub, folder, checkout, _kept: kept }
    }

    async fn commit(&self, path: &str, content: &[u8]) -> CommitId {
        let file = self.checkout.folder().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
        self.checkout.commit_all(&format!("Change {path}"), &author()).await.unwrap()
    }

    async fn push(&self, refspec: &str) -> git::Result<Vec<String>> {
        self.checkout.push(&self.hub.remote_url(&repository()), refspec, None).await
    }

    async fn tip(&self, branch: &str) -> Option<CommitId> {
        self.hub.repository(&repository())?.commit_of(&format!("refs/heads/{branch}")).await.unwrap()
    }

    async fn clone_to(&self, name: &str, url: &str, options: &[&str]) -> crate::process::Result<Git> {
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend_from_slice(options);
        arguments.extend([url, name]);
        Git::isolated(&self.folder).command(arguments).succeed().await?;
        Ok(Git::isolated(self.folder.join(name)))
    }

    fn client(&self, token: &str) -> GitHub {
        GitHub::connect(&Secret::new(token), "github-token", Some(&self.hub.api_url())).unwrap()
    }
}

/// Stands in for the front: one connection after the other, each page to its handler.
async fn serve(listener: tokio::net::TcpListener, hub: Arc<Hub>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let hub = Arc::clone(&hub);
        let answer = move |request: Request<Incoming>| {
            let hub = Arc::clone(&hub);
            async move {
                let response: Response<Body> = if request.uri().path().starts_with("/git/") {
                    GitPages(hub).serve(request).await
                } else {
                    RestPages(hub).serve(request).await
                };
                Ok::<_, std::convert::Infallible>(response)
            }
        };
        tokio::spawn(async move {
            let service = hyper::service::service_fn(answer);
            // A client that goes away in the middle is part of some tests.
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// One webhook for every repository.
struct OneWebhook(String);

impl Webhooks for OneWebhook {
    fn targets(&self, _repository: &Repository) -> Vec<WebhookTarget> {
        vec![WebhookTarget { name: "app".to_owned(), url: self.0.clone(), secret: Some(Secret::new(SECRET)) }]
    }
}

/// Remembers pushes.
#[derive(Default)]
struct Memory(Mutex<Vec<Push>>);

impl PushListener for Memory {
    fn pushed(&self, push: Push) -> BoxFuture<'_, Vec<String>> {
        self.0.lock().unwrap().push(push);
        Box::pin(async { vec!["execution 1 started".to_owned()] })
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_can_be_cloned() {
    let world = World::start().await;
    let first = world.commit("file", b"one").await;
    world.push("main").await.unwrap();
    let second = world.commit("file", b"two").await;
    world.push("HEAD:refs/heads/feature/one").await.unwrap();
    assert_eq!(world.tip("main").await, Some(first.clone()));
    assert_eq!(world.tip("feature/one").await, Some(second.clone()));
    let url = world.hub.remote_url(&repository());
    let clone = world.clone_to("clone", &url, &["--branch", "feature/one"]).await.unwrap();
    assert_eq!(clone.commit_of("HEAD").await.unwrap(), Some(second));
    let old = world.clone_to("old", &url, &["-c", "protocol.version=0", "--depth=1"]).await.unwrap();
    assert_eq!(old.commit_of("HEAD").await.unwrap(), Some(first));
    let token = Secret::new(TOKEN);
    let clean = world.hub.clone_url(&repository());
    assert!(!clean.contains(TOKEN));
    world.checkout.push(&clean, "main:refs/heads/by-header", Some(&token)).await.unwrap();
    assert!(world.tip("by-header").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_requests_are_unpacked() {
    use std::io::Write;

    let world = World::start().await;
    let commit = world.commit("file", b"one").await;
    world.push("main").await.unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(b"0014command=ls-refs\n0000").unwrap();
    let request = |body: Vec<u8>| {
        Request::post(format!("{}/git-upload-pack", world.hub.clone_url(&repository())))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-encoding", "gzip")
            .header("git-protocol", "version=2")
            .body(http_body_util::Full::new(body.into()))
            .unwrap()
    };
    let answer = delivery::client().request(request(packer.finish().unwrap())).await.unwrap();
    let listed = http_body_util::BodyExt::collect(answer.into_body()).await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&listed).contains(&format!("{commit} refs/heads/main")), "{listed:?}");
    let answer = delivery::client().request(request(b"not packed".to_vec())).await.unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_is_given_up() {
    let world = World::with(|settings| settings.time_limit = std::time::Duration::from_millis(300)).await;
    world.hub.create(&repository()).await.unwrap();
    let endless = futures_util::stream::pending::<Result<hyper::body::Frame<bytes::Bytes>, std::io::Error>>();
    let request = Request::post(format!("{}/git-receive-pack", world.hub.clone_url(&repository())))
        .header("authorization", format!("Bearer {TOKEN}"))
        .body(http_body_util::StreamBody::new(endless))
        .unwrap();
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    assert_eq!(client.request(request).await.unwrap().status(), 408);
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_can_be_forced_and_deleted() {
    let world = World::start().await;
    world.commit("file", b"one").await;
    let dropped = world.commit("file", b"two").await;
    world.push("main").await.unwrap();
    world.push("main:other").await.unwrap();
    world.checkout.command(["reset", "--quiet", "--hard", "HEAD~1"]).succeed().await.unwrap();
    let other = world.commit("file", b"three").await;
    assert!(world.push("main").await.is_err());
    assert_eq!(world.tip("main").await, Some(dropped));
    world.push("+main").await.unwrap();
    assert_eq!(world.tip("main").await, Some(other));
    world.push(":other").await.unwrap();
    assert_eq!(world.tip("other").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_pushed_branch_becomes_the_default() {
    let world = World::start().await;
    let commit = world.commit("file", b"one").await;
    world.push("main:trunk").await.unwrap();
    let clone = world.clone_to("clone", &world.hub.remote_url(&repository()), &[]).await.unwrap();
    assert_eq!(clone.branch().await.unwrap().as_deref(), Some("trunk"));
    assert_eq!(clone.commit_of("HEAD").await.unwrap(), Some(commit));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_neither_reads_nor_writes() {
    let world = World::start().await;
    world.commit("file", b"one").await;
    world.push("main").await.unwrap();
    let url = world.hub.remote_url(&repository()).replace(TOKEN.trim_start_matches("ghp_"), "wrong");
    assert!(world.checkout.push(&url, "main:stolen", None).await.is_err());
    assert!(world.clone_to("clone", &url, &[]).await.is_err());
    assert!(world.clone_to("clone", &world.hub.clone_url(&repository()), &[]).await.is_err());
    assert_eq!(world.tip("stolen").await, None);
    assert!(world.hub.accepts(TOKEN) && !world.hub.accepts("ghp_wrong") && !world.hub.accepts(""));
}

#[tokio::test(flavor = "multi_thread")]
async fn large_pushes_pass_up_to_the_limit() {
    let world = World::with(|settings| settings.push_limit = 40_000_000).await;
    let mut noise = vec![0; 30_000_000];
    getrandom::fill(&mut noise).unwrap();
    let commit = world.commit("noise", &noise).await;
    world.push("main").await.unwrap();
    assert_eq!(world.tip("main").await, Some(commit.clone()));
    let clone = world.clone_to("clone", &world.hub.remote_url(&repository()), &[]).await.unwrap();
    assert_eq!(fs::read(clone.folder().join("noise")).unwrap(), noise);
    getrandom::fill(&mut noise).unwrap();
    world.commit("noise", &noise).await;
    getrandom::fill(&mut noise).unwrap();
    world.commit("more", &noise).await;
    assert!(world.push("main").await.is_err());
    assert_eq!(world.tip("main").await, Some(commit));
}

fn branch_of(reference: PushedReference) -> String {
    match reference {
        PushedReference::Branch(name) => name,
        PushedReference::Tag(name) => panic!("{name} is a tag"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_pushes_are_all_taken_and_told_apart() {
    let world = World::start().await;
    let memory = Arc::new(Memory::default());
    world.hub.add_listener(Arc::clone(&memory) as Arc<dyn PushListener>);
    world.commit("file", b"one").await;
    let refspecs: Vec<String> = (0..8).map(|number| format!("main:branch-{number}")).collect();
    let pushes = refspecs.iter().map(|refspec| world.push(refspec));
    for said in futures_util::future::join_all(pushes).await {
        assert_eq!(said.unwrap(), ["pipectl: execution 1 started"]);
    }
    let mut branches: Vec<String> =
        memory.0.lock().unwrap().iter().map(|push| push.reference.clone()).map(branch_of).collect();
    branches.sort();
    assert_eq!(branches, (0..8).map(|number| format!("branch-{number}")).collect::<Vec<String>>());
    assert_eq!(memory.0.lock().unwrap()[0].subject, "Change file");
}

/// The definition of HMAC (RFC 2104), for keys shorter than a block.
fn hmac_by_definition(key: &[u8], message: &[u8]) -> String {
    let padded = |pad: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ pad).collect() };
    let inner = Sha256::digest([padded(0x36), message.to_vec()].concat());
    hex::encode(Sha256::digest([padded(0x5c), inner.to_vec()].concat()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_is_delivered_signed_before_it_returns() {
    let world = World::start().await;
    let receiver = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&receiver).await;
    world.hub.add_webhooks(Arc::new(OneWebhook(format!("{}/webhooks/app", receiver.uri()))));
    let first = world.commit("old", b"1").await;
    world.push("main").await.unwrap();
    world.commit("docs/read me.txt", b"2").await;
    let last = world.commit("old", b"3").await;
    let said = world.push("main").await.unwrap();
    assert_eq!(said, ["pipectl: webhook app was delivered"]);

    let deliveries = receiver.received_requests().await.unwrap();
    assert_eq!(deliveries.len(), 2);
    let delivery = &deliveries[1];
    let header = |name: &str| delivery.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(
        header("x-hub-signature-256"),
        format!("sha256={}", hmac_by_definition(SECRET.as_bytes(), &delivery.body))
    );
    assert!(header("x-hub-signature").starts_with("sha1="));
    assert_eq!(header("x-github-event"), "push");
    assert_eq!(header("x-github-delivery").len(), 36);
    assert!(header("user-agent").starts_with("GitHub-Hookshot/"));

    let event: Value = serde_json::from_slice(&delivery.body).unwrap();
    assert_eq!(event["ref"], "refs/heads/main");
    assert_eq!((&event["before"], &event["after"]), (&first.as_str().into(), &last.as_str().into()));
    assert_eq!(event["repository"]["full_name"], "octo/app");
    assert_eq!(event["repository"]["owner"]["login"], "octo");
    assert_eq!(event["repository"]["default_branch"], "main");
    assert_eq!(event["head_commit"]["message"], "Change old");
    assert_eq!(event["head_commit"]["author"]["name"], "Ada");
    assert_eq!(event["commits"].as_array().unwrap().len(), 2);
    assert_eq!(event["commits"][0]["added"][0], "docs/read me.txt");
    assert_eq!(event["commits"][1]["modified"][0], "old");
    assert_eq!((&event["created"], &event["deleted"], &event["forced"]), (&false.into(), &false.into(), &false.into()));
    let created: Value = serde_json::from_slice(&deliveries[0].body).unwrap();
    assert_eq!(created["created"], true);
    assert_eq!(created["before"], "0".repeat(40));
    assert_eq!(created["commits"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_webhook_does_not_fail_the_push() {
    let world = World::start().await;
    for url in ["http://127.0.0.1:1/x", "https://example.com/x", "http://example.com/x"] {
        world.hub.add_webhooks(Arc::new(OneWebhook(url.to_owned())));
    }
    let commit = world.commit("file", b"1").await;
    let said = world.push("main").await.unwrap();
    assert_eq!(said.len(), 3);
    assert!(said[0].starts_with("pipectl: webhook app could not be delivered"), "{said:?}");
    assert!(said[1].ends_with("its address is not on this machine"), "{said:?}");
    assert_eq!(said[1], said[2]);
    assert_eq!(world.tip("main").await, Some(commit));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_client_is_answered_as_by_github() {
    let world = World::start().await;
    let commit = world.commit("ci/pipeline.toml", b"[pipeline]\n").await;
    world.push("main").await.unwrap();
    world.push("main:feature/one").await.unwrap();
    let github = world.client(TOKEN);
    let facts = github.check_source(&repository(), "feature/one").await.unwrap();
    assert_eq!((facts.permission, facts.default_branch.as_str()), (RepositoryPermission::Admin, "main"));
    assert_eq!(github.branch(&repository(), "feature/one").await.unwrap(), Some(commit));
    assert_eq!(github.branch(&repository(), "none").await.unwrap(), None);
    for reference in ["main", "feature/one"] {
        let text = github.file(&repository(), reference, Utf8Path::new("ci/pipeline.toml")).await.unwrap();
        assert_eq!(text.as_deref(), Some("[pipeline]\n"), "{reference}");
    }
    assert_eq!(github.file(&repository(), "main", Utf8Path::new("none")).await.unwrap(), None);
    let error = github.repository(&"octo/none".parse().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::NotVisible { .. }), "{error:?}");
    let error = world.client("ghp_wrong").repository(&repository()).await.unwrap_err();
    assert_eq!(error.to_string(), "GitHub refused the token: Bad credentials");
    let error = world.client("ghp_hookless").check_source(&repository(), "main").await.unwrap_err();
    assert_eq!(error.to_string(), "the GitHub token lacks the scope `admin:repo_hook`");
}

/// Calls the REST API without a client of GitHub's in between.
async fn call(
    world: &World,
    method: &str,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> (u16, http::HeaderMap, Value) {
    use http_body_util::BodyExt;
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", world.hub.api_url()))
        .header("authorization", format!("token {token}"))
        .body(http_body_util::Full::new(body.map_or_else(Vec::new, |body| body.to_string().into_bytes()).into()))
        .unwrap();
    let (parts, body) = delivery::client().request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), parts.headers, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_registered_used_and_removed() {
    let world = World::start().await;
    let receiver = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(503)).mount(&receiver).await;
    world.hub.create(&repository()).await.unwrap();
    let hooks = "/repos/octo/app/hooks";
    let wanted = serde_json::json!({
        "name": "web", "events": ["push"], "active": true,
        "config": {"url": receiver.uri(), "content_type": "json", "secret": SECRET},
    });
    let (status, headers, answer) = call(&world, "POST", hooks, "ghp_hookless", Some(wanted.clone())).await;
    assert_eq!((status, answer["message"].as_str()), (404, Some("Not Found")));
    assert_eq!(headers["x-oauth-scopes"], "repo");
    assert_eq!(headers["x-accepted-oauth-scopes"], "admin:repo_hook, write:repo_hook");
    let (status, _, made) = call(&world, "POST", hooks, TOKEN, Some(wanted.clone())).await;
    assert_eq!((status, made["config"]["secret"].as_str()), (201, Some("********")));
    let (status, _, twice) = call(&world, "POST", hooks, TOKEN, Some(wanted)).await;
    assert_eq!((status, twice["errors"][0]["message"].as_str()), (422, Some("Hook already exists on this repository")));
    assert_eq!(call(&world, "GET", hooks, TOKEN, None).await.2.as_array().unwrap().len(), 1);

    world.commit("file", b"1").await;
    let said = world.push("main").await.unwrap();
    assert!(said[0].ends_with("was refused with status 503"), "{said:?}");

    let one = format!("{hooks}/{}", made["id"]);
    assert_eq!(call(&world, "DELETE", &one, TOKEN, None).await.0, 204);
    assert_eq!(call(&world, "DELETE", &one, TOKEN, None).await.0, 404);
    assert!(world.push("main:other").await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn references_commits_and_contents_are_described() {
    let world = World::start().await;
    let commit = world.commit("docs/a b.txt", b"hello").await;
    world.push("main:feature/one").await.unwrap();
    let get = async |path: &str| {
        let (status, _, answer) = call(&world, "GET", &format!("/repos/octo/app{path}"), TOKEN, None).await;
        (status, answer)
    };
    assert_eq!(get("/git/ref/heads/feature/one").await.1["object"]["sha"], commit.as_str());
    assert_eq!(get("/commits/feature/one").await.1["commit"]["message"], "Change docs/a b.txt");
    assert_eq!(get(&format!("/commits/{}", &commit.as_str()[..8])).await.1["sha"], commit.as_str());
    for notation in ["/commits/HEAD~0", "/commits/feature/one%5E0", "/branches/feature/one~0", "/commits/a..b"] {
        assert_eq!(get(notation).await.0, 404, "{notation}");
    }
    assert_eq!(get("/contents/docs/a%20b.txt?ref=feature%2Fone").await.1["content"], "aGVsbG8=\n");
    let listed = get("/contents").await.1;
    assert_eq!((&listed[0]["name"], &listed[0]["type"]), (&"docs".into(), &"dir".into()));
    assert_eq!(get("/contents/none").await.0, 404);
    assert_eq!(get("/branches/one").await.0, 404);
    assert_eq!(call(&world, "GET", "/user", TOKEN, None).await.2["login"], "pipectl");
    assert_eq!(call(&world, "GET", "/rate_limit", TOKEN, None).await.0, 200);
    assert_eq!(call(&world, "GET", "/repos/../../etc", TOKEN, None).await.0, 404);
}
