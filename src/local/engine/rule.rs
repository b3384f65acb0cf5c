//! Watching alarms, for the rules that do.

use std::time::Duration;

use jiff::Timestamp;

use super::action::role;
use super::live::Engine;
use super::machine::{AlarmOrder, ConditionPlace, RuleVerdict};
use super::record::PipelineKey;
use crate::aws::Aws;
use crate::aws::cloudwatch::Alarm;

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_secs(1);

/// Watches an alarm until it goes off or the time is over; before a stage, until it calms down or the time is over (rule
/// reference, "CloudWatchAlarm"). Dropping the future abandons it.
pub(super) async fn watch(engine: &Engine, key: &PipelineKey, order: &AlarmOrder) -> RuleVerdict {
    let role = order.role.as_deref();
    let aws = match role::take(engine, key, &order.pipeline_role, role, order.id.as_str()).await {
        Ok((_, aws)) => aws.in_region(&order.environment.region),
        Err(failure) => return RuleVerdict::Error(failure.error.message),
    };
    loop {
        let verdict = look(&aws, order).await;
        let may_change = match (order.place, &verdict) {
            (ConditionPlace::OnSuccess, RuleVerdict::Holds(_))
            | (ConditionPlace::BeforeEntry, RuleVerdict::Fails(_)) => Timestamp::now() < order.until,
            _ => false,
        };
        if !may_change {
            return verdict;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn look(aws: &Aws, order: &AlarmOrder) -> RuleVerdict {
    let name = &order.alarm;
    match aws.alarms(&[name]).await.map(|alarms| alarms.into_iter().next()) {
        Ok(Some(Alarm { state, .. })) if order.states.contains(&state) => {
            RuleVerdict::Fails(format!("alarm {name} is in state {state}"))
        }
        Ok(Some(Alarm { state, .. })) => RuleVerdict::Holds(format!("alarm {name} is in state {state}")),
        Ok(None) => RuleVerdict::Error(format!("there is no alarm {name}")),
        Err(error) => RuleVerdict::Error(error.to_string()),
    }
}
