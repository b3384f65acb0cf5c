//! `pipectl local remote`: where to push to.

use std::collections::BTreeMap;

use super::place;
use crate::cli::{Failure, Format, Global, Outcome, Ui, UsageError, nearby};
use crate::id::Repository;

/// Print the URL to push a repository to
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git remote add local \"$(pipectl local remote OWNER/REPO)\"; git push local main
  pipectl local remote
      the remote of the repository that was pushed, or of the definition's; with several, all of them")]
pub struct Args {
    /// The repository; without it, those that were pushed before, else the definition's
    #[arg(value_name = "OWNER/REPO")]
    repository: Option<Repository>,
}

/// Prints it.
pub fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let instance = place::open(global)?;
    let repositories = match args.repository {
        Some(repository) => vec![repository],
        None => match instance.repositories()? {
            none if none.is_empty() => nearby::repository(&global.definition).into_iter().collect(),
            pushed => pushed,
        },
    };
    if repositories.is_empty() {
        let unknown = UsageError::new("no repository was pushed yet, and no definition names one");
        return Err(unknown.hint("`pipectl local remote OWNER/REPO` names the first one").into());
    }
    let remotes = repositories.iter().map(|repository| (repository.to_string(), instance.remote(repository)));
    match global.format {
        Format::Text => remotes.for_each(|(_, remote)| ui.data(&remote)),
        Format::Json => ui.json(&remotes.collect::<BTreeMap<_, _>>()),
    }
    Ok(Outcome::Done)
}
