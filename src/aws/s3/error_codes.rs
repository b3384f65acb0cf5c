//! Answers of S3 that say no more than that something is not there.

use crate::aws::{Error, Result};

/// Turns "there is no such object" into `None`.
///
/// A `HEAD` has no body, so its answer has no code but the status.
pub(super) fn absent<T>(result: Result<T>) -> Result<Option<T>> {
    unless(result, &["NoSuchKey", "NotFound", "HTTP 404"])
}

/// Turns an answer with one of the codes into `None`.
pub(super) fn unless<T>(result: Result<T>, codes: &[&str]) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Refused { code, .. }) if codes.contains(&code.as_str()) => Ok(None),
        Err(error) => Err(error),
    }
}
