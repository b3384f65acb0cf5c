//! `pipectl destroy`: delete the pipeline.

use serde_json::json;

use crate::aws::Aws;
use crate::cli::{Answer, Failure, Format, Global, Outcome, Question, Ui};
use crate::diagnostic::FailureKind;
use crate::ops::deploy::{self, Reader};
use crate::ops::destroy::{DestroyPlan, Destroyer, Doomed, Kept, KeptKind, Stages};
use crate::ops::discover::discover;
use crate::ops::load;

/// Delete the pipeline, and say what stays and why
///
/// What the stages deployed stays unless asked otherwise. The bucket of artifacts and the toolkit stacks always stay; the
/// copies of artifacts in other regions go.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl destroy
  pipectl destroy --stages --yes
      with everything that the pipeline deployed, and without a question")]
pub struct Args {
    /// Delete the stages' stacks too, the last first, and those that the pipeline deployed once
    #[arg(long)]
    stages: bool,

    /// Ask nothing
    #[arg(short, long)]
    yes: bool,
}

/// Shows what is deleted and what stays, asks, and deletes.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let loaded = load::load(&global.definition).await?;
    let aws = Aws::connect(global.aws.clone()).await;
    let events = ui.events();
    let remembered = deploy::recall(&aws, &loaded.definition, Reader::Caller).await?;
    let discovered = discover(loaded, remembered).await?;
    let definition = &discovered.loaded.definition;
    let destroyer = Destroyer { aws: &aws, definition, pace: global.pace(), events: &events };
    let plan = destroyer.plan(if args.stages { Stages::Delete } else { Stages::Keep }).await?;
    if plan.doomed.is_empty() {
        events.done(format!("there is no pipeline `{}`; nothing was deleted", definition.name));
        tell(ui, global, &plan);
        return Ok(Outcome::Done);
    }
    let about = describe(&plan);
    if args.yes {
        about.iter().for_each(|line| ui.say(line));
    } else if ask(ui, about) == Answer::No {
        if global.format == Format::Json {
            ui.json(&json!({ "deleted": [], "found": named(&plan), "kept": plan.kept }));
        }
        ui.say(UNTOUCHED);
        return Ok(Outcome::Told(FailureKind::Declined));
    }
    destroyer.execute(&plan).await?;
    events.done(format!("the pipeline `{}` is deleted", definition.name));
    tell(ui, global, &plan);
    Ok(Outcome::Done)
}

/// What is said where a deletion was declined.
pub(super) const UNTOUCHED: &str = "nothing was deleted";

/// Tells programs what was deleted and what stays; people have read it.
fn tell(ui: &Ui, global: &Global, plan: &DestroyPlan) {
    if global.format == Format::Json {
        ui.json(&json!({ "deleted": named(plan), "kept": plan.kept }));
    }
}

/// The stacks of a plan, for programs.
pub(super) fn named(plan: &DestroyPlan) -> Vec<serde_json::Value> {
    let name = |Doomed { stack, environment, emptied, .. }: &Doomed| json!({ "stack": stack.name, "environment": environment.to_string(), "bucket": emptied });
    plan.doomed.iter().map(name).collect()
}

/// What is deleted and what stays, line by line.
pub(super) fn describe(plan: &DestroyPlan) -> Vec<String> {
    let doomed = plan.doomed.iter().flat_map(|Doomed { stack, environment, emptied, .. }| {
        let bucket = emptied.iter().map(|bucket| format!("delete  all of bucket `{bucket}`: copies of artifacts"));
        bucket.chain([format!("delete  stack `{}` in {environment}", stack.name)]).collect::<Vec<_>>()
    });
    doomed.chain(kept(plan)).collect()
}

/// What stays, line by line.
pub(super) fn kept(plan: &DestroyPlan) -> impl Iterator<Item = String> {
    plan.kept.iter().map(|Kept { kind, name, environment, why }| {
        let kind = match kind {
            KeptKind::Stack => "stack",
            KeptKind::Bucket => "bucket",
            KeptKind::Toolkit => "toolkit stack of qualifier",
            KeptKind::Resource => "resource",
        };
        format!("keep    {kind} `{name}` in {environment}: {why}")
    })
}

/// Asks whether stacks are to be deleted.
pub(super) fn ask(ui: &Ui, about: Vec<String>) -> Answer {
    ui.ask(&Question {
        about,
        text: "Delete these stacks?",
        unasked: "a deletion needs an approval",
        otherwise: "`--yes` deletes without asking",
    })
}
