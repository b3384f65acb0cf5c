//! `pipectl publish`: put the assets of an assembly where its stacks expect them.

use camino::Utf8PathBuf;

use crate::aws::Aws;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::ops::publish;

/// Publish the file assets of an assembly to the toolkit buckets
///
/// Assets are named by their content: what is there already is skipped, and the command may be repeated at any time.
/// Assemblies of the CDK are published as well.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl publish
      the assembly that `pipectl synth` wrote
  pipectl publish --assembly cdk.out --profile production
      the assembly of a CDK app
  pipectl publish --format json
      how many assets and bytes were put, for a program")]
pub struct Args {
    /// The assembly's folder
    #[arg(long, value_name = "DIR", default_value = "pipectl.out")]
    assembly: Utf8PathBuf,
}

/// Publishes.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let aws = Aws::connect(global.aws.clone()).await;
    let published = publish::publish(&aws, &args.assembly, &ui.events()).await?;
    if global.format == Format::Json {
        ui.json(&published);
    }
    Ok(Outcome::Done)
}
