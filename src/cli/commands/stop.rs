//! `pipectl stop`: end an execution.

use crate::aws::codepipeline::StopMode;
use crate::cli::pipeline::PipelineArgs;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::id::ExecutionId;
use crate::ops::stop;

/// Stop an execution that is under way
///
/// Its actions under way come to their end first, unless `--abandon` leaves them alone: builds and changes of stacks then go on
/// without the pipeline, and nothing waits for them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl stop
  pipectl stop --abandon                 do not wait for a window, an approval or a build that hangs
  pipectl stop --execution 1f6bd0a5 --message \"wrong commit\"

The exit code is 2 if nothing is under way.")]
pub struct Args {
    #[command(flatten)]
    pipeline: PipelineArgs,

    /// The execution, where several are under way
    #[arg(long, value_name = "ID")]
    execution: Option<ExecutionId>,

    /// Do not wait for its actions under way
    #[arg(long)]
    abandon: bool,

    /// What is kept as the reason
    #[arg(short, long, value_name = "TEXT", default_value = "stopped with pipectl")]
    message: String,
}

/// Stops and tells what comes next.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let subject = args.pipeline.choose(global).await?.subject;
    let mode = if args.abandon { StopMode::Abandon } else { StopMode::Finish };
    let stopped = stop::stop(&subject, args.execution.as_ref(), mode, &args.message).await?;
    if global.format == Format::Json {
        ui.json(&stopped);
        return Ok(Outcome::Done);
    }
    let id = &stopped.execution;
    let again = subject.invocation.command("run");
    match mode {
        StopMode::Finish => {
            ui.events().done(format!("execution {id} stops as soon as its actions under way have ended"));
            let abandon = subject.invocation.command(&format!("stop --execution {id} --abandon"));
            ui.say(&format!("`{abandon}` does not wait for them; `{again}` starts another one"));
        }
        StopMode::Abandon => {
            ui.events().done(format!("execution {id} is stopped; what it had under way is left alone"));
            ui.say(&format!("`{again}` starts another one"));
        }
    }
    Ok(Outcome::Done)
}
