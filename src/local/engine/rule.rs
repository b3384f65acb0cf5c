//! Watching alarms, for the rules that do.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::action::role;
use super::live::Engine;
use super::machine::{AlarmOrder, ConditionPlace, Failure, RuleVerdict};
use super::record::PipelineKey;
use crate::aws::cloudwatch::Alarm;
use crate::aws::{self, Aws};

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_secs(1);

/// How long one session is used. Those of a role that another role took end after an hour.
const SESSION: Duration = Duration::from_secs(30 * 60);

/// Watches an alarm until it goes off or the time is over; before a stage, until it calms down or the time is over (rule
/// reference, "CloudWatchAlarm"). Dropping the future abandons it.
pub(super) async fn watch(engine: &Engine, key: &PipelineKey, order: &AlarmOrder) -> RuleVerdict {
    let mut aws = match connect(engine, key, order).await {
        Ok(aws) => aws,
        Err(failure) => return RuleVerdict::Error(failure.error.message),
    };
    let mut since = Instant::now();
    loop {
        let looked = look(&aws, order).await;
        if Timestamp::now() >= order.until || !may_change(order.place, &looked) {
            return looked.unwrap_or_else(|error| RuleVerdict::Error(error.to_string()));
        }
        tokio::time::sleep(PAUSE).await;
        if since.elapsed() >= SESSION {
            // Where the role cannot be taken just now, the session at hand is good for a while.
            if let Ok(anew) = connect(engine, key, order).await {
                (aws, since) = (anew, Instant::now());
            }
        }
    }
}

async fn connect(engine: &Engine, key: &PipelineKey, order: &AlarmOrder) -> Result<Aws, Failure> {
    let (_, aws) = role::take(engine, key, &order.pipeline_role, order.role.as_deref(), order.id.as_str()).await?;
    Ok(aws.in_region(&order.environment.region))
}

/// Tells whether a later look may come to another verdict.
fn may_change(place: ConditionPlace, looked: &aws::Result<RuleVerdict>) -> bool {
    match (place, looked) {
        (ConditionPlace::OnSuccess, Ok(RuleVerdict::Holds(_)))
        | (ConditionPlace::BeforeEntry, Ok(RuleVerdict::Fails(_))) => true,
        (_, Err(error)) => error.is_transient(),
        _ => false,
    }
}

async fn look(aws: &Aws, order: &AlarmOrder) -> aws::Result<RuleVerdict> {
    let name = &order.alarm;
    Ok(match aws.alarms(&[name]).await?.into_iter().next() {
        Some(Alarm { state, .. }) if order.states.contains(&state) => {
            RuleVerdict::Fails(format!("alarm {name} is in state {state}"))
        }
        Some(Alarm { state, .. }) => RuleVerdict::Holds(format!("alarm {name} is in state {state}")),
        None => RuleVerdict::Error(format!("there is no alarm {name}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_looked_at_again() {
        let after = |looked| may_change(ConditionPlace::OnSuccess, &looked);
        let unreachable = aws::Error::Unreachable { operation: "cloudwatch:DescribeAlarms", cause: "reset".to_owned() };
        assert!(after(Err(unreachable)));
        assert!(after(Ok(RuleVerdict::Holds("calm".to_owned()))));
        assert!(!after(Ok(RuleVerdict::Fails("loud".to_owned()))));
        let (code, message) = ("AccessDenied".to_owned(), "not you".to_owned());
        assert!(!after(Err(aws::Error::Refused { operation: "cloudwatch:DescribeAlarms", code, message })));
    }
}
