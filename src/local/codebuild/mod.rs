//! The CodeBuild service of the local endpoint: it starts builds of the projects that the emulator keeps, runs their
//! buildspecs on this machine, and tells what became of them.
//!
//! ```text
//! StartBuild ─▶ api ─▶ store (a record of the build) ─▶ run (sources, shell, artifacts) ─▶ CloudWatch Logs, S3
//! ```

pub mod handoff;
pub mod run;

pub use handoff::{ArtifactPlace, BuildInputs, Handoff};
