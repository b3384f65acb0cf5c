//! `pipectl review`: what a stage's change sets do.

use camino::Utf8PathBuf;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use serde::Serialize;

use crate::aws::Aws;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::definition::ApprovalWhen;
use crate::id::Name;
use crate::ops::review::{self, Basis, Decision, Effect, Review};
use crate::pipeline::CHANGE_SET_NAME;

/// List what a stage's change sets add, change, replace and remove, and what they newly permit
///
/// The pipeline runs it by itself before an approval.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl review --stage Production
  pipectl review --assembly pipectl.out --stage Production --format json")]
pub struct Args {
    /// The assembly's folder
    #[arg(long, value_name = "DIR", default_value = "pipectl.out")]
    assembly: Utf8PathBuf,

    /// The stage
    #[arg(long, value_name = "NAME")]
    stage: Name,

    /// What makes the stage's approval ask somebody
    #[arg(long, value_name = "WHAT", default_value = "always", value_parser = when())]
    when: ApprovalWhen,

    /// The name of the stage's change sets
    #[arg(long, value_name = "NAME", default_value = CHANGE_SET_NAME)]
    change_set: String,

    /// Print shell variables instead, as the pipeline's own action Review does
    #[arg(long, hide = true)]
    shell: bool,
}

fn when() -> impl TypedValueParser<Value = ApprovalWhen> {
    PossibleValuesParser::new(ApprovalWhen::WORDS.map(|(word, _)| word)).map(|given| {
        let known = ApprovalWhen::WORDS.into_iter().find(|(word, _)| *word == given);
        known.map(|(_, when)| when).unwrap_or_default()
    })
}

/// What `--format json` tells.
#[derive(Debug, Serialize)]
struct Told<'a> {
    summary: &'a str,
    decision: Decision,
    #[serde(flatten)]
    review: &'a Review,
}

/// Reviews a stage.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let aws = Aws::connect(global.aws.clone()).await;
    let review = review::review(&aws, &args.assembly, &args.stage, &args.change_set).await?;
    let (summary, decision) = (review.summary(), review.decide(args.when));
    match global.format {
        Format::Json => ui.json(&Told { summary: &summary, decision, review: &review }),
        Format::Text => {
            details(ui, &review);
            if args.shell {
                // A text without NUL can always be quoted, and a summary is made of names and numbers.
                let quoted = shlex::try_quote(&summary).unwrap_or_default();
                ui.data(&format!("export PIPECTL_SUMMARY={quoted}\nexport PIPECTL_DECISION={}", decision.as_str()));
            } else {
                ui.data(&summary);
            }
        }
    }
    Ok(Outcome::Done)
}

fn details(ui: &Ui, review: &Review) {
    for stack in &review.stacks {
        let basis = match stack.basis {
            Basis::ChangeSet => "",
            Basis::Template => " (by its template: it waits for other stacks, so its change set comes later)",
        };
        ui.say(&format!("stack `{}`{basis}:", stack.stack));
        for change in &stack.changes {
            let mark = match change.effect {
                Effect::Added => "add     ",
                Effect::Changed => "change  ",
                Effect::PerhapsReplaced => "replace?",
                Effect::Replaced => "replace ",
                Effect::Removed => "remove  ",
            };
            ui.say(&format!("  {mark} {}  {}", change.resource_type, change.logical_id));
        }
        if stack.changes.is_empty() {
            ui.say("  nothing changes");
        }
        for value in &stack.defaults {
            ui.say(&format!("  default  parameter {value}: it is given no value any more"));
        }
        for permitted in &stack.broadenings {
            ui.say(&format!("  newly permitted: {permitted}"));
        }
    }
}
