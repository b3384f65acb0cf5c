//! `pipectl status`: how a pipeline stands.

use std::time::Duration;

use jiff::Timestamp;

use crate::cli::duration::duration;
use crate::cli::pipeline::PipelineArgs;
use crate::cli::{Failure, Format, Global, Outcome, Ui, render};
use crate::diagnostic::FailureKind;
use crate::event::Events;
use crate::id::ExecutionId;
use crate::ops::follow;
use crate::ops::status::{self, Report, Watch};

/// Show how the pipeline stands: first what failed and why, and what waits for whom
///
/// With `--watch`, the newest execution is followed to its end, through a restart when the pipeline updates itself, and into
/// the roll-back when it fails; the exit code then tells how it ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl status
  pipectl status --watch                         exit code 0 when the run succeeds, 1 when it fails
  pipectl status --watch --timeout 30m --quiet   in a script
  pipectl status --pipeline shop --region eu-west-1 --format json")]
pub struct Args {
    #[command(flatten)]
    pipeline: PipelineArgs,

    /// Follow the newest execution to its end
    #[arg(short, long)]
    watch: bool,

    /// The execution to follow, instead of the newest
    #[arg(long, value_name = "ID", requires = "watch")]
    execution: Option<ExecutionId>,

    /// How long to follow
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "6h", requires = "watch")]
    timeout: Duration,

    /// How long to wait between two looks
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "watch")]
    interval: Option<Duration>,
}

/// Tells, once or until the end.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let chosen = args.pipeline.choose(global).await?;
    if !args.watch {
        let report = status::status(&chosen.subject, chosen.definition.as_ref()).await?;
        tell(ui, global, &report);
        return Ok(Outcome::Done);
    }
    let watch = Watch {
        execution: args.execution,
        interval: args.interval.unwrap_or_else(|| global.look_interval()),
        timeout: args.timeout,
        patience: follow::PATIENCE,
    };
    // A picture of all stages says more than a line for each change.
    let events = if ui.is_live() { Events::silent() } else { ui.events() };
    let draw = |report: &Report| ui.picture(&render::status(report, Timestamp::now()));
    let watched = status::watch(&chosen.subject, &watch, &events, draw).await?;
    ui.clear_picture();
    tell(ui, global, &watched.report);
    Ok(if watched.succeeded() { Outcome::Done } else { Outcome::Told(FailureKind::Failed) })
}

fn tell(ui: &Ui, global: &Global, report: &Report) {
    match global.format {
        Format::Text => ui.data(&render::status(report, Timestamp::now())),
        Format::Json => ui.json(report),
    }
}
