//! `pipectl local demo`: the whole story of a pipeline, on this machine.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::executable;
use super::{host, start};
use crate::cli::{Failure, Outcome, Ui, UsageError};
use crate::id::{AccountId, Region, Repository};
use crate::local::Options;
use crate::local::demo::{self, Demo};
use crate::local::instance::{Instance, PLACE};

/// The account of the demonstration.
const ACCOUNT: &str = "000000000000";

/// The region of the demonstration.
const REGION: &str = "us-east-1";

/// The sample's repository on the endpoint's GitHub.
const REPOSITORY: &str = "demo/shop";

/// Watch a pipeline come into being, deploy an application and change itself because of a push
///
/// Makes a sample repository in a temporary folder, starts a local endpoint, and then does what a user does, showing each
/// command: push, bootstrap, deploy; a push that adds a stage to the pipeline; one that breaks the build and one that
/// repairs it. Leaves nothing running.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl local demo
  pipectl local demo --keep
      leave the endpoint and the repository up, to look around and push to")]
pub struct Args {
    /// Leave everything up, and say how to stop it
    #[arg(long)]
    keep: bool,
}

/// Plays the demonstration.
pub async fn run(ui: &Ui, args: Args) -> Result<Outcome, Failure> {
    let folder = tempfile::Builder::new().prefix("pipectl-demo-").tempdir().map_err(|error| {
        UsageError::new(format!("no temporary folder can be made: {error}")).hint("set TMPDIR to a folder with space")
    })?;
    let repository = Utf8PathBuf::from_path_buf(folder.path().to_owned()).map_err(|_| {
        UsageError::new("the temporary folder's path is not UTF-8").hint("set TMPDIR to another folder")
    })?;
    if args.keep {
        // From here on the folder is the user's.
        let _ = folder.keep();
        play_and_keep(ui, &repository).await
    } else {
        play_and_clean(ui, &repository).await
    }
}

/// Plays on an endpoint in this very process, which ends with it.
async fn play_and_clean(ui: &Ui, repository: &Utf8Path) -> Result<Outcome, Failure> {
    let interruption = ui.interruption();
    let events = ui.events();
    let (account, region) = target()?;
    let options = Options {
        folder: repository.join(PLACE),
        account,
        region,
        port: None,
        interpreter: host::interpreter()?,
        simulated: Vec::new(),
        path: host::path(),
    };
    let Some(running) = start::here(ui, options).await? else { return Ok(Outcome::Done) };
    let scene = scene(running.instance(), repository)?;
    let played = tokio::select! {
        played = demo::demo(&scene, &events) => Some(played),
        () = interruption.cancelled() => None,
    };
    running.shutdown().await?;
    if let Some(played) = played {
        played?;
        events.done("that was the whole story; nothing is left running");
        ui.say("`pipectl local demo --keep` leaves it up to look around; the README shows how to begin with a repository of your own");
    }
    Ok(Outcome::Done)
}

/// Plays on an endpoint in the background, which stays.
async fn play_and_keep(ui: &Ui, repository: &Utf8Path) -> Result<Outcome, Failure> {
    let folder = repository.join(PLACE);
    let events = ui.events();
    let (account, region) = target()?;
    let instance = start::in_background(ui, &folder, &account, &region, []).await?;
    let played = demo::demo(&scene(&instance, repository)?, &events).await;
    events.done("the endpoint and the repository are still there; look around:");
    for line in demo::what_to_look_at(&folder, repository) {
        ui.say(&format!("  {line}"));
    }
    played?;
    Ok(Outcome::Done)
}

/// The account and region of the demonstration.
fn target() -> Result<(AccountId, Region), Failure> {
    Ok((ACCOUNT.parse().map_err(UsageError::from_error)?, REGION.parse().map_err(UsageError::from_error)?))
}

fn scene(instance: &Instance, repository: &Utf8Path) -> Result<Demo, Failure> {
    let hosted: Repository = REPOSITORY.parse().map_err(UsageError::from_error)?;
    Ok(Demo {
        program: executable()?,
        instance: instance.folder().to_owned(),
        repository: repository.to_owned(),
        remote: instance.clone_url(&hosted),
        token: instance.github_token(),
        settings: instance.settings(None, None),
    })
}
