//! `pipectl retry`: runs a failed stage again.

use crate::aws::codepipeline::RetryMode;
use crate::cli::pipeline::PipelineArgs;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::id::ExecutionId;
use crate::ops::retry::{self, SkippedResource};

/// Run a failed stage again
///
/// Stacks of the stage whose first creation failed are deleted first: nothing else can be done with them, and they hold
/// nothing. A roll-back that failed (UPDATE_ROLLBACK_FAILED) is continued first, and nothing is skipped in it but what
/// `--skip` names. Where a change set cannot be executed any more, all actions of the stage run again, an approval included.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl retry
  pipectl retry Staging && pipectl status --watch
  pipectl retry Staging --skip shop-Staging-app/Table   give up rolling this resource back, and go on

The exit code is 1 if a stack has to be seen to first, 2 if no stage has failed, 5 if AWS does not let the stage go on any more.")]
pub struct Args {
    /// The stage, where several have failed
    stage: Option<String>,

    #[command(flatten)]
    pipeline: PipelineArgs,

    /// The execution, instead of the one that is in the stage; of parallel ones, instead of the newest
    #[arg(long, value_name = "ID")]
    execution: Option<ExecutionId>,

    /// Leave a resource as it is that cannot be rolled back; its stack then may differ from its template
    #[arg(long, value_name = "STACK/RESOURCE")]
    skip: Vec<SkippedResource>,
}

/// Retries and tells what runs again.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let subject = args.pipeline.choose(global).await?.subject;
    let events = ui.events();
    let execution = subject.whole_id_if_named(args.execution.as_ref()).await?;
    let wanted = retry::Wanted { stage: args.stage.as_deref(), execution: execution.as_ref(), skipped: &args.skip };
    let retried = retry::retry(&subject, wanted, global.pace(), &events).await?;
    match global.format {
        Format::Json => ui.json(&retried),
        Format::Text => {
            let what = match retried.mode {
                RetryMode::FailedActions => "the failed actions",
                RetryMode::AllActions => "all actions",
            };
            events.done(format!("{what} of {} run again in execution {}", retried.stage, retried.execution));
            ui.say(&format!("`{}` follows it", subject.invocation.command("status --watch")));
        }
    }
    Ok(Outcome::Done)
}
