//! CodeBuild, as its client: what became of builds.

use std::collections::BTreeMap;

use aws_sdk_codebuild::types;
use jiff::Timestamp;

use super::time::timestamp;
use super::{Aws, Error, Result};

/// How many builds or projects the service describes at once.
const AT_ONCE: usize = 100;

/// A build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Its id, `<project>:<uuid>`.
    pub id: String,
    /// The project.
    pub project: String,
    /// The service's word, such as `IN_PROGRESS`, `SUCCEEDED`, `FAILED`, `FAULT`, `STOPPED` or `TIMED_OUT`.
    pub status: String,
    /// Whether it goes on.
    pub progress: Progress,
    /// The phase it is in.
    pub current_phase: Option<String>,
    /// Its phases so far, in order.
    pub phases: Vec<BuildPhase>,
    /// Where its log goes; unknown until the build has been placed on a machine.
    pub log: Option<LogStream>,
    /// When it began.
    pub started: Option<Timestamp>,
}

/// Whether a build goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It does.
    Running,
    /// It ended.
    Ended,
}

/// A phase of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildPhase {
    /// The service's word, such as `DOWNLOAD_SOURCE` or `BUILD`.
    pub name: String,
    /// The service's word; none while it runs.
    pub status: Option<String>,
    /// How long it took.
    pub seconds: Option<i64>,
    /// What the service says about it: the command that failed and its exit status.
    pub contexts: Vec<PhaseContext>,
}

/// What the service says about a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseContext {
    /// A code, such as `COMMAND_EXECUTION_ERROR`.
    pub code: String,
    /// A message, such as "Error while executing command: npm ci. Reason: exit status 1".
    pub message: String,
}

/// A stream of log events.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct LogStream {
    /// The group.
    pub group: String,
    /// The stream in the group.
    pub stream: String,
}

impl Aws {
    /// Reads builds by their ids; those that are no more are left out.
    pub async fn builds(&self, ids: &[String]) -> Result<Vec<Build>> {
        const OPERATION: &str = "codebuild:BatchGetBuilds";
        let client = aws_sdk_codebuild::Client::new(self.config());
        let mut builds = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            let answer =
                client.batch_get_builds().set_ids(Some(ids.to_vec())).send().await.map_err(Error::of(OPERATION))?;
            for build in answer.builds() {
                builds.push(read(OPERATION, build)?);
            }
        }
        Ok(builds)
    }
}

fn read(operation: &'static str, build: &types::Build) -> Result<Build> {
    let missing = |what| Error::Incomplete { operation, what };
    Ok(Build {
        id: build.id().ok_or_else(|| missing("build id"))?.to_owned(),
        project: build.project_name().ok_or_else(|| missing("project name"))?.to_owned(),
        status: build.build_status().map_or_else(String::new, |status| status.as_str().to_owned()),
        progress: if build.build_complete() { Progress::Ended } else { Progress::Running },
        current_phase: build.current_phase().map(str::to_owned),
        phases: build.phases().iter().map(phase).collect(),
        log: build.logs().and_then(|logs| {
            Some(LogStream { group: logs.group_name()?.to_owned(), stream: logs.stream_name()?.to_owned() })
        }),
        started: timestamp(build.start_time()),
    })
}

fn phase(phase: &types::BuildPhase) -> BuildPhase {
    BuildPhase {
        name: phase.phase_type().map_or_else(String::new, |name| name.as_str().to_owned()),
        status: phase.phase_status().map(|status| status.as_str().to_owned()),
        seconds: phase.duration_in_seconds(),
        contexts: phase
            .contexts()
            .iter()
            .map(|context| PhaseContext {
                code: context.status_code().unwrap_or_default().to_owned(),
                message: context.message().unwrap_or_default().to_owned(),
            })
            // A phase that went well has one empty context.
            .filter(|context| !context.message.is_empty())
            .collect(),
    }
}

/// A build project, as far as a definition decides over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// The image of its builds.
    pub image: String,
    /// The size of their machine, in the service's word, such as `BUILD_GENERAL1_SMALL`.
    pub compute: String,
    /// How long a build may take.
    pub timeout_minutes: Option<i32>,
    /// Environment variables.
    pub variables: BTreeMap<String, String>,
}

impl Aws {
    /// Reads build projects by their names; those that do not exist are left out.
    pub async fn build_projects(&self, names: &[String]) -> Result<Vec<Project>> {
        const OPERATION: &str = "codebuild:BatchGetProjects";
        let client = aws_sdk_codebuild::Client::new(self.config());
        let mut projects = Vec::new();
        for names in names.chunks(AT_ONCE) {
            let answer = client
                .batch_get_projects()
                .set_names(Some(names.to_vec()))
                .send()
                .await
                .map_err(Error::of(OPERATION))?;
            for project in answer.projects() {
                projects.push(read_project(OPERATION, project)?);
            }
        }
        Ok(projects)
    }
}

fn read_project(operation: &'static str, project: &types::Project) -> Result<Project> {
    let missing = |what| Error::Incomplete { operation, what };
    let environment = project.environment().ok_or_else(|| missing("environment"))?;
    Ok(Project {
        name: project.name().ok_or_else(|| missing("project name"))?.to_owned(),
        image: environment.image().to_owned(),
        compute: environment.compute_type().as_str().to_owned(),
        timeout_minutes: project.timeout_in_minutes(),
        variables: environment
            .environment_variables()
            .iter()
            .map(|variable| (variable.name().to_owned(), variable.value().to_owned()))
            .collect(),
    })
}
