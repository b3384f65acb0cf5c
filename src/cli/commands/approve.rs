//! `pipectl approve`: lets an execution that waits go on.

use std::time::Duration;

use crate::aws::codepipeline::Verdict;
use crate::cli::duration::duration;
use crate::cli::verdict::{self, VerdictArgs};
use crate::cli::{Failure, Global, Outcome, Ui};
use crate::ops::stack::Pace;

/// Approve what waits for an approval
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl approve
  pipectl approve Production --message \"looked at the change set\"
  pipectl approve Production --execution 9d1f4c7a-3d1e-4f0b-9d53-6a2c2f8f1c11

The exit code is 2 if nothing waits for an approval, 5 if it was answered otherwise, or ended, in the meantime.")]
pub struct Args {
    #[command(flatten)]
    verdict: VerdictArgs,

    /// Wait so long for the approval to be asked for
    #[arg(long, value_name = "TIME", value_parser = duration)]
    wait: Option<Duration>,
}

/// Approves.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let wait = args.wait.map(|limit| Pace { limit, interval: global.look_interval() });
    verdict::answer(ui, global, &args.verdict, Verdict::Approved, wait).await
}
