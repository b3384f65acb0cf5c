//! `pipectl synth`: the assembly of a definition.

use camino::Utf8PathBuf;

use super::discovered;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::ops;
use crate::text;

/// Write the cloud assembly: the pipeline stack, the stages' stacks and their assets
///
/// Makes no call to AWS. The CDK CLI reads the result: `cdk -a pipectl.out ls`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl synth
  pipectl synth --out build/pipectl.out
  pipectl synth && cdk -a pipectl.out diff")]
pub struct Args {
    /// The folder to write; an assembly that is there is replaced
    #[arg(long, value_name = "DIR", default_value = "pipectl.out")]
    out: Utf8PathBuf,
}

/// Synthesises and tells what was written.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let discovered = discovered(ui, global).await?;
    let loaded = &discovered.loaded;
    let synthesised = ops::synth::synth(&discovered, &args.out).await?;
    match global.format {
        Format::Text => ui.say(&format!(
            "wrote `{}` with {} in {}",
            synthesised.folder,
            text::count(synthesised.stacks.len(), "stack"),
            text::count(loaded.definition.stages.len(), "stage"),
        )),
        Format::Json => ui.json(&synthesised),
    }
    Ok(Outcome::Done)
}
