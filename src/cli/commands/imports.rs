//! `pipectl imports`: what a stage imports from the Parameter Store and from other stacks.

use camino::Utf8PathBuf;

use crate::aws::Aws;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::definition::Import;
use crate::id::Name;
use crate::ops::imports;

/// Read what a stage imports from the Parameter Store and from other stacks, and check it
///
/// The pipeline runs it by itself before a stage's change sets.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl imports --stage Production
  pipectl imports --assembly pipectl.out --stage Production --format json")]
pub struct Args {
    /// The assembly's folder
    #[arg(long, value_name = "DIR", default_value = "pipectl.out")]
    assembly: Utf8PathBuf,

    /// The stage
    #[arg(long, value_name = "NAME")]
    stage: Name,

    /// Print shell variables instead, as the pipeline's own action Imports does
    #[arg(long, hide = true)]
    shell: bool,
}

/// Reads the imports of a stage.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let aws = Aws::connect(global.aws.clone()).await;
    let values = imports::imports(&aws, &args.assembly, &args.stage).await?;
    if global.format == Format::Json {
        ui.json(&values);
        return Ok(Outcome::Done);
    }
    for (name, value) in &values {
        if args.shell {
            // A text without NUL can always be quoted, and what is imported has been checked.
            let quoted = shlex::try_quote(value).unwrap_or_default();
            ui.data(&format!("export {}={quoted}", Import::variable(name)));
        } else {
            ui.data(&format!("{name}  {value}"));
        }
    }
    Ok(Outcome::Done)
}
