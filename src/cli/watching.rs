//! Following an execution to its end, as several verbs do on request.

use std::time::Duration;

use jiff::Timestamp;

use super::duration::duration;
use super::{Failure, Global, Ui, render};
use crate::event::Events;
use crate::id::ExecutionId;
use crate::ops::follow;
use crate::ops::status::{self, Report, Watch, Watched};
use crate::ops::subject::Subject;

/// Whether and how an execution is followed.
#[derive(Debug, clap::Args)]
pub struct WatchArgs {
    /// Follow the execution to its end; the exit code tells how it ended
    #[arg(short, long)]
    watch: bool,

    /// How long to follow
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "6h", requires = "watch")]
    timeout: Duration,

    /// How long to wait between two looks
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "watch")]
    interval: Option<Duration>,
}

impl WatchArgs {
    /// Whether an execution is followed.
    pub fn is_wanted(&self) -> bool {
        self.watch
    }

    /// Follows an execution, or the newest.
    pub async fn follow(
        &self,
        ui: &Ui,
        global: &Global,
        subject: &Subject,
        execution: Option<ExecutionId>,
    ) -> Result<Watched, Failure> {
        let watch = Watch {
            execution,
            interval: self.interval.unwrap_or_else(|| global.look_interval()),
            timeout: self.timeout,
            patience: follow::PATIENCE,
        };
        // A picture of all stages says more than a line for each change.
        let events = if ui.is_live() { Events::silent() } else { ui.events() };
        let draw = |report: &Report| ui.picture(&render::status(report, Timestamp::now()));
        let watched = status::watch(subject, &watch, &events, draw).await?;
        ui.clear_picture();
        Ok(watched)
    }
}
