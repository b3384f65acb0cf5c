//! The face: arguments, rendering, exit codes. The only printer.
//!
//! [`run`] parses the arguments, resolves what is global once, and hands over to the verb. A verb is one file in
//! [`commands`]: its `Args` and a `run(ui, global, args) -> Result<Outcome, Failure>`, which calls `ops` and prints the
//! value that it returns.

mod carried;
pub mod commands;
mod duration;
pub mod exit;
mod failure;
mod global;
mod interrupt;
mod localised;
mod logging;
mod nearby;
mod pipeline;
mod progress;
mod question;
mod render;
mod ui;
mod usage;
mod verdict;
mod watching;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

pub use commands::Command;
pub use failure::{Failure, Outcome, UsageError};
pub use global::{Format, Global};
use logging::Verbosity;
use progress::Progress;
pub use question::{Answer, Question};
pub use ui::Ui;

/// CDK Pipelines without a CDK program: a CI/CD pipeline on AWS that a file describes and that updates itself.
#[derive(Debug, Parser)]
#[command(name = "pipectl", version, propagate_version = false, after_long_help = exit::HELP)]
pub struct Cli {
    #[command(flatten)]
    flags: global::Flags,
    #[command(subcommand)]
    command: Command,
}

/// Runs the program: arguments in, exit code out.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(answer) if answer.use_stderr() && usage::is_for_programs(&arguments) => {
            let errors = Progress::new(Format::Json, Verbosity::Quiet, anstream::ColorChoice::Never);
            errors.line(&render::compact(&render::FailureView::of(&usage::failure(&answer))));
            return ExitCode::from(exit::USAGE);
        }
        Err(answer) => return tell_usage(&answer),
    };
    logging::start(cli.flags.verbosity());
    let ui = Ui::new(&cli.flags);
    let reach = cli.command.reach();
    let result = Global::resolve(cli.flags, reach).and_then(|global| commands::dispatch(&ui, &global, cli.command));
    ui.settle();
    match result {
        Ok(_) if ui.has_lost_output() => ExitCode::from(exit::FAILED),
        Ok(outcome) => exit::of_outcome(outcome),
        Err(failure) => {
            let kind = failure.kind();
            ui.failure(failure);
            exit::of_kind(kind)
        }
    }
}

/// Prints help, the version or what is wrong with the arguments. A closed pipe is no failure.
fn tell_usage(answer: &clap::Error) -> ExitCode {
    let told = answer.print();
    match (answer.use_stderr(), told) {
        (true, _) => ExitCode::from(exit::USAGE),
        (false, Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(exit::FAILED),
        (false, _) => ExitCode::from(exit::DONE),
    }
}
