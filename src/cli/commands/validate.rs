//! `pipectl validate`: all mistakes of a definition at once.

use crate::cli::{Failure, Global, Outcome, Ui};
use crate::diagnostic::FailureKind;
use crate::ops::validate::validate;
use crate::text::count;

/// Check the definition and the files that it names
///
/// Reports every mistake at once, each with its place and what to do about it: in the definition itself, between it and
/// the CloudFormation templates, and in the buildspec file. Needs neither credentials nor the network.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl validate
  pipectl validate --file pipelines/web.toml
  pipectl validate --format json | jq '.diagnostics[].message'

The exit code is 0 if there is no error (warnings are allowed), 3 otherwise.")]
pub struct Args {}

/// Shows what was found.
pub async fn run(ui: &Ui, global: &Global, _args: Args) -> Result<Outcome, Failure> {
    let validation = validate(&global.definition).await?;
    ui.findings(&validation.report);
    if validation.report.has_errors() {
        return Ok(Outcome::Told(FailureKind::Invalid));
    }
    if let Some(definition) = &validation.definition {
        let stacks = definition.stages.iter().map(|stage| stage.stacks.len()).sum();
        let (stages, stacks) = (count(definition.stages.len(), "stage"), count(stacks, "stack"));
        ui.events().done(format!("`{}` is valid: {stages}, {stacks}", global.definition));
    }
    Ok(Outcome::Done)
}
