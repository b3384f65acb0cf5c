//! Values to text for people and to JSON for programs.

#[cfg(test)]
mod corpus;
mod diagnostics;
mod diff;
mod event;
mod failure;
mod json;
mod position;
mod status;
mod time;

pub(super) use diagnostics::diagnostics;
pub(super) use diff::diff;
pub(super) use event::event;
pub(super) use failure::failure;
pub(super) use json::{FailureView, ReportView, compact};
pub(super) use status::status;
pub(super) use time::ago;

/// Whether styles are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colors {
    /// With styles.
    Styled,
    /// Without.
    Plain,
}
