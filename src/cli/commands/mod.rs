//! The verbs: one file each, with its arguments and a thin `run`.

pub mod bootstrap;
pub mod completions;

use clap::Subcommand;

use super::interrupt;
use super::{Failure, Global, Outcome, Ui};

/// What pipectl can be asked to do.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a verb's help is the documentation of its `Args`")]
pub enum Command {
    Bootstrap(Box<bootstrap::Args>),
    Completions(completions::Args),
}

/// Hands over to the verb. Asynchronous verbs go through `interrupt::run`; the others need no runtime.
pub(super) fn dispatch(ui: &Ui, global: &Global, command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Bootstrap(args) => interrupt::run(ui, bootstrap::run(ui, global, *args)),
        Command::Completions(args) => completions::run(ui, global, args),
    }
}
