//! `pipectl local down`: stop the local endpoint.

use crate::cli::{Failure, Global, Outcome, Ui, nearby};
use crate::local;
use crate::local::instance;

/// Stop the local endpoint and everything that it started; its state stays. One that does not run is no failure
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl local down
  pipectl local down && rm -r .pipectl/local
      forget its state as well")]
pub struct Args {}

/// Stops it.
pub async fn run(ui: &Ui, global: &Global, _: Args) -> Result<Outcome, Failure> {
    match local::started(&nearby::place(global.local.as_deref())?).await {
        Ok(instance) => {
            local::down(&instance).await?;
            ui.events().done("the local endpoint is stopped");
        }
        Err(stopped @ instance::Error::NotRunning { .. }) => ui.events().done(stopped.to_string()),
        Err(error) => return Err(error.into()),
    }
    Ok(Outcome::Done)
}
