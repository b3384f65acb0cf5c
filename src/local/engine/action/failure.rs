//! Errors as failures of actions.

use crate::archive::ArchiveError;
use crate::local::Fault;
use crate::local::engine::machine::Failure;
use crate::{aws, git};

/// The kind of failures that lie in the pipeline's structure.
pub(super) fn misconfigured(message: impl Into<String>) -> Failure {
    Failure::new("ConfigurationError", message)
}

/// The kind of failures that the work itself brings.
pub(super) fn failed(message: impl Into<String>) -> Failure {
    Failure::new("JobFailed", message)
}

impl From<aws::Error> for Failure {
    fn from(error: aws::Error) -> Self {
        let code = if error.is_denied() { "PermissionError" } else { "JobFailed" };
        Self::new(code, error.to_string())
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        let code = if fault.code.starts_with("AccessDenied") { "PermissionError" } else { "ConfigurationError" };
        Self::new(code, fault.message)
    }
}

impl From<ArchiveError> for Failure {
    fn from(error: ArchiveError) -> Self {
        failed(error.to_string())
    }
}

impl From<git::Error> for Failure {
    fn from(error: git::Error) -> Self {
        failed(error.to_string())
    }
}

impl From<crate::process::Error> for Failure {
    fn from(error: crate::process::Error) -> Self {
        failed(error.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        failed(error.to_string())
    }
}

impl From<tokio::task::JoinError> for Failure {
    fn from(error: tokio::task::JoinError) -> Self {
        failed(format!("the work was interrupted: {error}"))
    }
}
