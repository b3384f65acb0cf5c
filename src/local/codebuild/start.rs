//! From a call of `StartBuild` and a project to a build.

use camino::Utf8PathBuf;
use serde::Deserialize;

use super::handoff::{BuildInputs, Handoff};
use super::run::{BuildspecPlace, Origin, Variable};
use crate::aws::build_project::{
    BuildProject, ProjectArtifacts, ProjectCache, ProjectEnvironment, ProjectLog, ProjectSource, ProjectVariable,
};
use crate::local::Fault;

/// The shortest and the longest time that CodeBuild lets a build take, in minutes.
const TIMEOUT_MINUTES: std::ops::RangeInclusive<u32> = 5..=2160;

/// The file that holds the buildspec unless the project names another.
const DEFAULT_BUILDSPEC: &str = "buildspec.yml";

/// The parts of `StartBuild`'s input that have an effect here.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct StartBuild {
    pub(super) project_name: String,
    source_version: Option<String>,
    source_type_override: Option<String>,
    source_location_override: Option<String>,
    buildspec_override: Option<String>,
    artifacts_override: Option<ProjectArtifacts>,
    secondary_artifacts_override: Option<Vec<ProjectArtifacts>>,
    environment_variables_override: Vec<ProjectVariable>,
    environment_type_override: Option<String>,
    image_override: Option<String>,
    compute_type_override: Option<String>,
    privileged_mode_override: Option<bool>,
    cache_override: Option<ProjectCache>,
    pub(super) service_role_override: Option<String>,
    timeout_in_minutes_override: Option<u32>,
    encryption_key_override: Option<String>,
    logs_config_override: Option<LogsConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogsConfig {
    cloud_watch_logs: Option<ProjectLog>,
}

/// A build that may be started: the project with the call's overrides, and what the pipeline engine hands over.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) project: BuildProject,
    pub(super) handed: Option<BuildInputs>,
    pub(super) buildspec: BuildspecPlace,
    pub(super) variables: Vec<Variable>,
}

impl Wish {
    /// Applies a call to its project, and refuses what cannot be built here.
    pub(super) fn new(call: StartBuild, mut project: BuildProject, handoff: &Handoff) -> Result<Self, Fault> {
        let handed = apply(call, &mut project, handoff)?;
        let minutes = project.timeout_minutes;
        if !TIMEOUT_MINUTES.contains(&minutes) {
            return Err(invalid(format!("Invalid timeout: {minutes} minutes; it must be from 5 to 2160")));
        }
        let source = &project.source;
        match (source.kind.as_str(), &handed) {
            ("CODEPIPELINE", Some(inputs)) if inputs.primary().is_none() => {
                return Err(invalid("The action's primary source is none of its input artifacts".to_owned()));
            }
            ("CODEPIPELINE", Some(_)) | ("NO_SOURCE", _) => {}
            ("S3", _) if source.location.as_deref().and_then(bucket_and_key).is_some() => {}
            ("S3", _) => return Err(invalid("The source's location must be BUCKET/KEY of a zip file".to_owned())),
            ("CODEPIPELINE", None) => {
                return Err(invalid(format!(
                    "Project {} takes its source from CodePipeline: start the pipeline, or override the source",
                    project.name
                )));
            }
            (kind, _) => {
                return Err(invalid(format!(
                    "The local endpoint does not fetch sources of type {kind}; it knows CODEPIPELINE, S3 and NO_SOURCE"
                )));
            }
        }
        let buildspec = buildspec_place(source)?;
        let variables =
            project.environment.environment_variables.iter().map(read_variable).collect::<Result<_, _>>()?;
        Ok(Self { project, handed, buildspec, variables })
    }
}

fn read_variable(variable: &ProjectVariable) -> Result<Variable, Fault> {
    let origin = match variable.kind.as_str() {
        "PLAINTEXT" => Origin::Plain(variable.value.clone()),
        "PARAMETER_STORE" => Origin::Parameter(variable.value.clone()),
        "SECRETS_MANAGER" => Origin::Secret(variable.value.clone()),
        other => return Err(invalid(format!("Variable {} has the unknown type {other}", variable.name))),
    };
    Ok(Variable { name: variable.name.clone(), origin })
}

/// Replaces what the call overrides; a handoff's token is taken out of the variables.
fn apply(call: StartBuild, project: &mut BuildProject, handoff: &Handoff) -> Result<Option<BuildInputs>, Fault> {
    fn set<T>(target: &mut T, value: Option<T>) {
        if let Some(value) = value {
            *target = value;
        }
    }
    set(&mut project.source.kind, call.source_type_override);
    let (location, buildspec) = (call.source_location_override, call.buildspec_override);
    project.source.location = location.or(project.source.location.take());
    project.source.buildspec = buildspec.or(project.source.buildspec.take());
    project.source_version = call.source_version.or(project.source_version.take());
    set(&mut project.artifacts, call.artifacts_override);
    set(&mut project.secondary_artifacts, call.secondary_artifacts_override);
    set(&mut project.cache, call.cache_override);
    set(&mut project.service_role, call.service_role_override);
    set(&mut project.timeout_minutes, call.timeout_in_minutes_override);
    project.encryption_key = call.encryption_key_override.or(project.encryption_key.take());
    set(&mut project.log, call.logs_config_override.and_then(|config| config.cloud_watch_logs));
    let ProjectEnvironment { kind, image, compute_type, environment_variables, privileged_mode } =
        &mut project.environment;
    set(kind, call.environment_type_override);
    set(image, call.image_override);
    set(compute_type, call.compute_type_override);
    set(privileged_mode, call.privileged_mode_override);

    let mut handed = None;
    for variable in call.environment_variables_override {
        if variable.name == Handoff::VARIABLE {
            let found = handoff.find(&variable.value);
            handed = Some(found.ok_or_else(|| invalid("The pipeline's handoff has been withdrawn".to_owned()))?);
            // Whatever source the project has, an action's input artifacts take its place.
            project.source.kind = "CODEPIPELINE".to_owned();
            project.source.location = None;
            continue;
        }
        environment_variables.retain(|known| known.name != variable.name);
        environment_variables.push(variable);
    }
    Ok(handed)
}

/// Where the buildspec is: CodeBuild takes a text of several lines for the buildspec itself.
fn buildspec_place(source: &ProjectSource) -> Result<BuildspecPlace, Fault> {
    match source.buildspec.as_deref().map(str::trim_end) {
        Some(text) if text.contains('\n') || text.trim_start().starts_with(['{', '#']) => {
            Ok(BuildspecPlace::Inline(text.to_owned()))
        }
        Some(place) if place.starts_with("arn:") => {
            Err(invalid("The local endpoint does not read buildspecs from S3".to_owned()))
        }
        _ if source.kind == "NO_SOURCE" => {
            Err(invalid("A project without a source needs its buildspec inline".to_owned()))
        }
        Some(path) if !path.is_empty() => Ok(BuildspecPlace::File(Utf8PathBuf::from(path))),
        _ => Ok(BuildspecPlace::File(Utf8PathBuf::from(DEFAULT_BUILDSPEC))),
    }
}

/// Splits `BUCKET/KEY`.
pub(super) fn bucket_and_key(location: &str) -> Option<(&str, &str)> {
    let location = location.strip_prefix("arn:aws:s3:::").unwrap_or(location);
    location.split_once('/').filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty() && !key.ends_with('/'))
}

pub(super) fn invalid(message: String) -> Fault {
    Fault::client("InvalidInputException", message)
}
