//! `pipectl diff`: what a deployment would change.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::discovered;
use crate::aws::Aws;
use crate::cfn::Rigour;
use crate::cli::{Failure, Format, Global, Outcome, Ui, render};
use crate::diagnostic::FailureKind;
use crate::ops::deploy::Subject;
use crate::ops::diff::{self, Diff, Request, StackChange, Wanted};
use crate::ops::synth;
use crate::text;

/// Show what a deployment would change: stacks, resources and their properties, nested stacks, what is newly permitted
///
/// The definition is synthesised and compared with what is deployed, through the roles that deploy, which are narrowed to
/// reading. The exit code is 7 where anything differs, 0 where nothing does, and 4 where a stack could not be compared because
/// its environment is not prepared; the others are told all the same.
///
/// `replaced` and `may be replaced` follow from the schemas of resource types and from the templates alone. Values that only
/// CloudFormation knows, such as outputs of other stacks, are not looked at; those that are not echoed, and secrets that
/// templates refer to, are never read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl diff
  pipectl diff Staging                  one stage; `Staging/app` and a stack's name choose one stack
  pipectl diff 'Staging/*' 'shop-Prod*' patterns, as the CDK CLI takes them
  pipectl diff shop-pipeline            the pipeline's own stack
  pipectl diff --assembly pipectl.out   what `pipectl synth` wrote, and not what the definition says now
  pipectl diff --format json | jq '.stacks[] | select(.change != \"unchanged\")'")]
pub struct Args {
    /// Only these stages or stacks; a `*` stands for any part of a name, `**` for that of a path
    #[arg(value_name = "STAGE")]
    chosen: Vec<String>,

    /// Compare this assembly, and not what the definition says now
    #[arg(long, value_name = "DIR")]
    assembly: Option<Utf8PathBuf>,

    /// Tell also what changes with each synthesis or says nothing: the CDK's records of itself, the end of AppSync keys
    #[arg(long)]
    strict: bool,
}

/// Compares and tells.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let aws = Aws::connect(global.aws.clone()).await;
    let events = ui.events();
    let rigour = if args.strict { Rigour::Strict } else { Rigour::Lenient };
    let request =
        |wanted, definition| Request { aws: &aws, wanted, definition, chosen: &args.chosen, rigour, events: &events };
    let diff = match &args.assembly {
        Some(folder) => {
            let subject = Subject::of_assembly(folder)?;
            diff::diff(&request(Wanted::Folder(folder), &subject.definition)).await?
        }
        None => {
            let discovered = discovered(ui, global).await?;
            let rendered = synth::render(&discovered).await?;
            diff::diff(&request(Wanted::Rendered(&rendered), &discovered.loaded.definition)).await?
        }
    };
    match global.format {
        Format::Text => ui.data(&render::diff(&diff)),
        Format::Json => ui.json(&diff),
    }
    ui.say(&summary(&diff));
    if !diff.vanished.is_empty() || diff.count(StackChange::Removed) > 0 {
        ui.say(&format!("`{} prune` lists the stacks that the pipeline deploys no more", global.invocation));
    }
    let unread: Vec<_> = diff.stacks.iter().filter_map(|stack| stack.unread.as_ref()).collect();
    if !unread.is_empty() {
        let hints: BTreeSet<&String> = unread.iter().flat_map(|unread| &unread.hints).collect();
        let hints: Vec<String> = hints.into_iter().cloned().collect();
        ui.warning(&format!("{} could not be compared", text::count(unread.len(), "stack")), &hints);
        return Ok(Outcome::Told(FailureKind::NotReady));
    }
    Ok(if diff.is_empty() { Outcome::Done } else { Outcome::Told(FailureKind::Differences) })
}

fn summary(diff: &Diff) -> String {
    let kinds = [
        (StackChange::New, "new"),
        (StackChange::Changed, "changed"),
        (StackChange::Removed, "deployed no more"),
        (StackChange::Unchanged, "unchanged"),
        (StackChange::Unknown, "not compared"),
    ];
    let counts = kinds.into_iter().map(|(change, word)| (diff.count(change), word)).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, word)| format!("{count} {word}")).collect();
    format!("{}: {}", text::count(diff.stacks.len(), "stack"), counts.join(", "))
}
