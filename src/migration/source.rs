//! The source of the old pipeline.

use serde_json::Value;

use super::old::{OldAction, OldPipeline, Work};
use super::remark::{FILL_IN, Remarks};
use super::triggers::triggers;
use crate::definition::{BRANCH, CommentPlace, Source, TOKEN_SECRET, Triggers};
use crate::id::Repository;

const PLACE: CommentPlace = CommentPlace::Source;

/// The main source as the definition names it. What cannot be named is a placeholder.
pub(super) fn source(old: &OldPipeline<'_>, remarks: &mut Remarks) -> Source {
    let main = old.main_source();
    for other in old.actions().filter(|action| action.work == Work::Source) {
        if main.is_none_or(|main| main.name != other.name) {
            remarks.lost(
                &PLACE,
                format!("the source {}: a pipeline has one source", describe(old, other)),
                "clone it by a command where it is needed, or make it a submodule",
            );
        }
    }
    let Some(main) = main else {
        return placeholder("the source of the synthesis was not found", remarks);
    };
    let triggers = triggers(old, main, remarks);
    match main.provider {
        "GitHub" => github(old, main, remarks),
        "CodeStarSourceConnection" => connection(old, main, triggers, remarks),
        "S3" => s3(old, main, remarks),
        _ => placeholder(&format!("the source was {}, which pipectl does not follow", describe(old, main)), remarks),
    }
}

/// A source in words.
pub(super) fn describe(old: &OldPipeline<'_>, action: &OldAction<'_>) -> String {
    let member = |key| old.resolver.member(action.configuration, key).text;
    match action.provider {
        "GitHub" => format!("`{}/{}`", member("Owner"), member("Repo")),
        "CodeStarSourceConnection" => format!("`{}`", member("FullRepositoryId")),
        "S3" => format!("`s3://{}/{}`", member("S3Bucket"), member("S3ObjectKey")),
        "CodeCommit" => format!("the CodeCommit repository `{}`", member("RepositoryName")),
        "ECR" => format!("the ECR repository `{}`", member("RepositoryName")),
        provider => format!("`{}` ({provider})", action.name),
    }
}

fn placeholder(why: &str, remarks: &mut Remarks) -> Source {
    remarks.fill_in(
        &PLACE,
        why,
        "move the source to GitHub and name it here, or use `[source.connection]` or `[source.s3]`",
    );
    Source::GitHub { repository: unnamed(), branch: BRANCH.to_owned(), token_secret: TOKEN_SECRET.to_owned() }
}

fn github(old: &OldPipeline<'_>, action: &OldAction<'_>, remarks: &mut Remarks) -> Source {
    let member = |key| old.resolver.member(action.configuration, key).text;
    let name = format!("{}/{}", member("Owner"), member("Repo"));
    let is_polled = match &action.configuration["PollForSourceChanges"] {
        Value::String(text) => text != "false",
        other => *other != Value::Bool(false),
    };
    let has_webhook = || {
        let webhooks = old.resolver.template.resources().map(|(_, resource)| resource);
        let webhooks = webhooks.filter(|resource| resource["Type"] == "AWS::CodePipeline::Webhook");
        webhooks.map(|webhook| &webhook["Properties"]["TargetAction"]).any(|target| *target == *action.name)
    };
    if is_polled {
        remarks.changed(&PLACE, "GitHub was asked for changes again and again; now it tells of a push by a webhook");
    } else if !has_webhook() {
        remarks.changed(&PLACE, "the pipeline was started by hand; now each push starts it");
    }
    let token = old.resolver.member(action.configuration, "OAuthToken").known();
    Source::GitHub {
        repository: repository(&name, remarks),
        branch: branch(&member("Branch"), remarks),
        token_secret: token_secret(token.as_deref(), remarks),
    }
}

fn connection(old: &OldPipeline<'_>, action: &OldAction<'_>, triggers: Triggers, remarks: &mut Remarks) -> Source {
    let member = |key| old.resolver.member(action.configuration, key);
    let text = |key| action.configuration[key].to_string().trim_matches('"').to_owned();
    if text("OutputArtifactFormat") == "CODEBUILD_CLONE_REF" {
        remarks.lost(
            &PLACE,
            "the builds cloned the whole repository (`codeBuildCloneOutput`); now they get the commit's files alone",
            "where a command needs the history, clone the repository there",
        );
    }
    if text("DetectChanges") == "false" && triggers == Triggers::default() {
        remarks.changed(&PLACE, "the pipeline was started by hand (`triggerOnPush: false`); now each push starts it");
    }
    let arn = member("ConnectionArn");
    let connection = match arn.clone().known() {
        Some(arn) => arn,
        None => {
            remarks.fill_in(
                &PLACE,
                format!("the ARN of the connection, {} of the old pipeline stack", arn.unknown.join(", ")),
                "`aws codestar-connections list-connections` shows it; keep the connection when the old stack goes",
            );
            format!("arn:aws:codeconnections:REGION:ACCOUNT:connection/{FILL_IN}")
        }
    };
    Source::Connection {
        connection,
        repository: repository(&member("FullRepositoryId").text, remarks),
        branch: branch(&member("BranchName").text, remarks),
        triggers,
    }
}

fn s3(old: &OldPipeline<'_>, action: &OldAction<'_>, remarks: &mut Remarks) -> Source {
    let member = |key| old.resolver.member(action.configuration, key);
    let bucket = match member("S3Bucket").clone().known() {
        Some(bucket) => bucket,
        None => {
            let unknown = member("S3Bucket").unknown.join(", ");
            remarks.fill_in(
                &PLACE,
                format!("the name of the bucket, {unknown} of the old pipeline stack"),
                "keep the bucket when the old stack goes: it may be deleted with it",
            );
            FILL_IN.to_lowercase()
        }
    };
    Source::S3 { bucket, key: member("S3ObjectKey").text }
}

fn repository(name: &str, remarks: &mut Remarks) -> Repository {
    name.parse().unwrap_or_else(|_| {
        remarks.fill_in(&PLACE, format!("the repository was `{name}`"), "pipectl takes `OWNER/NAME` alone");
        unnamed()
    })
}

fn unnamed() -> Repository {
    format!("{FILL_IN}/{FILL_IN}").parse().expect("the placeholder is a repository's name")
}

fn branch(name: &str, remarks: &mut Remarks) -> String {
    if name.is_empty() || name.contains(FILL_IN) {
        remarks.fill_in(&PLACE, "the branch is not known before the old stack is deployed", "name it as `branch`");
        return BRANCH.to_owned();
    }
    name.strip_prefix("refs/heads/").unwrap_or(name).to_owned()
}

/// The name of the secret that a dynamic reference names. A token itself is never taken.
fn token_secret(token: Option<&str>, remarks: &mut Remarks) -> String {
    let reference = token.and_then(|token| token.strip_prefix("{{resolve:secretsmanager:")?.strip_suffix("}}"));
    // Between the name, which may be an ARN, and the member of a JSON secret stands `:SecretString:`.
    let Some((secret, rest)) =
        reference.map(|reference| reference.split_once(":SecretString").unwrap_or((reference, "")))
    else {
        remarks.fill_in(
            &PLACE,
            "the old pipeline takes the token from elsewhere than Secrets Manager",
            format!("`aws secretsmanager create-secret --name {TOKEN_SECRET} --secret-string \"$GITHUB_TOKEN\"` puts it there"),
        );
        return TOKEN_SECRET.to_owned();
    };
    let name = secret_name(secret);
    let member = rest.trim_start_matches(':').split(':').next().unwrap_or_default();
    if member.is_empty() {
        return name;
    }
    let own = if name == TOKEN_SECRET { format!("{TOKEN_SECRET}-plain") } else { TOKEN_SECRET.to_owned() };
    remarks.fill_in(
        &PLACE,
        format!(
            "the token is the member `{member}` of the secret `{name}`; pipectl reads a secret that is the token alone"
        ),
        format!(
            "`aws secretsmanager create-secret --name {own} --secret-string \"$(aws secretsmanager get-secret-value \
             --secret-id {name} --query SecretString --output text | jq --raw-output .{member})\"` makes one"
        ),
    );
    own
}

/// The name of a secret, of which an ARN has six more characters at its end.
fn secret_name(secret: &str) -> String {
    match secret.split(":secret:").nth(1) {
        Some(name) => match name.rsplit_once('-') {
            Some((name, suffix)) if suffix.len() == 6 => name.to_owned(),
            _ => name.to_owned(),
        },
        None => secret.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_named_and_tokens_are_not_taken() {
        let secret = |token: &str| {
            let mut remarks = Remarks::default();
            let name = token_secret(Some(token), &mut remarks);
            let remarks = remarks.in_order(&[]);
            (name, remarks.into_iter().map(|remark| remark.message).collect::<Vec<_>>().join(" "))
        };
        let plain = "{{resolve:secretsmanager:my/token:SecretString:::}}";
        assert_eq!(secret(plain), ("my/token".to_owned(), String::new()));
        let arn =
            "{{resolve:secretsmanager:arn:aws:secretsmanager:us-east-1:111111111111:secret:gh-AbCdEf:SecretString:::}}";
        assert_eq!(secret(arn), ("gh".to_owned(), String::new()));
        let (name, remark) = secret("{{resolve:secretsmanager:github-token:SecretString:tok::}}");
        assert_eq!(name, "github-token-plain");
        assert!(remark.contains("member `tok`"), "{remark}");
        let (name, remark) = secret("hunter2");
        assert!(name == TOKEN_SECRET && !remark.contains("hunter2"), "{remark}");
    }
}
