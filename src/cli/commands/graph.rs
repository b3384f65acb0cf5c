//! `pipectl graph`: the pipeline that a definition makes.

use super::discovered;
use crate::cli::{Failure, Format, Global, Outcome, Ui};
use crate::ops;

/// Show the stages and actions of the pipeline that the definition makes
///
/// One line an action: run order, name, what it reads and makes, what it waits for. Where stages share one for lack of room,
/// a line says which, and what they lose by it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl graph
  pipectl graph --format json")]
pub struct Args {}

/// Lays the pipeline out and prints it.
pub async fn run(ui: &Ui, global: &Global, _args: Args) -> Result<Outcome, Failure> {
    let discovered = discovered(ui, global).await?;
    for stage in &discovered.left_out {
        ui.say(&format!("stage `{}` is left out: only a build can find its stacks", stage.stage));
    }
    let graph = ops::graph::graph(&discovered.loaded)?;
    match global.format {
        Format::Text => ui.data(&graph.show()),
        Format::Json => ui.json(&graph),
    }
    Ok(Outcome::Done)
}
