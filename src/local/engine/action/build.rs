//! Builds: `AWS/CodeBuild/1`.

use std::collections::BTreeMap;

use super::PAUSE;
use super::bench::Bench;
use super::failure::misconfigured;
use crate::aws::build_start::{BuildStart, BuildVariable, BuildVariableKind};
use crate::aws::codebuild::{Build, Progress};
use crate::local::codebuild::{ArtifactPlace, BuildInputs, Handoff};
use crate::local::engine::machine::{External, Failure, Location, Success};

/// What was left for a build; it is withdrawn when the build is followed no longer.
struct Left<'a> {
    handoff: &'a Handoff,
    token: String,
}

impl Drop for Left<'_> {
    fn drop(&mut self) {
        self.handoff.withdraw(&self.token);
    }
}

/// Starts a build and follows it to its end.
pub(super) async fn run(bench: &Bench<'_>) -> Result<Success, Failure> {
    let handoff = &bench.task.engine.0.surroundings.handoff;
    let left = Left { handoff, token: handoff.leave(inputs(bench))? };
    let mut variables = given_variables(bench)?;
    variables.push(BuildVariable {
        name: Handoff::VARIABLE.to_owned(),
        value: left.token.clone(),
        kind: BuildVariableKind::Plaintext,
    });
    let start =
        BuildStart { project: bench.needed("ProjectName")?.to_owned(), variables, token: bench.order().id.to_string() };
    let id = bench.aws.start_build(&start).await?;
    let mut noted = External::default();
    loop {
        let build = bench
            .aws
            .builds(std::slice::from_ref(&id))
            .await?
            .into_iter()
            .next()
            .ok_or_else(|| Failure::new("JobFailed", format!("the build {id} is no more")))?;
        let external = external(bench, &build);
        if build.progress == Progress::Ended {
            return end(bench, &build, external).await;
        }
        if external != noted {
            bench.task.progress(external.clone());
            noted = external;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn inputs(bench: &Bench<'_>) -> BuildInputs {
    let order = bench.order();
    let place = |name: &str, location: &Location, revision: Option<&String>| ArtifactPlace {
        name: name.to_owned(),
        bucket: location.bucket.clone(),
        key: location.key.clone(),
        revision: revision.cloned(),
    };
    BuildInputs {
        pipeline: order.pipeline.clone(),
        inputs: order.inputs.iter().map(|input| place(&input.name, &input.taken, input.revision.as_ref())).collect(),
        primary_source: order.setting("PrimarySource").map(str::to_owned),
        outputs: order.outputs.iter().map(|output| place(&output.name, &output.location, None)).collect(),
        encryption_key: order.outputs.first().and_then(|output| output.encryption_key.clone()),
    }
}

/// The variables that the action's configuration gives, as JSON.
fn given_variables(bench: &Bench<'_>) -> Result<Vec<BuildVariable>, Failure> {
    match bench.order().setting("EnvironmentVariables") {
        None => Ok(Vec::new()),
        Some(text) => serde_json::from_str(text).map_err(|error| {
            misconfigured(format!("EnvironmentVariables is not a JSON list of names and values: {error}"))
        }),
    }
}

fn external(bench: &Bench<'_>, build: &Build) -> External {
    let environment = &bench.order().environment;
    External {
        url: Some(format!(
            "https://console.aws.amazon.com/codebuild/home?region={}#/builds/{}/view/new",
            environment.region, build.id
        )),
        log_stream: build.log.as_ref().map(|log| {
            format!(
                "arn:aws:logs:{}:{}:log-group:{}:log-stream:{}",
                environment.region, environment.account, log.group, log.stream
            )
        }),
        id: Some(build.id.clone()),
        summary: None,
        percent: None,
    }
}

async fn end(bench: &Bench<'_>, build: &Build, external: External) -> Result<Success, Failure> {
    if build.status != "SUCCEEDED" {
        let mut failure = Failure::new("JobFailed", cause(build));
        failure.external = Box::new(External { summary: Some(failure.error.message.clone()), ..external });
        return Err(failure);
    }
    let artifacts: BTreeMap<String, Location> =
        bench.order().outputs.iter().map(|output| (output.name.clone(), output.location.clone())).collect();
    let variables = bench.aws.exported_variables(&build.id).await?;
    Ok(Success { artifacts, variables, external, revision: None })
}

/// Why a build failed, as the service words it: the phase and what it says.
fn cause(build: &Build) -> String {
    let mut text = format!("Build terminated with state: {}.", build.status);
    let failed = build.phases.iter().find(|phase| phase.status.as_deref().is_some_and(|status| status != "SUCCEEDED"));
    if let Some(phase) = failed {
        text.push_str(&format!(" Phase: {}", phase.name));
        if let Some(context) = phase.contexts.first() {
            text.push_str(&format!(", Code: {}, Message: {}", context.code, context.message));
        }
    }
    text
}
