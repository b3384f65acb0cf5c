//! `pipectl local down`: stop the local endpoint.

use super::place::Place;
use crate::cli::{Failure, Outcome, Ui};
use crate::local;

/// Stop the local endpoint and everything that it started; its state stays
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl local down
  pipectl local down && rm -r .pipectl/local
      forget its state as well")]
pub struct Args {
    #[command(flatten)]
    place: Place,
}

/// Stops it.
pub async fn run(ui: &Ui, args: Args) -> Result<Outcome, Failure> {
    let instance = args.place.open()?;
    local::down(&instance).await?;
    ui.events().done("the local endpoint is stopped");
    Ok(Outcome::Done)
}
