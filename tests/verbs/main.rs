//! The verbs on files, and against answers made up: nothing here needs a local endpoint.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod amplify_backend;
mod amplify_gen1;
mod amplify_stage;
mod assembly;
mod aws_exports;
mod cdk_stages;
mod cli;
mod client_configuration;
mod imports;
mod migration;
mod overrides;
mod overrides_gen2;
mod publish;
#[path = "../support/mod.rs"]
mod support;
mod synth;
mod validate;
mod watch;
