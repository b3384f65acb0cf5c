//! `pipectl local up`: start the local endpoint.

use camino::{Utf8Path, Utf8PathBuf};

use super::{host, place, start};
use crate::cli::{Failure, Global, Outcome, Ui, UsageError};
use crate::diagnostic::FailureKind;
use crate::id::{AccountId, IdentifierError, Region};
use crate::local::instance::{Folder, Instance};
use crate::local::{Ending, Options};
use crate::ops::load;

/// The account of an endpoint whose definition names none.
const DEFAULT_ACCOUNT: &str = "000000000000";

/// The region of an endpoint without any wish.
const DEFAULT_REGION: &str = "us-east-1";

/// Start the local endpoint
///
/// The first start installs the emulator into a Python environment of its own. The endpoint listens on 127.0.0.1 only,
/// and answers nobody but those who know its keys.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pipectl local up
      until Ctrl-C
  pipectl local up --detach --account 111111111111
      in the background; returns when it answers, at once if it does already
  pipectl local up --simulate AWS::Chatbot::SlackChannelConfiguration
      record resources of a type that the emulator lacks")]
pub struct Args {
    /// Go on in the background, and return when the endpoint answers
    #[arg(long)]
    detach: bool,

    /// The account of its own credentials; without it, that of the definition, else that of the last start
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,

    /// The port; without it, that of the last start, or a free one
    #[arg(long)]
    port: Option<u16>,

    /// CloudFormation type that the emulator lacks and that is only to be recorded
    #[arg(long, value_name = "TYPE")]
    simulate: Vec<String>,
}

/// Starts it.
pub async fn run(ui: &Ui, global: &Global, args: Args) -> Result<Outcome, Failure> {
    let folder = place::to_start(global)?;
    if args.detach { detach(ui, global, args, &folder).await } else { serve(ui, global, args, folder).await }
}

/// Serves until the end is asked for.
async fn serve(ui: &Ui, global: &Global, args: Args, folder: Utf8PathBuf) -> Result<Outcome, Failure> {
    let (account, region) = target(global, args.account, &folder).await?;
    let options = Options {
        folder,
        account,
        region,
        port: args.port,
        interpreter: host::interpreter()?,
        simulated: args.simulate,
        path: host::path(),
    };
    let Some(running) = start::here(ui, options).await? else { return Ok(Outcome::Done) };
    let interruption = ui.interruption();
    tokio::select! {
        () = running.ended() => {}
        () = interruption.cancelled() => {}
    }
    match running.shutdown().await? {
        Ending::Asked => Ok(Outcome::Done),
        Ending::EmulatorLost => {
            ui.warning("the emulator ended by itself, and the local endpoint with it", &[]);
            Ok(Outcome::Told(FailureKind::Failed))
        }
    }
}

/// Starts it in the background, and waits until it answers.
async fn detach(ui: &Ui, global: &Global, args: Args, folder: &Utf8Path) -> Result<Outcome, Failure> {
    let (account, region) = target(global, args.account.clone(), folder).await?;
    if let Ok(running) = Instance::open(folder)
        && is_as_wished(&running, &args, &account, &region)
    {
        ui.events().done(format!("the local endpoint answers at {} already", running.endpoint));
        return Ok(Outcome::Done);
    }
    let port = args.port.map(|port| format!("--port={port}"));
    let simulated = args.simulate.iter().map(|name| format!("--simulate={name}"));
    let instance = start::in_background(ui, folder, &account, &region, port.into_iter().chain(simulated)).await?;
    ui.events().done(format!("the local endpoint answers at {}", instance.endpoint));
    ui.say("`eval \"$(pipectl local env)\"` speaks to it, `pipectl local down` stops it");
    Ok(Outcome::Done)
}

/// Whether what runs is what would be started. Who names types to simulate wants another start.
fn is_as_wished(running: &Instance, args: &Args, account: &AccountId, region: &Region) -> bool {
    let has_port = |port: u16| running.endpoint.ends_with(&format!(":{port}"));
    running.account == *account
        && running.region == *region
        && args.port.is_none_or(has_port)
        && args.simulate.is_empty()
}

/// The wished account and region, else the definition's, where there is one, else those of the last start.
async fn target(global: &Global, wished: Option<AccountId>, folder: &Utf8Path) -> Result<(AccountId, Region), Failure> {
    let defined = load::load(&global.definition).await.ok().map(|loaded| loaded.definition.target);
    let (defined_account, defined_region) = defined.map_or((None, None), |target| (target.account, target.region));
    let known = Folder::new(folder).known_identity()?;
    let (known_account, known_region) = known.map_or((None, None), |known| (known.account, known.region));
    let account = wished.or(defined_account).or(known_account).map_or_else(|| DEFAULT_ACCOUNT.parse(), Ok);
    let region = global.aws.region.clone().or(defined_region).or(known_region);
    let region = region.map_or_else(|| DEFAULT_REGION.parse(), Ok);
    let wrong = |error: IdentifierError| UsageError::new(error.to_string());
    Ok((account.map_err(wrong)?, region.map_err(wrong)?))
}
