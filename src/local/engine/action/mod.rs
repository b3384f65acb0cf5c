//! The execution of actions. What is to be done is in the order; nothing is decided here.
//!
//! Every action works with its role: the pipeline's service role, handed out by the emulator's IAM as its trust policy
//! allows, or the action's own, which the pipeline's role assumes. So IAM decides what an action can do.

mod bench;
mod build;
mod cloudformation;
mod failure;
mod git_source;
pub(super) mod role;
mod s3_deploy;
mod s3_source;

use std::time::Duration;

use super::live::Engine;
use super::machine::{External, Failure, Order, Outcome, Success};
use super::record::PipelineKey;
use super::structure::Provider;
use crate::id::Secret;
use bench::Bench;

/// How long to wait before looking again. Everything is on this machine, so that looking costs little.
const PAUSE: Duration = Duration::from_millis(200);

/// An action to be executed.
pub(super) struct Task {
    /// The engine.
    pub engine: Engine,
    /// The pipeline.
    pub key: PipelineKey,
    /// What is to be done.
    pub order: Order,
    /// The secret of the action's configuration.
    pub secret: Option<Secret>,
}

impl Task {
    /// Notes what the action caused elsewhere so far.
    fn progress(&self, external: External) {
        self.engine.progress(&self.key, &self.order.id, external);
    }
}

/// Executes an action to its end. Dropping the future abandons the action.
pub(super) async fn execute(task: &Task) -> Outcome {
    match run(task).await {
        Ok(success) => Outcome::Succeeded(Box::new(success)),
        Err(failure) => Outcome::Failed(failure),
    }
}

async fn run(task: &Task) -> Result<Success, Failure> {
    let bench = Bench::open(task).await?;
    match task.order.action.provider() {
        Some(Provider::GitHub) => git_source::github(&bench).await,
        Some(Provider::Connection) => git_source::connection(&bench).await,
        Some(Provider::S3Source) => s3_source::run(&bench).await,
        Some(Provider::CodeBuild) => build::run(&bench).await,
        Some(Provider::CloudFormation) => cloudformation::run(&bench).await,
        Some(Provider::S3Deploy) => s3_deploy::run(&bench).await,
        // The machine keeps approvals to itself, and the check of structures lets nothing else through.
        Some(Provider::Approval) | None => {
            Err(Failure::new("ConfigurationError", "the local endpoint cannot execute this action"))
        }
    }
}
