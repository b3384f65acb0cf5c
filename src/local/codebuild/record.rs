//! The record of a build, in the form of CodeBuild's JSON protocol.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::run::{FoundReport, Moment, PhaseFailure, PhaseRecord, PhaseType, Status, Step};
use crate::aws::build_project::{ProjectCache, ProjectEnvironment, ProjectLog, ProjectSource};
use crate::id::{AccountId, Region};

/// A build as the API shows it (`Build` in CodeBuild's API reference).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Build {
    /// `<project>:<uuid>`.
    pub id: String,
    /// The ARN.
    pub arn: String,
    /// The number within the project.
    pub build_number: u64,
    /// When it was asked for.
    pub start_time: Moment,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Moment>,
    /// The phase it is in.
    pub current_phase: PhaseType,
    /// How it stands.
    pub build_status: Status,
    /// The version of the source that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
    /// The version of the source that was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_source_version: Option<String>,
    /// The project.
    pub project_name: String,
    /// The phases so far.
    pub phases: Vec<PhaseRecord>,
    /// The source.
    pub source: ProjectSource,
    /// Where the primary artifact went.
    pub artifacts: GivenArtifact,
    /// Where the others went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secondary_artifacts: Vec<GivenArtifact>,
    /// What the build found again.
    pub cache: ProjectCache,
    /// Where it runs.
    pub environment: ProjectEnvironment,
    /// Its role.
    pub service_role: String,
    /// Where its log is.
    pub logs: LogPlace,
    /// How long it may take.
    pub timeout_in_minutes: u32,
    /// Whether it ended.
    pub build_complete: bool,
    /// Who started it.
    pub initiator: String,
    /// The KMS key of its artifacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key: Option<String>,
    /// What it exported.
    #[serde(default)]
    pub exported_environment_variables: Vec<ExportedVariable>,
    /// Its reports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub report_arns: Vec<String>,
}

/// Where an artifact went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GivenArtifact {
    /// The object's ARN.
    #[serde(default)]
    pub location: String,
    /// The identifier of a secondary artifact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_identifier: Option<String>,
}

/// Where a build's log is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogPlace {
    /// The group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// The stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_name: Option<String>,
    /// The stream's ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_arn: Option<String>,
    /// What the project says about the log.
    pub cloud_watch_logs: ProjectLog,
}

/// A variable for the pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedVariable {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What the endpoint keeps of a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The account of its project.
    pub account: AccountId,
    /// The region of its project.
    pub region: Region,
    /// What the API shows.
    pub build: Build,
    /// The call that started it.
    pub request: Value,
    /// Its reports in full.
    pub reports: Vec<FoundReport>,
    /// The build's own folder, while it runs.
    pub folder: Option<camino::Utf8PathBuf>,
}

impl Record {
    /// Notes a step of the build.
    pub fn step(&mut self, step: Step) {
        match step {
            Step::Begin(phase) => {
                self.build.current_phase = phase;
                self.build.phases.push(PhaseRecord::begin(phase));
            }
            Step::End(phase, status, failure) => self.end_phase(Some(phase), status, failure.as_ref()),
            Step::Interrupted(status, failure) => self.end_phase(None, status, Some(&failure)),
        }
    }

    fn end_phase(&mut self, phase: Option<PhaseType>, status: Status, failure: Option<&PhaseFailure>) {
        let open = self
            .build
            .phases
            .iter_mut()
            .rev()
            .find(|record| record.phase_status.is_none() && phase.is_none_or(|phase| phase == record.phase_type));
        if let Some(record) = open {
            record.end(status, failure);
        }
    }

    /// Ends the build.
    pub fn complete(&mut self, status: Status) {
        self.build.phases.push(PhaseRecord::begin(PhaseType::Completed));
        self.build.current_phase = PhaseType::Completed;
        self.build.build_status = status;
        self.build.build_complete = true;
        self.build.end_time = Some(Moment::now());
        self.folder = None;
    }

    /// Ends a build that nobody runs any more, because the endpoint ended before it.
    pub fn abandon(&mut self) {
        let failure = PhaseFailure::new("INTERNAL_ERROR", "the endpoint ended while the build ran");
        self.step(Step::Interrupted(Status::Fault, failure));
        self.complete(Status::Fault);
    }

    /// Notes what the build exported.
    pub fn export(&mut self, variables: IndexMap<String, String>) {
        self.build.exported_environment_variables =
            variables.into_iter().map(|(name, value)| ExportedVariable { name, value }).collect();
    }
}
