//! `pipectl amplify`: what concerns Amplify backends alone.

mod check;
mod synth;

use crate::cli::interrupt;
use crate::cli::{Failure, Global, Outcome, Ui};

/// Check and synthesise Amplify backends
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl amplify check lib/amplify-export-todo
  pipectl amplify synth")]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Check(check::Args),
    Synth(synth::Args),
}

/// Hands over to the verb.
pub fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    match args.verb {
        Verb::Check(args) => check::run(ui, global, args),
        Verb::Synth(args) => interrupt::run(ui, synth::run(ui, global, args)),
    }
}
