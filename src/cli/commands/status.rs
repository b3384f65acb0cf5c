//! `pipectl status`: how a pipeline stands.

use jiff::Timestamp;

use crate::cli::pipeline::PipelineArgs;
use crate::cli::watching::WatchArgs;
use crate::cli::{Failure, Format, Global, Outcome, Ui, render};
use crate::diagnostic::FailureKind;
use crate::id::ExecutionId;
use crate::ops::status::{self, Report};

/// Show how the pipeline stands: first what failed and why, and what waits for whom
///
/// With `--watch`, the newest execution is followed to its end, through a restart when the pipeline updates itself, and into
/// the roll-back when it fails; the exit code then tells how it ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl status
  pipectl status --watch                         exit code 0 when the run succeeds, 1 when it fails, 8 when
                                                 the time runs out
  pipectl status --watch --timeout 30m --quiet   in a script
  pipectl status --execution 1f6bd0a5            how an earlier run ended, and why
  pipectl status --pipeline shop --region eu-west-1 --format json")]
pub struct Args {
    #[command(flatten)]
    pipeline: PipelineArgs,

    #[command(flatten)]
    watch: WatchArgs,

    /// The execution that is told or followed, instead of the newest
    #[arg(long, value_name = "ID")]
    execution: Option<ExecutionId>,
}

/// Tells, once or until the end.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let chosen = args.pipeline.choose(global).await?;
    if !args.watch.is_wanted() {
        let execution = chosen.subject.whole_id_if_named(args.execution.as_ref()).await?;
        let report = status::status(&chosen.subject, chosen.definition.as_ref(), execution.as_ref()).await?;
        tell(ui, global, &report);
        return Ok(Outcome::Done);
    }
    let watched = args.watch.follow(ui, global, &chosen.subject, args.execution).await?;
    tell(ui, global, &watched.report);
    Ok(if watched.succeeded() { Outcome::Done } else { Outcome::Told(FailureKind::Failed) })
}

fn tell(ui: &Ui, global: &Global, report: &Report) {
    match global.format {
        Format::Text => ui.data(&render::status(report, Timestamp::now())),
        Format::Json => ui.json(report),
    }
}
