//! Sources from Git: `ThirdParty/GitHub/1` and `AWS/CodeStarSourceConnection/1`. Both read the endpoint's own Git.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::bench::Bench;
use super::failure::{failed, misconfigured};
use crate::git::{CommitId, Git};
use crate::id::Repository;
use crate::local::Caller;
use crate::local::engine::machine::{External, Failure, Revision, RevisionKind, Success};

/// What Git knows of a commit.
struct Commit {
    id: CommitId,
    author: String,
    email: String,
    authored: String,
    committed: String,
    message: String,
}

/// Reads a branch with an OAuth token.
pub(super) async fn github(bench: &Bench<'_>) -> Result<Success, Failure> {
    let repository = repository(&format!("{}/{}", bench.needed("Owner")?, bench.needed("Repo")?))?;
    let repositories = &bench.task.engine.0.surroundings.repositories;
    let is_accepted = bench.task.secret.as_ref().is_some_and(|token| repositories.accepts(token));
    if !is_accepted {
        return Err(Failure::new(
            "PermissionError",
            format!(
                "Could not access the GitHub repository {repository}. The access token might be invalid or has been \
                 revoked: on the local endpoint it must be the one that the endpoint's GitHub hands out"
            ),
        ));
    }
    let branch = bench.needed("Branch")?;
    let (git, commit) = find(bench, &repository, branch).await?;
    let url = format!("https://github.com/{repository}/commit/{}", commit.id);
    let variables = [
        ("AuthorDate", commit.authored.clone()),
        ("BranchName", branch.to_owned()),
        ("CommitId", commit.id.to_string()),
        ("CommitMessage", commit.message.clone()),
        ("CommitUrl", url.clone()),
        ("CommitterDate", commit.committed.clone()),
        ("RepositoryName", repository.name().to_owned()),
    ];
    hand_over(bench, &git, commit, Some(url), variables).await
}

/// Reads a branch through a connection, which the action's role must be allowed to use.
pub(super) async fn connection(bench: &Bench<'_>) -> Result<Success, Failure> {
    let arn = bench.needed("ConnectionArn")?;
    let name = bench.needed("FullRepositoryId")?;
    let repository = repository(name)?;
    let connection = bench
        .task
        .engine
        .connection(arn)
        .ok_or_else(|| misconfigured(format!("Connection {arn} is not available: there is no such connection")))?;
    check_use(bench, arn, name).await?;
    let branch = bench.needed("BranchName")?;
    let (git, commit) = find(bench, &repository, branch).await?;
    let variables = [
        ("AuthorDate", commit.authored.clone()),
        ("AuthorDisplayName", commit.author.clone()),
        ("AuthorEmail", commit.email.clone()),
        ("BranchName", branch.to_owned()),
        ("CommitId", commit.id.to_string()),
        ("CommitMessage", commit.message.clone()),
        ("ConnectionArn", arn.to_owned()),
        ("FullRepositoryName", repository.to_string()),
        ("ProviderType", connection.provider.unwrap_or_else(|| "GitHub".to_owned())),
    ];
    hand_over(bench, &git, commit, None, variables).await
}

async fn check_use(bench: &Bench<'_>, connection: &str, repository: &str) -> Result<(), Failure> {
    let order = bench.order();
    let caller = Caller {
        account: order.environment.account.clone(),
        arn: order.action.role_arn.clone().unwrap_or_else(|| order.pipeline_role.clone()),
        access_key: bench.aws.access_key().await?,
    };
    // The service was renamed; policies of either name count.
    let mut refused = None;
    for service in ["codestar-connections", "codeconnections"] {
        let key = format!("{service}:FullRepositoryId");
        let context = [(key.as_str(), repository.to_owned())];
        let answer = bench
            .task
            .engine
            .0
            .surroundings
            .authority
            .authorize(&caller, &format!("{service}:UseConnection"), connection, &order.environment.region, &context)
            .await;
        match answer {
            Ok(()) => return Ok(()),
            Err(fault) => refused = refused.or(Some(fault)),
        }
    }
    refused.map_or(Ok(()), |fault| Err(fault.into()))
}

fn repository(name: &str) -> Result<Repository, Failure> {
    name.parse().map_err(|error: crate::id::IdentifierError| misconfigured(error.to_string()))
}

/// Finds the commit that was asked for, else the branch's newest.
async fn find(bench: &Bench<'_>, repository: &Repository, branch: &str) -> Result<(Git, Commit), Failure> {
    let git = bench.task.engine.0.surroundings.repositories.repository(repository).ok_or_else(|| {
        misconfigured(format!(
            "Either the GitHub repository \"{repository}\" does not exist, or the access token has insufficient \
             permissions to access the repository. The local endpoint has it after the first push to it"
        ))
    })?;
    let revision = match &bench.order().source_override {
        None => format!("refs/heads/{branch}"),
        Some(wanted) if wanted.revision_type == RevisionKind::CommitId => wanted.revision_value.clone(),
        Some(_) => return Err(misconfigured("a Git source takes only a revision of type COMMIT_ID")),
    };
    let id = git.commit_of(&revision).await?.ok_or_else(|| match &bench.order().source_override {
        None => failed(format!("No branch `{branch}` was found in repository `{repository}`")),
        Some(_) => failed(format!("No commit `{revision}` was found in repository `{repository}`")),
    })?;
    let format = "--format=%an%x00%ae%x00%aI%x00%cI%x00%B";
    let finished = git.command(["log", "-1", format, id.as_str()]).succeed().await?;
    let text = finished.text();
    let mut parts = text.splitn(5, '\0').map(|part| part.trim().to_owned());
    let mut next = || parts.next().unwrap_or_default();
    let commit = Commit { author: next(), email: next(), authored: next(), committed: next(), message: next(), id };
    Ok((git, commit))
}

async fn hand_over(
    bench: &Bench<'_>,
    git: &Git,
    commit: Commit,
    url: Option<String>,
    variables: impl IntoIterator<Item = (&'static str, String)>,
) -> Result<Success, Failure> {
    let output = bench.output().ok_or_else(|| misconfigured("a source action makes one artifact"))?;
    let archive = bench.path("source.zip")?;
    git.archive(&commit.id, &archive).await?;
    let artifact = bench.put(output, &archive).await?;
    // A variable that has no value could not be told from one that is not there.
    let variables: BTreeMap<String, String> = variables
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Ok(Success {
        artifacts: BTreeMap::from([artifact]),
        variables,
        external: External {
            id: Some(commit.id.to_string()),
            url: url.clone(),
            summary: commit.message.lines().next().map(str::to_owned),
            ..External::default()
        },
        revision: Some(Revision {
            action: bench.order().action.name.clone(),
            artifact: output.name.clone(),
            id: commit.id.to_string(),
            summary: Some(commit.message.chars().take(2048).collect()),
            url,
            created: commit.committed.parse::<Timestamp>().ok(),
        }),
    })
}
