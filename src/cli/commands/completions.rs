//! `pipectl completions`: what a shell needs to complete pipectl's commands.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::{Cli, Failure, Global, Outcome, Ui};

/// Print the completion script of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl completions bash > ~/.local/share/bash-completion/completions/pipectl
  pipectl completions zsh > \"${fpath[1]}/_pipectl\"")]
pub struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub fn run(ui: &Ui, _global: &Global, args: Args) -> Result<Outcome, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "pipectl", &mut script);
    ui.data(&String::from_utf8_lossy(&script));
    Ok(Outcome::Done)
}
