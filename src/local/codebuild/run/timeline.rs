//! The phases of a build, as CodeBuild's API tells them.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::buildspec::PhaseName;

/// A moment, written as the JSON protocol does: seconds since 1970, with fractions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// This moment.
    pub fn now() -> Self {
        Self(Timestamp::now())
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Milliseconds of this age are far below the integers that a double holds exactly.
        serializer.serialize_f64(self.0.as_millisecond() as f64 / 1000.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Timestamp::from_millisecond((seconds * 1000.0).round() as i64).map(Self).map_err(serde::de::Error::custom)
    }
}

/// How a build or a phase stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// It goes on.
    InProgress,
    /// All went well.
    Succeeded,
    /// A command failed, or something that the user can change.
    Failed,
    /// Something failed that the user cannot change.
    Fault,
    /// The time ran out.
    TimedOut,
    /// Somebody stopped it.
    Stopped,
}

impl Status {
    /// The word that the API and the log use.
    pub fn word(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Fault => "FAULT",
            Self::TimedOut => "TIMED_OUT",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A phase of a build: those of the buildspec, and those around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PhaseType {
    /// The build was asked for.
    Submitted,
    /// It waits.
    Queued,
    /// Its place is prepared.
    Provisioning,
    /// Sources, buildspec, variables and cache are fetched.
    DownloadSource,
    /// `install`.
    Install,
    /// `pre_build`.
    PreBuild,
    /// `build`.
    Build,
    /// `post_build`.
    PostBuild,
    /// Artifacts, reports and cache are put away.
    UploadArtifacts,
    /// The end is prepared.
    Finalizing,
    /// The end.
    Completed,
}

impl PhaseType {
    /// The word that the API and the log use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Queued => "QUEUED",
            Self::Provisioning => "PROVISIONING",
            Self::DownloadSource => "DOWNLOAD_SOURCE",
            Self::Install => "INSTALL",
            Self::PreBuild => "PRE_BUILD",
            Self::Build => "BUILD",
            Self::PostBuild => "POST_BUILD",
            Self::UploadArtifacts => "UPLOAD_ARTIFACTS",
            Self::Finalizing => "FINALIZING",
            Self::Completed => "COMPLETED",
        }
    }
}

impl From<PhaseName> for PhaseType {
    fn from(name: PhaseName) -> Self {
        match name {
            PhaseName::Install => Self::Install,
            PhaseName::PreBuild => Self::PreBuild,
            PhaseName::Build => Self::Build,
            PhaseName::PostBuild => Self::PostBuild,
        }
    }
}

/// Why a phase failed, as the API tells it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct PhaseFailure {
    /// The kind of failure, such as `COMMAND_EXECUTION_ERROR`.
    pub code: &'static str,
    /// What happened.
    pub message: String,
}

impl PhaseFailure {
    /// Makes a failure.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// A failure that the user can change.
    pub fn client(message: impl Into<String>) -> Self {
        Self::new("CLIENT_ERROR", message)
    }
}

/// What the API says about a phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhaseContext {
    /// The kind of failure; empty when there was none.
    pub status_code: String,
    /// What happened; empty when nothing is to be said.
    pub message: String,
}

/// One phase of one build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhaseRecord {
    /// Which phase.
    pub phase_type: PhaseType,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase_status: Option<Status>,
    /// When it began.
    pub start_time: Moment,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Moment>,
    /// How long it took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_in_seconds: Option<i64>,
    /// What is to be said about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<PhaseContext>,
}

impl PhaseRecord {
    /// Begins a phase.
    pub fn begin(phase_type: PhaseType) -> Self {
        Self {
            phase_type,
            phase_status: None,
            start_time: Moment::now(),
            end_time: None,
            duration_in_seconds: None,
            contexts: Vec::new(),
        }
    }

    /// Ends the phase.
    pub fn end(&mut self, status: Status, failure: Option<&PhaseFailure>) {
        let now = Moment::now();
        self.phase_status = Some(status);
        self.end_time = Some(now);
        self.duration_in_seconds = Some(now.0.as_second() - self.start_time.0.as_second());
        let (status_code, message) =
            failure.map_or_else(Default::default, |failure| (failure.code.to_owned(), failure.message.clone()));
        self.contexts = vec![PhaseContext { status_code, message }];
    }
}
