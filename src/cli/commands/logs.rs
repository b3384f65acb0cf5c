//! `pipectl logs`: what builds and stacks say.

use std::time::Duration;

use jiff::Timestamp;

use crate::cli::duration::{Since, duration, since};
use crate::cli::pipeline::PipelineArgs;
use crate::cli::{Failure, Format, Global, Outcome, Ui, render};
use crate::diagnostic::FailureKind;
use crate::id::ExecutionId;
use crate::ops::follow;
use crate::ops::logs::{self, Filter, Following, Line, LogRequest, Origin};

/// Show the logs of builds and the events of stacks
///
/// Without ACTION, those that failed or go on are shown, or all if there is none. Lines carry their stage and action unless
/// they can only come from one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl logs                    what went wrong in the newest execution
  pipectl logs Build
  pipectl logs -f                 everything, as it comes, until the execution ends
  pipectl logs --stage Staging --since 10m
  pipectl logs Build --format json | jq -r .text")]
pub struct Args {
    /// The action, such as `Build`, `app.Deploy` or `Staging.app.Deploy`
    action: Option<String>,

    #[command(flatten)]
    pipeline: PipelineArgs,

    /// Only actions of this stage
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,

    /// The execution, instead of the newest
    #[arg(long, value_name = "ID")]
    execution: Option<ExecutionId>,

    /// Only lines from then on: so long ago, or a point in time
    #[arg(long, value_name = "TIME", value_parser = since)]
    since: Option<Since>,

    /// Show lines as they come, until the execution ends; the exit code tells how it ended
    #[arg(short, long)]
    follow: bool,

    /// How long to follow
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "6h", requires = "follow")]
    timeout: Duration,
}

/// Shows lines on the standard output.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let chosen = args.pipeline.choose(global).await?;
    let request = LogRequest {
        filter: Filter { action: args.action, stage: args.stage },
        execution: args.execution,
        since: args.since.map(|since| since.resolve(Timestamp::now())),
    };
    let show = |line: Line, origin| match (global.format, origin) {
        (Format::Json, _) => ui.data(&render::compact(&line)),
        (Format::Text, Origin::Known) => ui.data(&format!("{}\n", line.text)),
        (Format::Text, Origin::Open) => ui.data(&format!("{} / {} │ {}\n", line.stage, line.action, line.text)),
    };
    if !args.follow {
        logs::logs(&chosen.subject, &request, &ui.events(), show).await?;
        return Ok(Outcome::Done);
    }
    let following = Following { interval: global.look_interval(), timeout: args.timeout, patience: follow::PATIENCE };
    let ended = logs::follow(&chosen.subject, &request, following, &ui.events(), show).await?;
    Ok(if ended.went_well() { Outcome::Done } else { Outcome::Told(FailureKind::Failed) })
}
