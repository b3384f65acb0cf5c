//! The REST API below `/github/`: what pipectl calls, and what typical clients call first
//! (<https://docs.github.com/en/rest>).

mod answer;
mod contents;
mod registration;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use http::{Method, Request, Response};
use hyper::body::Incoming;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{Hub, payload, token};
use crate::git::{Commit, CommitId, Git, Signature};
use crate::id::Repository;
use crate::local::{Body, Pages};
use answer::{Answer, Refusal};

/// The pages below `/github/`.
#[derive(Debug, Clone)]
pub struct RestPages(pub Arc<Hub>);

impl Pages for RestPages {
    fn serve(&self, request: Request<Incoming>) -> BoxFuture<'_, Response<Body>> {
        Box::pin(async move {
            let Some(token) = token::presented(request.headers())
                .and_then(|presented| token::find(&self.0.settings.tokens, &presented))
                .cloned()
            else {
                return Refusal::BadCredentials.into_response(None);
            };
            let result = if token.has_any(&["repo"]) || !is_about_repository(request.uri().path()) {
                self.answer(&token, request).await
            } else {
                Err(Refusal::NotFound)
            };
            result.map_or_else(|refusal| refusal.into_response(Some(&token)), |answer| answer.into_response(&token))
        })
    }
}

/// A request for something of a repository.
struct Wish {
    repository: Repository,
    git: Git,
    /// The decoded path after the repository, such as `branches/feature/one`.
    path: String,
    /// The query, undecoded.
    query: String,
}

impl RestPages {
    async fn answer(&self, token: &token::Token, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let path = decoded(request.uri().path().strip_prefix("/github").unwrap_or(request.uri().path()));
        match (request.method(), path.as_str()) {
            (&Method::GET, "/user") => return Ok(Answer::json(payload::user_description(&self.0))),
            (&Method::GET, "/rate_limit") => return Ok(Answer::json(rate_limit())),
            _ => {}
        }
        let rest = path.strip_prefix("/repos/").ok_or(Refusal::NotFound)?;
        let mut parts = rest.splitn(3, '/');
        let (Some(owner), Some(name)) = (parts.next(), parts.next()) else {
            return Err(Refusal::NotFound);
        };
        let repository: Repository = format!("{owner}/{name}").parse().map_err(|_| Refusal::NotFound)?;
        let git = self.0.repository(&repository).ok_or(Refusal::NotFound)?;
        let query = request.uri().query().unwrap_or_default().to_owned();
        let wish = Wish { repository, git, path: parts.next().unwrap_or_default().to_owned(), query };
        if wish.path == "hooks" || wish.path.starts_with("hooks/") {
            return self.hooks(token, &wish, request).await;
        }
        if request.method() != Method::GET {
            return Err(Refusal::NotFound);
        }
        self.read(&wish, request.headers()).await
    }

    async fn read(&self, wish: &Wish, headers: &http::HeaderMap) -> Result<Answer, Refusal> {
        if wish.path.is_empty() {
            let mut facts = payload::repository_description(&self.0, &wish.repository, &wish.git).await?;
            facts["permissions"] = json!({"admin": true, "maintain": true, "push": true, "triage": true, "pull": true});
            return Ok(Answer::json(facts));
        }
        if let Some(branch) = wish.path.strip_prefix("branches/") {
            let commit = self.commit(wish, &format!("refs/heads/{branch}")).await?;
            return Ok(Answer::json(json!({
                "name": branch,
                "commit": self.commit_description(wish, &commit),
                "protected": false,
            })));
        }
        if let Some(reference) = wish.path.strip_prefix("git/ref/") {
            let commit = self.commit(wish, &format!("refs/{reference}")).await?;
            return Ok(Answer::json(json!({
                "ref": format!("refs/{reference}"),
                "url": self.url(wish, &format!("git/refs/{reference}")),
                "object": {"type": "commit", "sha": commit.id.as_str(), "url": self.url(wish, &format!("git/commits/{}", commit.id))},
            })));
        }
        if let Some(reference) = wish.path.strip_prefix("commits/") {
            let commit = self.commit_named(wish, reference).await?;
            return Ok(Answer::json(self.commit_description(wish, &commit)));
        }
        if wish.path == "contents" || wish.path.starts_with("contents/") {
            return self.contents(wish, headers).await;
        }
        Err(Refusal::NotFound)
    }

    /// Finds the commit that a name means to GitHub: a branch, a tag or a commit's id.
    async fn commit_id(&self, wish: &Wish, name: &str) -> Result<CommitId, Refusal> {
        let short = name.strip_prefix("refs/").unwrap_or(name);
        let mut candidates: Vec<String> = ["heads/", "tags/", ""].map(|kind| format!("refs/{kind}{short}")).into();
        if name == "HEAD" || name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            candidates.push(name.to_owned());
        }
        for candidate in candidates {
            if let Some(commit) = self.named(wish, &candidate).await? {
                return Ok(commit);
            }
        }
        Err(Refusal::NotFound)
    }

    /// Finds the commit of a reference. Git's notations, such as `main~2`, mean nothing to GitHub.
    async fn named(&self, wish: &Wish, reference: &str) -> Result<Option<CommitId>, Refusal> {
        let is_notation = reference.contains(['~', '^', ':', '?', '*', '[', '\\'])
            || reference.contains("@{")
            || reference.contains("..");
        if is_notation { Ok(None) } else { Ok(wish.git.commit_of(reference).await?) }
    }

    async fn commit_named(&self, wish: &Wish, name: &str) -> Result<Commit, Refusal> {
        let id = self.commit_id(wish, name).await?;
        wish.git.describe(&id).await?.ok_or(Refusal::NotFound)
    }

    async fn commit(&self, wish: &Wish, reference: &str) -> Result<Commit, Refusal> {
        let id = self.named(wish, reference).await?.ok_or(Refusal::NotFound)?;
        wish.git.describe(&id).await?.ok_or(Refusal::NotFound)
    }

    fn commit_description(&self, wish: &Wish, commit: &Commit) -> Value {
        let person =
            |signature: &Signature| json!({"name": signature.name, "email": signature.email, "date": signature.date});
        let parents: Vec<Value> = commit
            .parents
            .iter()
            .map(|parent| json!({"sha": parent, "url": self.url(wish, &format!("commits/{parent}"))}))
            .collect();
        json!({
            "sha": commit.id.as_str(),
            "url": self.url(wish, &format!("commits/{}", commit.id)),
            "commit": {
                "message": commit.message,
                "author": person(&commit.author),
                "committer": person(&commit.committer),
                "tree": {"sha": commit.tree, "url": self.url(wish, &format!("git/trees/{}", commit.tree))},
            },
            "author": null,
            "committer": null,
            "parents": parents,
        })
    }

    fn url(&self, wish: &Wish, rest: &str) -> String {
        format!("{}/repos/{}/{rest}", self.0.api_url(), wish.repository)
    }
}

fn is_about_repository(path: &str) -> bool {
    path.contains("/repos/")
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The answer of GitHub's rate limit: there is none here.
fn rate_limit() -> Value {
    let resource =
        json!({"limit": 5000, "used": 0, "remaining": 5000, "reset": jiff::Timestamp::now().as_second() + 3600});
    json!({"resources": {"core": resource, "search": resource}, "rate": resource})
}
