//! `pipectl guard`: what a stage needs beyond CloudFormation's actions.

use camino::Utf8PathBuf;

use crate::aws::Aws;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::id::{Name, PipelineName};
use crate::ops::guard::{self, Guarded};
use crate::ops::stack::Company;

/// Do for a stage what the pipeline's CloudFormation actions cannot
///
/// Deletes stacks that were never created as a whole, sets protection from deletion and notification targets, and refuses
/// stacks of other pipelines. The pipeline runs it by itself, where a stage needs it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl guard --stage Production
  pipectl guard --assembly pipectl.out --stage Production --format json")]
pub struct Args {
    /// The assembly's folder
    #[arg(long, value_name = "DIR", default_value = "pipectl.out")]
    assembly: Utf8PathBuf,

    /// The stage
    #[arg(long, value_name = "NAME")]
    stage: Name,

    /// The pipeline whose executions run in parallel: what others have prepared stays
    #[arg(long, value_name = "PIPELINE")]
    parallel: Option<PipelineName>,
}

/// Guards a stage.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let aws = Aws::connect(global.aws.clone()).await;
    let events = ui.events();
    let company = args.parallel.as_ref().map_or(Company::Alone, Company::Parallel);
    let guarded = guard::guard(&aws, &args.assembly, &args.stage, company, global.pace(), &events).await?;
    for (stack, done) in &guarded {
        events.done(match done {
            Guarded::Nothing => format!("stack `{stack}`: nothing to do"),
            Guarded::Deleted => format!("stack `{stack}`: deleted, so that it can be created anew"),
            Guarded::Adjusted => format!("stack `{stack}`: protection and notification targets are set"),
        });
    }
    if global.format == Format::Json {
        ui.json(&guarded);
    }
    Ok(Outcome::Done)
}
