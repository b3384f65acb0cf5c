//! What `pipectl approve` and `pipectl reject` share.

use serde::Serialize;

use super::pipeline::PipelineArgs;
use super::{Failure, Format, Global, Outcome, Ui};
use crate::aws::codepipeline::Verdict;
use crate::id::ExecutionId;
use crate::ops::approval::{self, Answer, Found, Waiting};
use crate::ops::naming::TOOL_ACTION;
use crate::ops::stack::Pace;

/// Which approval is answered, and with what words.
#[derive(Debug, clap::Args)]
pub struct VerdictArgs {
    /// The stage, where several wait
    stage: Option<String>,

    #[command(flatten)]
    pipeline: PipelineArgs,

    /// Only if this execution waits
    #[arg(long, value_name = "ID")]
    execution: Option<ExecutionId>,

    /// What is kept with the answer
    #[arg(short, long, value_name = "TEXT", default_value = "answered with pipectl")]
    message: String,
}

/// An answer as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Answered<'a> {
    stage: &'a str,
    action: &'a str,
    execution: &'a ExecutionId,
    verdict: Verdict,
}

/// Shows what an approval is about and answers it.
pub(super) async fn answer(
    ui: &Ui,
    global: &Global,
    args: &VerdictArgs,
    verdict: Verdict,
    wait: Option<Pace>,
) -> Result<Outcome, Failure> {
    let subject = args.pipeline.choose(global).await?.subject;
    let execution = subject.whole_id_if_named(args.execution.as_ref()).await?;
    let wanted = approval::Wanted { stage: args.stage.as_deref(), execution: execution.as_ref(), verdict };
    let chosen = match approval::find(&subject, wanted, wait).await? {
        Found::Open(chosen) => chosen,
        Found::Answered => return Ok(tell_answered(ui)),
    };
    ui.say(&about(&chosen));
    match approval::answer(&subject, &chosen, verdict, &args.message).await? {
        Answer::Given => {}
        Answer::Standing => return Ok(tell_answered(ui)),
    }
    match global.format {
        Format::Json => ui.json(&Answered {
            stage: &chosen.ticket.stage,
            action: &chosen.ticket.action,
            execution: &chosen.execution,
            verdict,
        }),
        Format::Text => {
            let done = match verdict {
                Verdict::Approved => "approved",
                Verdict::Rejected => "rejected",
            };
            ui.events().done(format!("{done} {} of {}", chosen.name(), subject.name));
        }
    }
    Ok(Outcome::Done)
}

fn tell_answered(ui: &Ui) -> Outcome {
    ui.events().done("the approval has been answered already".to_owned());
    Outcome::Done
}

/// What an approval is about: the question, the execution, the commit.
fn about(approval: &Waiting) -> String {
    let mut text = format!("{} of execution {}", approval.name(), approval.execution);
    if let Some(message) = &approval.message {
        text.extend(message.lines().map(|line| format!("\n  {line}")));
    }
    for revision in approval.revisions.iter().filter(|revision| revision.action != TOOL_ACTION) {
        let id = revision.revision.as_deref().unwrap_or_default();
        let message = revision.message().unwrap_or_default();
        text.push_str(&format!("\n  {} {id} {message}", revision.action));
    }
    text
}
