//! `pipectl local remote`: where to push to.

use super::place;
use crate::cli::{Failure, Global, Outcome, Ui};
use crate::id::Repository;

/// Print the URL to push a repository to
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git remote add local \"$(pipectl local remote OWNER/REPO)\"; git push local main
  pipectl local remote
      the remote of the only repository; with several, all of them")]
pub struct Args {
    /// The repository; without it, those that were pushed before
    #[arg(value_name = "OWNER/REPO")]
    repository: Option<Repository>,
}

/// Prints it.
pub fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let instance = place::open(global)?;
    let repositories = match args.repository {
        Some(repository) => vec![repository],
        None => instance.repositories()?,
    };
    let lines: Vec<String> = repositories.iter().map(|repository| instance.remote(repository)).collect();
    if lines.is_empty() {
        ui.events().warning(
            "no repository was pushed yet",
            vec!["`pipectl local remote OWNER/REPO` names the first one".to_owned()],
        );
    } else {
        ui.data(&lines.join("\n"));
    }
    Ok(Outcome::Done)
}
