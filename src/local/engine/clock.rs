//! The clock: it lets time pass for the machines when one of their deadlines comes.

use std::time::Duration;

use jiff::Timestamp;

use super::live::Engine;
use super::record::PipelineKey;

/// How long the clock sleeps at most, so that a machine that was suspended catches up.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Runs until the endpoint ends.
pub(super) async fn run(engine: Engine) {
    loop {
        let now = Timestamp::now();
        let next = engine.lock().pipelines.values().filter_map(|record| record.machine.next_deadline()).min();
        let pause = match next {
            Some(next) if next <= now => Duration::ZERO,
            Some(next) => Duration::try_from(next.duration_since(now)).unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP),
            None => LONGEST_SLEEP,
        };
        tokio::select! {
            () = engine.0.deadlines.notified() => {}
            () = tokio::time::sleep(pause) => pass_time(&engine),
        }
    }
}

fn pass_time(engine: &Engine) {
    let keys: Vec<PipelineKey> = {
        let now = Timestamp::now();
        let books = engine.lock();
        let is_due = |deadline: Timestamp| deadline <= now;
        books
            .pipelines
            .iter()
            .filter(|(_, record)| record.machine.next_deadline().is_some_and(is_due))
            .map(|(key, _)| key.clone())
            .collect()
    };
    for key in keys {
        if let Err(fault) = engine.change(&key, |record, at| Ok(((), record.machine.pass_time(at)))) {
            tracing::warn!(pipeline = %key, %fault, "the passing of time was not noted");
        }
    }
}
