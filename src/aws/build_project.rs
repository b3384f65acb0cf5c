//! CodeBuild projects in full, for whoever runs their builds.
//!
//! The types are serialised in the form of CodeBuild's JSON protocol, in which builds repeat their project's parts.

use aws_sdk_codebuild::types;
use serde::{Deserialize, Serialize};

use super::{Aws, Error, Result};

/// A build project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuildProject {
    /// Its name.
    pub name: String,
    /// The source.
    pub source: ProjectSource,
    /// The version of the source.
    pub source_version: Option<String>,
    /// What builds give out.
    pub artifacts: ProjectArtifacts,
    /// What builds give out besides.
    pub secondary_artifacts: Vec<ProjectArtifacts>,
    /// What builds find again.
    pub cache: ProjectCache,
    /// Where builds run.
    pub environment: ProjectEnvironment,
    /// The role of builds.
    pub service_role: String,
    /// How long a build may take.
    pub timeout_minutes: u32,
    /// Where builds log.
    pub log: ProjectLog,
    /// The KMS key of what builds give out.
    pub encryption_key: Option<String>,
    /// How many builds may run at once.
    pub concurrent_builds: Option<u32>,
}

/// Where a build's source comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectSource {
    /// The kind, such as `CODEPIPELINE`, `S3` or `NO_SOURCE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The place, in a form that depends on the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The buildspec: its text, or its path in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buildspec: Option<String>,
}

/// Where an artifact of a build goes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectArtifacts {
    /// The kind: `CODEPIPELINE`, `S3` or `NO_ARTIFACTS`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The beginning of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The end of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `BUILD_ID` when the build's id is a part of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace_type: Option<String>,
    /// `ZIP` for one archive; anything else for the files as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packaging: Option<String>,
    /// The identifier of a secondary artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_identifier: Option<String>,
    /// The buildspec's name for the artifact replaces this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_artifact_name: Option<bool>,
}

/// What builds find again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectCache {
    /// The kind: `NO_CACHE`, `S3` or `LOCAL`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The place, in a form that depends on the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Where builds run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectEnvironment {
    /// The kind, such as `LINUX_CONTAINER`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The image.
    pub image: String,
    /// The size of the machine, such as `BUILD_GENERAL1_SMALL`.
    pub compute_type: String,
    /// The variables.
    #[serde(default)]
    pub environment_variables: Vec<ProjectVariable>,
    /// The build may use Docker.
    #[serde(default)]
    pub privileged_mode: bool,
}

/// A variable of builds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectVariable {
    /// The name.
    pub name: String,
    /// The value, or the name of the parameter or secret that holds it.
    pub value: String,
    /// `PLAINTEXT`, `PARAMETER_STORE` or `SECRETS_MANAGER`.
    #[serde(rename = "type", default = "plain_text")]
    pub kind: String,
}

fn plain_text() -> String {
    "PLAINTEXT".to_owned()
}

/// Where builds log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectLog {
    /// `ENABLED` or `DISABLED`.
    pub status: String,
    /// The group; without one it is named after the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// The beginning of the streams' names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_name: Option<String>,
}

impl Aws {
    /// Reads a build project; `None` when there is none.
    pub async fn build_project(&self, name: &str) -> Result<Option<BuildProject>> {
        const OPERATION: &str = "codebuild:BatchGetProjects";
        let client = aws_sdk_codebuild::Client::new(self.config());
        let answer = client.batch_get_projects().names(name).send().await.map_err(Error::of(OPERATION))?;
        answer.projects().first().map(|project| read(OPERATION, project)).transpose()
    }
}

fn read(operation: &'static str, project: &types::Project) -> Result<BuildProject> {
    let missing = |what| Error::Incomplete { operation, what };
    let environment = project.environment().ok_or_else(|| missing("environment"))?;
    let source = project.source().ok_or_else(|| missing("source"))?;
    let positive = |number: Option<i32>| number.and_then(|number| u32::try_from(number).ok());
    Ok(BuildProject {
        name: project.name().ok_or_else(|| missing("project name"))?.to_owned(),
        source: ProjectSource {
            kind: source.r#type().as_str().to_owned(),
            location: text(source.location()),
            buildspec: text(source.buildspec()),
        },
        source_version: text(project.source_version()),
        artifacts: artifacts(project.artifacts().ok_or_else(|| missing("artifacts"))?),
        secondary_artifacts: project.secondary_artifacts().iter().map(artifacts).collect(),
        cache: project.cache().map_or_else(
            || ProjectCache { kind: "NO_CACHE".to_owned(), location: None },
            |cache| ProjectCache { kind: cache.r#type().as_str().to_owned(), location: text(cache.location()) },
        ),
        environment: ProjectEnvironment {
            kind: environment.r#type().as_str().to_owned(),
            image: environment.image().to_owned(),
            compute_type: environment.compute_type().as_str().to_owned(),
            environment_variables: environment.environment_variables().iter().map(variable).collect(),
            privileged_mode: environment.privileged_mode().unwrap_or_default(),
        },
        service_role: project.service_role().ok_or_else(|| missing("service role"))?.to_owned(),
        timeout_minutes: positive(project.timeout_in_minutes()).unwrap_or(DEFAULT_TIMEOUT_MINUTES),
        log: log(project.logs_config().and_then(types::LogsConfig::cloud_watch_logs)),
        encryption_key: text(project.encryption_key()),
        concurrent_builds: positive(project.concurrent_build_limit()),
    })
}

/// How long a build may take unless its project says otherwise.
const DEFAULT_TIMEOUT_MINUTES: u32 = 60;

fn artifacts(artifacts: &types::ProjectArtifacts) -> ProjectArtifacts {
    ProjectArtifacts {
        kind: artifacts.r#type().as_str().to_owned(),
        location: text(artifacts.location()),
        path: text(artifacts.path()),
        name: text(artifacts.name()),
        namespace_type: artifacts.namespace_type().map(|kind| kind.as_str().to_owned()),
        packaging: artifacts.packaging().map(|packaging| packaging.as_str().to_owned()),
        artifact_identifier: text(artifacts.artifact_identifier()),
        override_artifact_name: artifacts.override_artifact_name(),
    }
}

fn variable(variable: &types::EnvironmentVariable) -> ProjectVariable {
    ProjectVariable {
        name: variable.name().to_owned(),
        value: variable.value().to_owned(),
        kind: variable.r#type().map_or_else(plain_text, |kind| kind.as_str().to_owned()),
    }
}

fn log(config: Option<&types::CloudWatchLogsConfig>) -> ProjectLog {
    config.map_or_else(
        || ProjectLog { status: "ENABLED".to_owned(), group_name: None, stream_name: None },
        |config| ProjectLog {
            status: config.status().as_str().to_owned(),
            group_name: text(config.group_name()),
            stream_name: text(config.stream_name()),
        },
    )
}

/// A text that says something.
fn text(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}
