//! `pipectl outputs`: the outputs of the deployed stacks.

use camino::Utf8PathBuf;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::cli::global::FormatFlag;
use crate::cli::pipeline::PipelineArgs;
use crate::cli::{Failure, Global, Outcome, Ui, UsageError};
use crate::disk;
use crate::ops::outputs::{self, Presence, StackOutputs, as_cdk};

/// Show the outputs of the pipeline's stack and of those that it deploys
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl outputs
  pipectl outputs --stage Staging --format json
  pipectl outputs -O outputs.json     as `cdk deploy --outputs-file` writes them")]
pub struct Args {
    #[command(flatten)]
    pipeline: PipelineArgs,

    /// Only the stacks of this stage
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,

    /// How they are written: `cdk` is the shape of `cdk deploy --outputs-file`
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    format: FormatFlag,

    /// Write them to a file, in the CDK's shape unless `--format json` is given
    #[arg(short = 'O', long, value_name = "FILE")]
    outputs_file: Option<Utf8PathBuf>,
}

/// Reads and shows them.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let subject = args.pipeline.choose(global).await?.subject;
    let stacks = outputs::outputs(&subject, args.stage.as_deref()).await?;
    let Some(file) = &args.outputs_file else {
        match args.format {
            FormatFlag::Text => ui.data(&text(&stacks)),
            FormatFlag::Json => ui.json(&stacks),
            FormatFlag::Cdk => ui.json(&as_cdk(&stacks)),
        }
        return Ok(Outcome::Done);
    };
    let document = match args.format {
        FormatFlag::Json => serde_json::to_vec_pretty(&stacks),
        FormatFlag::Text | FormatFlag::Cdk => serde_json::to_vec_pretty(&as_cdk(&stacks)),
    };
    let written = document.map_err(std::io::Error::from).and_then(|bytes| disk::replace(file, &bytes));
    written.map_err(|error| UsageError::new(format!("`{file}` cannot be written: {error}")))?;
    ui.events().done(format!("wrote the outputs to `{file}`"));
    Ok(Outcome::Done)
}

fn text(stacks: &[StackOutputs]) -> String {
    let mut text = String::new();
    for stack in stacks {
        let stage = stack.stage.as_deref().map(|stage| format!("  ({stage})")).unwrap_or_default();
        let state = match (stack.presence, stack.outputs.is_empty()) {
            (Presence::Missing, _) => ": not deployed",
            (Presence::Deployed, true) => ": no outputs",
            (Presence::Deployed, false) => "",
        };
        text.push_str(&format!("{}{stage}{state}\n", stack.stack));
        for (key, value) in &stack.outputs {
            text.push_str(&format!("  {key} = {value}\n"));
        }
    }
    text
}

fn formats() -> impl TypedValueParser<Value = FormatFlag> {
    PossibleValuesParser::new(["text", "json", "cdk"]).map(|word| match word.as_str() {
        "json" => FormatFlag::Json,
        "cdk" => FormatFlag::Cdk,
        _ => FormatFlag::Text,
    })
}
