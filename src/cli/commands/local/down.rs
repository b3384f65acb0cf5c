//! `pipectl local down`: stop the local endpoint.

use super::place;
use crate::cli::{Failure, Global, Outcome, Ui};
use crate::local;

/// Stop the local endpoint and everything that it started; its state stays
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl local down
  pipectl local down && rm -r .pipectl/local
      forget its state as well")]
pub struct Args {}

/// Stops it.
pub async fn run(ui: &Ui, global: &Global, _: Args) -> Result<Outcome, Failure> {
    let instance = place::open(global)?;
    local::down(&instance).await?;
    ui.events().done("the local endpoint is stopped");
    Ok(Outcome::Done)
}
