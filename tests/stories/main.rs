//! Pipelines end to end: the real binary, real Git and real builds on a local endpoint of each test's own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod accounts;
mod amplify;
mod amplify_program;
mod approval;
mod assembly;
mod calls;
mod cdk_cli;
mod cdk_pipelines;
mod conditions;
mod deploy;
mod diff;
mod forms;
mod guard;
mod images;
mod imports;
mod migration;
mod modes;
mod outputs;
mod push;
mod refusals;
mod regions;
mod skip;
mod stacks;
#[path = "../support/mod.rs"]
mod support;
mod triggers;
