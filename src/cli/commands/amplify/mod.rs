//! `pipectl amplify`: what concerns Amplify backends alone.

mod check;

use crate::cli::{Failure, Global, Outcome, Ui};

/// Look at Amplify backends
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl amplify check lib/amplify-export-todo")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Check(check::Args),
}

/// Hands over to the verb.
pub fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    match args.verb {
        Verb::Check(args) => check::run(ui, global, args),
    }
}
