//! `pipectl schema`: the definition's grammar for editors.

use crate::cli::{Failure, Global, Outcome, Ui};
use crate::definition::schema;

/// Print the JSON Schema of the definition
///
/// Editors with a TOML language server complete and check the file by it. `pipectl validate` checks more: what refers to
/// what, and the files that the definition names.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl schema > pipeline.schema.json
  (then, as the first line of pipeline.toml)
  #:schema ./pipeline.schema.json")]
pub struct Args {}

/// Prints the schema.
pub fn run(ui: &Ui, _global: &Global, _args: Args) -> Result<Outcome, Failure> {
    ui.json(&schema::json_schema());
    Ok(Outcome::Done)
}
