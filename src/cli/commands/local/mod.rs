//! `pipectl local`: an AWS endpoint on this machine.

mod demo;
mod down;
mod env;
mod host;
mod place;
mod remote;
mod start;
mod up;

use crate::cli::{Failure, Global, Outcome, Ui};

/// Try pipelines on this machine: an AWS endpoint on 127.0.0.1 that really executes them
///
/// The endpoint lives in `.pipectl/local/` of the folder where it is started, and is found from every folder below. Its
/// state survives `local down`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl local up --detach
      start it and return when it answers
  eval \"$(pipectl local env)\"; aws sts get-caller-identity
      speak to it with the AWS CLI; the CDK CLI and every SDK work as well
  git push \"$(pipectl local remote OWNER/REPO)\" main
      push to it
  pipectl local down
      stop it")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Up(up::Args),
    Demo(demo::Args),
    Down(down::Args),
    Env(env::Args),
    Remote(remote::Args),
}

/// Hands over to the verb.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    match args.verb {
        Verb::Up(args) => up::run(ui, global, args).await,
        Verb::Demo(args) => demo::run(ui, args).await,
        Verb::Down(args) => down::run(ui, global, args).await,
        Verb::Env(args) => env::run(ui, global, args),
        Verb::Remote(args) => remote::run(ui, global, args),
    }
}
