//! `pipectl amplify synth`: the assemblies of Gen 2 backends.

use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::ops::amplify::synthesise;
use crate::ops::load;
use crate::text;

/// Synthesise the Gen 2 backends of the definition, once for each stage that deploys one
///
/// `pipectl build` does the same after the build's commands. A build by a buildspec of your own calls this before `pipectl
/// synth`. Runs the backend with `tsx` of its project's `node_modules`; needs neither credentials nor the network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  npm ci && pipectl amplify synth && pipectl synth
  pipectl amplify synth --file apps/shop/pipeline.toml
  pipectl amplify synth --format json | jq -r '.[].\"stack-name\"'")]
pub struct Args {}

/// Synthesises and tells what was written.
pub async fn run(ui: &Ui, global: &Global, _: Args) -> Result<Outcome, Failure> {
    let loaded = load::load(&global.definition).await?;
    ui.report(&loaded.warnings);
    let synthesised = synthesise(&loaded, &ui.events()).await?;
    match global.format {
        Format::Text => ui.say(&format!("synthesised {}", text::count(synthesised.len(), "backend"))),
        Format::Json => ui.json(&synthesised),
    }
    Ok(Outcome::Done)
}
