//! Ending an endpoint that another process runs.

use std::time::Duration;

use camino::Utf8Path;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::authority::TOKEN_HEADER;
use super::contract::{Body, full};
use super::front::END_PATH;
use super::instance::{Error, Folder, Instance};

/// How long the end may take: open requests, running builds, the emulator's state.
const PATIENCE: Duration = Duration::from_secs(40);

/// How long a start may take until there is an instance that can be asked to end.
const START: Duration = Duration::from_secs(120);

/// Opens the instance that lives in a folder, and waits for one that is being started.
pub async fn started(folder: &Utf8Path) -> Result<Instance, Error> {
    let deadline = tokio::time::Instant::now() + START;
    loop {
        match Instance::open(folder) {
            Err(Error::Unsettled { .. }) if tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            opened => return opened,
        }
    }
}

/// Asks a running instance to end and waits until it has.
pub async fn down(instance: &Instance) -> Result<(), Error> {
    let request = http::Request::post(format!("{}{END_PATH}", instance.endpoint))
        .header(TOKEN_HEADER, &instance.token)
        .body(full(""))
        .map_err(std::io::Error::other)?;
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let folder = Folder::new(instance.folder());
    let deadline = tokio::time::Instant::now() + PATIENCE;
    // An instance that does not answer may be ending already: the lock tells.
    let _ = tokio::time::timeout(PATIENCE, client.request(request)).await;
    while folder.is_in_use()? {
        if tokio::time::Instant::now() > deadline {
            return Err(Error::StillRunning {
                folder: folder.path().to_owned(),
                seconds: PATIENCE.as_secs(),
                process: instance.process,
            });
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
