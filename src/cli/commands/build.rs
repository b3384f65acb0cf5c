//! `pipectl build`: the definition's commands, then the assembly.

use camino::Utf8PathBuf;

use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::ops;

/// Run the build's commands as the definition has them now, then write the assembly
///
/// The pipeline's build runs this on the pushed source, so a push that repairs the commands repairs the build.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl build
  pipectl build --file services/api/pipeline.toml --out pipectl.out")]
pub struct Args {
    /// The folder to write the assembly to; one that is there is replaced
    #[arg(long, value_name = "DIR", default_value = "pipectl.out")]
    out: Utf8PathBuf,
}

/// Builds and tells what was written.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let synthesised = ops::build::build(&global.definition, &args.out, &ui.events()).await?;
    if global.format == Format::Json {
        ui.json(&synthesised);
    }
    Ok(Outcome::Done)
}
