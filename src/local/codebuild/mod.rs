//! The CodeBuild service of the local endpoint: it starts builds of the projects that the emulator keeps, runs their
//! buildspecs on this machine, and tells what became of them.
//!
//! ```text
//! api ─▶ service (start) ─▶ store (a record of each build) ◀─ drive ─▶ run (sources, shell, artifacts)
//!                                                               └──▶ CloudWatch Logs, S3, Secrets Manager
//! ```
//!
//! Builds run on the host: they have an environment, folders and a role of their own, but they are the user's own
//! processes. What a buildspec says about images, users and runtimes is said in the log and has no other effect.

mod api;
mod aws_world;
mod drive;
pub mod handoff;
mod log_writer;
mod record;
mod reports;
pub mod run;
mod service;
mod start;
mod store;

pub use handoff::{ArtifactPlace, BuildInputs, Handoff};
pub use service::{CodeBuild, Surroundings};
