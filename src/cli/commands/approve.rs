//! `pipectl approve`: lets an execution that waits go on.

use crate::aws::codepipeline::Verdict;
use crate::cli::verdict::{self, VerdictArgs};
use crate::cli::{Failure, Global, Outcome, Ui};

/// Approve what waits for an approval
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl approve
  pipectl approve Production --message \"looked at the change set\"
  pipectl approve Production --execution 9d1f4c7a-3d1e-4f0b-9d53-6a2c2f8f1c11

The exit code is 2 if nothing waits for an approval, 5 if it was answered or ended in the meantime.")]
pub struct Args {
    #[command(flatten)]
    verdict: VerdictArgs,
}

/// Approves.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    verdict::answer(ui, global, &args.verdict, Verdict::Approved).await
}
