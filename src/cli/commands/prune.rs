//! `pipectl prune`: what the pipeline deployed once and does not deploy any more.

use super::destroy;
use crate::aws::Aws;
use crate::aws::codepipeline::Structure;
use crate::cli::pipeline::PipelineArgs;
use crate::cli::{Answer, Failure, Format, Global, Outcome, Ui};
use crate::diagnostic::{Explain, FailureKind, chain};
use crate::id::Environment;
use crate::ops::deploy::{self, Reader};
use crate::ops::destroy::{DestroyError, Destroyer};
use crate::ops::discover::discover;
use crate::ops::load;
use crate::ops::prune::Found;
use crate::ops::subject::SubjectError;

/// List the stacks that the pipeline deployed once and does not deploy any more; delete them on request
///
/// The pipeline itself never deletes a stack when its stage, or a CDK app's stack, vanishes with a push. Stacks are found by
/// their tag `pipectl:pipeline`, so they are found after `pipectl destroy` as well.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl prune
  pipectl prune --delete
  pipectl prune aws://222222222222/eu-west-1
      also where no stage of the definition lives any more")]
pub struct Args {
    /// Further environments to look in
    #[arg(value_name = "aws://ACCOUNT/REGION")]
    environments: Vec<Environment>,

    /// Delete them, the newest first
    #[arg(long)]
    delete: bool,

    /// Ask nothing
    #[arg(short, long, requires = "delete")]
    yes: bool,
}

/// Lists, asks, and deletes.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let loaded = load::load(&global.definition).await?;
    let structure = match PipelineArgs::default().choose(global).await?.subject.structure().await {
        // What it left is there still.
        Err(SubjectError::Missing { pipeline, place }) => {
            ui.say(&format!("there is no pipeline `{pipeline}` in {place}: it deploys none of its stacks any more"));
            Structure::default()
        }
        structure => structure?,
    };
    let aws = Aws::connect(global.aws.clone()).await;
    let remembered = deploy::recall(&aws, &loaded.definition, Reader::Caller).await?;
    let discovered = discover(loaded, remembered).await?;
    let events = ui.events();
    let destroyer =
        Destroyer { aws: &aws, definition: &discovered.loaded.definition, pace: global.pace(), events: &events };
    let Found { plan, unread } = destroyer.plan_prune(&structure, &args.environments).await?;
    match global.format {
        Format::Json => ui.json(&serde_json::json!({ "found": destroy::named(&plan), "kept": plan.kept })),
        Format::Text => {
            for doomed in &plan.doomed {
                ui.data(&format!("{} {}", doomed.environment, doomed.stack.name));
            }
        }
    }
    if plan.doomed.is_empty() || !args.delete || args.yes {
        destroy::kept(&plan).for_each(|line| ui.say(&line));
    }
    if plan.doomed.is_empty() && unread.is_empty() {
        events.done("every stack of the pipeline is deployed by it".to_owned());
    }
    if !plan.doomed.is_empty() && !args.delete {
        let places: String = args.environments.iter().map(|environment| format!(" {environment}")).collect();
        ui.say(&format!("`{} prune{places} --delete` deletes these stacks", global.invocation));
    }
    if !plan.doomed.is_empty() && args.delete {
        if !args.yes && destroy::ask(ui, destroy::describe(&plan)) == Answer::No {
            ui.say(destroy::UNTOUCHED);
            return Ok(Outcome::Told(FailureKind::Declined));
        }
        destroyer.execute(&plan).await?;
        events.done(format!("deleted {}", crate::text::count(plan.doomed.len(), "stack")));
    }
    incomplete(ui, unread)
}

/// Tells which environments could not be looked into. What was found in the others is told, and done, all the same.
fn incomplete(ui: &Ui, mut unread: Vec<DestroyError>) -> Result<Outcome, Failure> {
    let Some(last) = unread.pop() else { return Ok(Outcome::Done) };
    unread.iter().for_each(|error| ui.warning(&chain(error), &error.hints()));
    Err(last.into())
}
