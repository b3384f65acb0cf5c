//! `pipectl reject`: fails the stage that waits for an approval.

use crate::aws::codepipeline::Verdict;
use crate::cli::verdict::{self, VerdictArgs};
use crate::cli::{Failure, Global, Outcome, Ui};

/// Reject what waits for an approval: its stage fails
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl reject
  pipectl reject Production --message \"the change set replaces the database\"

The exit code is 2 if nothing waits for an approval, 5 if it was answered otherwise, or ended, in the meantime.")]
pub struct Args {
    #[command(flatten)]
    verdict: VerdictArgs,
}

/// Rejects.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    verdict::answer(ui, global, &args.verdict, Verdict::Rejected, None).await
}
