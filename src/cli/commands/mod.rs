//! The verbs: one file each, with its arguments and a thin `run`.

pub mod amplify;
pub mod approve;
pub mod bootstrap;
pub mod build;
pub mod completions;
pub mod deploy;
pub mod destroy;
pub mod diff;
pub mod graph;
pub mod guard;
pub mod imports;
pub mod init;
pub mod local;
pub mod logs;
pub mod outputs;
pub mod prune;
pub mod publish;
pub mod reject;
pub mod retry;
pub mod review;
pub mod run;
pub mod schema;
pub mod status;
pub mod stop;
pub mod synth;
pub mod validate;

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use clap::Subcommand;

use super::global::Reach;
use super::{Failure, Global, Outcome, Ui, UsageError, interrupt};
use crate::ops::discover::{Discovered, discover};
use crate::ops::load;

/// What pipectl can be asked to do.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "a verb's help is the documentation of its `Args`")]
pub enum Command {
    Amplify(amplify::Args),
    Approve(approve::Args),
    Bootstrap(Box<bootstrap::Args>),
    Build(build::Args),
    Completions(completions::Args),
    Deploy(deploy::Args),
    Destroy(destroy::Args),
    Diff(diff::Args),
    Graph(graph::Args),
    Guard(guard::Args),
    Imports(imports::Args),
    Init(init::Args),
    Local(local::Args),
    Logs(logs::Args),
    Outputs(Box<outputs::Args>),
    Prune(prune::Args),
    Publish(publish::Args),
    Reject(reject::Args),
    Retry(retry::Args),
    Review(review::Args),
    Run(run::Args),
    Schema(schema::Args),
    Status(status::Args),
    Stop(stop::Args),
    Synth(synth::Args),
    Validate(validate::Args),
}

impl Command {
    /// How far the verb reaches.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Self::Amplify(_)
            | Self::Build(_)
            | Self::Completions(_)
            | Self::Graph(_)
            | Self::Init(_)
            | Self::Local(_)
            | Self::Schema(_)
            | Self::Synth(_)
            | Self::Validate(_) => Reach::Files,
            Self::Outputs(args) if args.are_saved() => Reach::Files,
            Self::Approve(_)
            | Self::Bootstrap(_)
            | Self::Deploy(_)
            | Self::Destroy(_)
            | Self::Diff(_)
            | Self::Guard(_)
            | Self::Imports(_)
            | Self::Logs(_)
            | Self::Outputs(_)
            | Self::Prune(_)
            | Self::Publish(_)
            | Self::Reject(_)
            | Self::Retry(_)
            | Self::Review(_)
            | Self::Run(_)
            | Self::Status(_)
            | Self::Stop(_) => Reach::Aws,
        }
    }
}

/// Hands over to the verb. Asynchronous verbs go through `interrupt::run`; the others need no runtime.
pub(super) fn dispatch(ui: &Ui, global: &Global, command: Command) -> Result<Outcome, Failure> {
    match command {
        Command::Amplify(args) => amplify::run(ui, global, args),
        Command::Approve(args) => interrupt::run(ui, approve::run(ui, global, args)),
        Command::Bootstrap(args) => interrupt::run(ui, bootstrap::run(ui, global, *args)),
        Command::Build(args) => interrupt::run(ui, build::run(ui, global, args)),
        Command::Completions(args) => completions::run(ui, global, args),
        Command::Destroy(args) => interrupt::run(ui, destroy::run(ui, global, args)),
        Command::Diff(args) => interrupt::run(ui, diff::run(ui, global, args)),
        Command::Deploy(args) => interrupt::run(ui, deploy::run(ui, global, args)),
        Command::Graph(args) => interrupt::run(ui, graph::run(ui, global, args)),
        Command::Guard(args) => interrupt::run(ui, guard::run(ui, global, args)),
        Command::Imports(args) => interrupt::run(ui, imports::run(ui, global, args)),
        Command::Init(args) => interrupt::run(ui, init::run(ui, global, args)),
        Command::Local(args) => interrupt::run(ui, local::run(ui, global, args)),
        Command::Logs(args) => interrupt::run(ui, logs::run(ui, global, args)),
        Command::Outputs(args) => interrupt::run(ui, outputs::run(ui, global, *args)),
        Command::Prune(args) => interrupt::run(ui, prune::run(ui, global, args)),
        Command::Publish(args) => interrupt::run(ui, publish::run(ui, global, args)),
        Command::Reject(args) => interrupt::run(ui, reject::run(ui, global, args)),
        Command::Retry(args) => interrupt::run(ui, retry::run(ui, global, args)),
        Command::Review(args) => interrupt::run(ui, review::run(ui, global, args)),
        Command::Run(args) => interrupt::run(ui, run::run(ui, global, args)),
        Command::Schema(args) => schema::run(ui, global, args),
        Command::Status(args) => interrupt::run(ui, status::run(ui, global, args)),
        Command::Stop(args) => interrupt::run(ui, stop::run(ui, global, args)),
        Command::Synth(args) => interrupt::run(ui, synth::run(ui, global, args)),
        Command::Validate(args) => interrupt::run(ui, validate::run(ui, global, args)),
    }
}

/// Loads the definition and finds the stacks of its stages, with what is here alone.
async fn discovered(ui: &Ui, global: &Global) -> Result<Discovered, Failure> {
    let loaded = load::load(&global.definition).await?;
    let discovered = discover(loaded, BTreeMap::new()).await?;
    ui.report(&discovered.loaded.warnings);
    Ok(discovered)
}

/// The path of the running program.
fn executable() -> Result<Utf8PathBuf, Failure> {
    let path = std::env::current_exe().ok().and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    path.ok_or_else(|| UsageError::new("the path of the running pipectl cannot be found out, or is no UTF-8").into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::cli::Cli;

    fn check(command: &clap::Command, path: &str) {
        for verb in command.get_subcommands() {
            let path = format!("{path} {}", verb.get_name());
            if verb.has_subcommands() {
                check(verb, &path);
                continue;
            }
            let help = verb.get_after_help().or_else(|| verb.get_after_long_help()).map(ToString::to_string);
            let help = help.unwrap_or_default();
            assert!(help.contains("Examples:") && help.contains(&path), "`{path}` has no example");
            assert!(verb.get_about().is_some(), "`{path}` does not say what it does");
        }
    }

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_verb_says_what_it_does_and_has_examples() {
        check(&Cli::command(), "pipectl");
    }
}
