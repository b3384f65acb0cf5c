//! `pipectl run`: start an execution by hand.

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::pipeline::PipelineArgs;
use crate::cli::watching::WatchArgs;
use crate::cli::{Failure, Format, Global, Outcome, Ui, render};
use crate::diagnostic::FailureKind;
use crate::ops::run::{self, Setting, Started};
use crate::ops::status::Report;

/// Start an execution of the newest source, without a push
///
/// It is what a push would start: for a pipeline whose filters left a commit out, whose connection was finished only after the
/// push, or that was stopped. The id of the execution goes to the standard output.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl run
  pipectl run --watch                  exit code 0 when it succeeds, 1 when it fails
  pipectl run --set SkipUnchanged=no   deploy all stages, the unchanged ones too
  pipectl logs --follow --execution $(pipectl run --quiet)")]
pub struct Args {
    #[command(flatten)]
    pipeline: PipelineArgs,

    #[command(flatten)]
    watch: WatchArgs,

    /// Give a variable of the pipeline a value in this execution
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<Setting>,
}

/// What `--format json` tells.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Told<'a> {
    #[serde(flatten)]
    started: &'a Started,
    /// How the pipeline stood at the end, where the execution was followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a Report>,
}

/// Starts, tells, and follows if asked.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let subject = args.pipeline.choose(global).await?.subject;
    let started = run::run(&subject, &args.set, &token()).await?;
    let id = &started.execution;
    ui.events().done(format!("execution {id} of {} is started", started.pipeline));
    if !args.watch.is_wanted() {
        match global.format {
            Format::Json => ui.json(&Told { started: &started, report: None }),
            Format::Text => {
                ui.data(id.as_str());
                let command = |verb: &str| subject.invocation.command(&format!("{verb} --execution {id}"));
                ui.say(&format!("`{}` follows it, `{}` stops it", command("status --watch"), command("stop")));
            }
        }
        return Ok(Outcome::Done);
    }
    let watched = args.watch.follow(ui, global, &subject, Some(id.clone())).await?;
    match global.format {
        Format::Json => ui.json(&Told { started: &started, report: Some(&watched.report) }),
        Format::Text => ui.data(&render::status(&watched.report, Timestamp::now())),
    }
    Ok(if watched.succeeded() { Outcome::Done } else { Outcome::Told(FailureKind::Failed) })
}

/// A token that no other call has: each call starts an execution of its own, however often it has to be repeated.
fn token() -> String {
    format!("pipectl-run-{}-{}", Timestamp::now().as_nanosecond(), std::process::id())
}
