//! Starting an endpoint, in this process or in one of its own.

use std::ffi::OsString;
use std::time::Duration;

use camino::Utf8Path;

use super::super::executable;
use super::host;
use crate::cli::{Failure, Ui};
use crate::id::{AccountId, Region};
use crate::local::instance::Instance;
use crate::local::{self, Options, Running, background, services};

/// How long the start may take in the background; the first one installs the emulator.
const START_LIMIT: Duration = Duration::from_secs(20 * 60);

/// Starts an endpoint in this very process; `None` when the user interrupts it.
pub(super) async fn here(ui: &Ui, options: Options) -> Result<Option<Running>, Failure> {
    let surroundings = host::surroundings();
    let provide = |context: &local::Context| services::all(context, surroundings);
    let (interruption, events) = (ui.interruption(), ui.events());
    tokio::select! {
        running = local::up(options, provide, &events) => Ok(Some(running?)),
        () = interruption.cancelled() => Ok(None),
    }
}

/// Starts an endpoint in the background, with further arguments of `local up`, and waits until it answers.
pub(super) async fn in_background(
    ui: &Ui,
    folder: &Utf8Path,
    account: &AccountId,
    region: &Region,
    more: impl IntoIterator<Item = String>,
) -> Result<Instance, Failure> {
    let target = ["local", "up", "--account", account.as_str(), "--region", region.as_str(), "--color", "never"];
    let mut arguments: Vec<OsString> = target.into_iter().map(OsString::from).collect();
    arguments.push(format!("--local={folder}").into());
    arguments.extend(more.into_iter().map(OsString::from));
    let program = executable()?.into_std_path_buf();
    Ok(background::start(program, arguments, folder, START_LIMIT, &ui.events()).await?)
}
