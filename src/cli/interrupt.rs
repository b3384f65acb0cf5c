//! Running an asynchronous verb so that Ctrl-C, a request to end and a closed pipe are heard.
//!
//! ```text
//! first signal ─▶ token cancelled ─▶ the verb cleans up ─▶ exit code 130
//!                     │ (verb does not watch the token: dropped at once)
//!                     └─ second signal, or GRACE over ─▶ dropped ─▶ exit code 130
//! ```

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::failure::{Interrupted, NoRuntime};
use super::{Failure, Outcome, Ui};

/// How long a verb may clean up after the first signal.
const GRACE: Duration = Duration::from_secs(30);

/// What tells a verb that it is to end.
#[derive(Debug, Default)]
pub(super) struct Interruption {
    token: CancellationToken,
    watched: AtomicBool,
}

impl Interruption {
    /// Hands the token to a verb, which from now on cleans up by itself.
    pub fn watch(&self) -> CancellationToken {
        self.watched.store(true, Ordering::Relaxed);
        self.token.clone()
    }
}

/// Runs an asynchronous verb to its end, to a signal or to a closed pipe, whichever comes first.
pub(super) fn run(ui: &Ui, verb: impl Future<Output = Result<Outcome, Failure>>) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(NoRuntime)?;
    let result = runtime.block_on(supervise(ui, verb));
    // Blocking work that nobody waits for any more must not hold the program back.
    runtime.shutdown_background();
    result
}

async fn supervise(ui: &Ui, verb: impl Future<Output = Result<Outcome, Failure>>) -> Result<Outcome, Failure> {
    let mut signals = Signals::listen()?;
    let mut verb = pin!(verb);
    tokio::select! {
        result = &mut verb => return result,
        () = ui.pipe_closed() => return Ok(Outcome::Done),
        () = signals.next() => {}
    }
    let interruption = ui.interruption_state();
    interruption.token.cancel();
    if interruption.watched.load(Ordering::Relaxed) {
        tokio::select! {
            result = &mut verb => { result?; }
            () = signals.next() => {}
            () = tokio::time::sleep(GRACE) => {}
        }
    }
    Err(Interrupted.into())
}

/// The signals that ask a program to end.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, NoRuntime> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(NoRuntime)?,
            terminate: signal(SignalKind::terminate()).map_err(NoRuntime)?,
            hang_up: signal(SignalKind::hangup()).map_err(NoRuntime)?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
