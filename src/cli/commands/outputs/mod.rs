//! `pipectl outputs`: the outputs of stacks, and what the clients of an Amplify backend are told.

mod client;
mod destination;
mod source;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use client::ClientArgs;
use destination::{Destination, Written};
use source::{SourceArgs, StackNamed};

use crate::cli::global::FormatFlag;
use crate::cli::{Failure, Global, Outcome, Ui, UsageError};
use crate::ops::outputs::{EnvNames, Presence, StackOutputs, as_cdk, as_env, shared_name};

/// Show the outputs of stacks, or write the client configuration of an Amplify backend
///
/// The stacks are those of a pipeline, any one that `--stack` names, or saved ones. With `--format amplify` the outputs of a
/// Gen 2 backend become `amplify_outputs.json`, as `ampx generate outputs` writes it; with `--format aws-exports` those of
/// a Gen 1 backend become `aws-exports.js`, as the Amplify CLI writes it. That takes two read permissions:
/// `cloudformation:DescribeStacks` and `cloudformation:GetTemplate`; and `s3:GetObject` in the toolkit's bucket where a Gen 2
/// backend with a data API is not at hand as an assembly (`--template`).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl outputs
  pipectl outputs --stage Staging --format json
  pipectl outputs -O outputs.json     as `cdk deploy --outputs-file` writes them
  eval \"$(pipectl outputs --stack shop-Staging-app --format env)\"
  pipectl outputs --format amplify --stack amplify-shop-main-branch-0123456789 -O src/
      writes src/amplify_outputs.json
  pipectl outputs --format amplify --from outputs.json --template cdk.out/NAME.template.json
      the same without AWS, from what was saved
  pipectl outputs --format aws-exports --stack amplify-todo-dev-12345 -O src/
      writes src/aws-exports.js and src/amplifyconfiguration.json")]
pub struct Args {
    #[command(flatten)]
    source: SourceArgs,

    /// How they are written: `cdk` is the shape of `cdk deploy --outputs-file`, `env` has lines for a shell, `amplify` is
    /// `amplify_outputs.json` (Gen 2), `aws-exports` is `aws-exports.js` (Gen 1)
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    format: FormatFlag,

    #[command(flatten)]
    destination: Destination,

    #[command(flatten)]
    client: ClientArgs,
}

impl Args {
    /// Whether the outputs are saved ones, for which nothing has to run.
    pub fn are_saved(&self) -> bool {
        self.source.are_saved()
    }
}

/// Reads and shows them.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    args.client.check(args.format)?;
    let found = args.source.read(global).await?;
    let stacks: Vec<&StackOutputs> = found.iter().map(|found| &found.outputs).collect();
    let written = match args.format {
        FormatFlag::Text if args.destination.is_a_file() => vec![cdk(&stacks)?],
        FormatFlag::Text => vec![Written { file_name: "outputs.txt".to_owned(), text: text(&stacks) }],
        FormatFlag::Json => vec![json("outputs.json", &stacks)?],
        FormatFlag::Cdk => vec![cdk(&stacks)?],
        FormatFlag::Env => vec![env(&stacks, args.source.stack_named(&found))?],
        FormatFlag::Amplify => args.client.amplify(ui, &found, args.destination.extension()).await?,
        FormatFlag::AwsExports => args.client.aws_exports(ui, global, &found).await?,
    };
    args.destination.write(ui, &written)?;
    Ok(Outcome::Done)
}

fn cdk(stacks: &[&StackOutputs]) -> Result<Written, UsageError> {
    by_name(stacks)?;
    json("cdk-outputs.json", &as_cdk(stacks))
}

/// Refuses stacks that a shape by name cannot tell apart.
fn by_name(stacks: &[&StackOutputs]) -> Result<(), UsageError> {
    let Some(name) = shared_name(stacks) else { return Ok(()) };
    let message = format!("several stacks are called `{name}`, which this format would not tell apart");
    Err(UsageError::new(message).hint("`--stage STAGE` chooses one, and `--format json` has all"))
}

fn json(file_name: &str, value: &impl serde::Serialize) -> Result<Written, UsageError> {
    let text = serde_json::to_string_pretty(value).map_err(UsageError::from_error)?;
    Ok(Written { file_name: file_name.to_owned(), text: format!("{text}\n") })
}

fn env(stacks: &[&StackOutputs], stack: StackNamed) -> Result<Written, UsageError> {
    by_name(stacks)?;
    let names = match stack {
        StackNamed::Yes => EnvNames::Output,
        StackNamed::No => EnvNames::StackAndOutput,
    };
    Ok(Written { file_name: "outputs.env".to_owned(), text: as_env(stacks, names) })
}

fn text(stacks: &[&StackOutputs]) -> String {
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

/// The formats by their names.
const FORMATS: [(&str, FormatFlag); 6] = [
    ("text", FormatFlag::Text),
    ("json", FormatFlag::Json),
    ("cdk", FormatFlag::Cdk),
    ("env", FormatFlag::Env),
    ("amplify", FormatFlag::Amplify),
    ("aws-exports", FormatFlag::AwsExports),
];

fn formats() -> impl TypedValueParser<Value = FormatFlag> {
    PossibleValuesParser::new(FORMATS.map(|(name, _)| name))
        .map(|word| FORMATS.into_iter().find(|(name, _)| *name == word).map_or(FormatFlag::Text, |(_, format)| format))
}
