//! The source is there, and can be read by what the pipeline reads it with.

use super::{Findings, Subject};
use crate::aws::Aws;
use crate::aws::connections::ConnectionStatus;
use crate::aws::s3::Versioning;
use crate::aws::secrets::SecretContent;
use crate::definition::Source;
use crate::event::Events;
use crate::github::GitHub;
use crate::id::{Repository, Secret};

/// Checks the definition's source.
pub(super) async fn check(aws: &Aws, subject: Subject<'_>, github_api: &str, events: &Events, findings: &mut Findings) {
    match &subject.definition.source {
        Source::GitHub { repository, branch, token_secret } => {
            if let Some(token) = token(subject, token_secret, findings) {
                match GitHub::connect(token, token_secret, Some(github_api)) {
                    Ok(github) => check_repository(&github, subject, repository, branch, events, findings).await,
                    Err(error) => findings.failed("token", &error),
                }
            }
        }
        Source::Connection { connection, .. } => check_connection(aws, subject, connection, findings).await,
        Source::S3 { bucket, .. } => check_bucket(aws, bucket, findings).await,
    }
}

/// The token, if the secret holds one: one line of plain text.
fn token<'a>(subject: Subject<'a>, name: &str, findings: &mut Findings) -> Option<&'a Secret> {
    let store = |verb: &str| {
        vec![format!(
            "`aws secretsmanager {verb} --secret-string \"$GITHUB_TOKEN\"` stores the token itself, as plain text, with \
             the scopes `repo` and `admin:repo_hook` (https://github.com/settings/tokens/new)"
        )]
    };
    let Some(secret) = subject.secret else {
        findings.unready(
            "token",
            format!("there is no secret `{name}` in {}", subject.environment),
            store(&format!("create-secret --region {} --name {name}", subject.environment.region)),
        );
        return None;
    };
    let put = store(&format!("put-secret-value --region {} --secret-id {name}", subject.environment.region));
    let problem = match &secret.content {
        SecretContent::Binary => "holds bytes, not a text",
        SecretContent::Text(token) => match token.expose() {
            "" => "is empty",
            text if text.trim_start().starts_with('{') => "holds a JSON document, not the token alone",
            text if text.contains(char::is_whitespace) => {
                "holds white space or a line break, which is no part of a token"
            }
            _ => return Some(token),
        },
    };
    findings.unready("token", format!("the secret `{name}` {problem}"), put);
    None
}

async fn check_repository(
    github: &GitHub,
    subject: Subject<'_>,
    repository: &Repository,
    branch: &str,
    events: &Events,
    findings: &mut Findings,
) {
    if let Err(error) = github.check_source(repository, branch).await {
        findings.failed("source", &error);
        return;
    }
    let reverts = vec![format!("`git push` the definition to `{branch}` of `{repository}`")];
    match github.file(repository, branch, subject.file).await {
        Ok(Some(text)) if text == subject.text => {}
        Ok(Some(_)) => events.warning(
            format!("`{}` on `{branch}` is another than the one being deployed: the next run reverts it", subject.file),
            reverts,
        ),
        Ok(None) => {
            events.warning(
                format!("`{branch}` of `{repository}` holds no `{}`: builds will fail", subject.file),
                reverts,
            );
        }
        Err(error) => findings.failed("source", &error),
    }
}

async fn check_connection(aws: &Aws, subject: Subject<'_>, connection: &str, findings: &mut Findings) {
    let region = &subject.environment.region;
    let console = format!("https://{region}.console.aws.amazon.com/codesuite/settings/connections?region={region}");
    match aws.connection_status(connection).await {
        Ok(Some(ConnectionStatus::Available)) => {}
        Ok(Some(ConnectionStatus::Pending)) => findings.unready(
            "connection",
            format!("the connection `{connection}` waits for someone to finish it"),
            vec![format!(
                "{console}: choose the connection, then `Update pending connection`; then run the same command again"
            )],
        ),
        Ok(Some(ConnectionStatus::Failed)) => findings.unready(
            "connection",
            format!("the connection `{connection}` failed"),
            vec![format!(
                "{console}: make a new connection, finish its handshake there, and name its ARN in `source.connection`"
            )],
        ),
        Ok(None) => findings.unready(
            "connection",
            format!("there is no connection `{connection}`"),
            vec![format!("{console} shows the connections and their ARNs")],
        ),
        Err(error) => findings.failed("connection", &error),
    }
}

async fn check_bucket(aws: &Aws, bucket: &str, findings: &mut Findings) {
    let missing = |error: &crate::aws::Error| matches!(error.code(), Some("NoSuchBucket" | "NotFound"));
    match aws.storage().versioning(bucket).await {
        Ok(Versioning::Enabled) => {}
        Ok(_) => findings.unready(
            "bucket",
            format!("the bucket `{bucket}` keeps no versions, which CodePipeline needs of a source"),
            vec![format!(
                "`aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled`"
            )],
        ),
        Err(error) if missing(&error) => findings.unready(
            "bucket",
            format!("there is no bucket `{bucket}`"),
            vec![format!("`aws s3 mb s3://{bucket}`, or name another in `source.s3`")],
        ),
        Err(error) => findings.failed("bucket", &error),
    }
}
