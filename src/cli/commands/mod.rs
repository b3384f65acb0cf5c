//! The verbs: one file each, with its arguments and a thin `run`.

pub mod completions;

use clap::Subcommand;

use super::{Failure, Global, Outcome, Ui};

/// What pipectl can be asked to do.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a verb's help is the documentation of its `Args`")]
pub enum Command {
    Completions(completions::Args),
}

/// Hands over to the verb. Asynchronous verbs go through `interrupt::run`; the others need no runtime.
pub(super) fn dispatch(ui: &Ui, global: &Global, command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Completions(args) => completions::run(ui, global, args),
    }
}
