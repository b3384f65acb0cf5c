//! What a look at a rule waits for, and until when. Pure.

use jiff::{SignedDuration, Timestamp};

use super::cause;
use super::report::Cause;
use crate::aws::codepipeline::{ActionStatus, RuleExecution};
use crate::cron::{self, Schedule};
use crate::pipeline::SKIP_RULE;

/// Whether a look has failed and its stage with it: a rule that lets an execution pass a stage by fails nothing.
pub fn has_failed(look: &RuleExecution) -> bool {
    look.status == ActionStatus::Failed && look.rule != SKIP_RULE
}

/// When a look ends by itself, as far as its rule tells.
pub fn until(look: &RuleExecution) -> Option<Timestamp> {
    let started = look.started.filter(|_| look.status == ActionStatus::InProgress)?;
    match look.provider.as_str() {
        "DeploymentWindow" => {
            let schedule = Schedule::parse(setting(look, "Cron")?).ok()?;
            schedule.next(started, &cron::zone(setting(look, "TimeZone").unwrap_or("UTC")).ok()?)
        }
        "CloudWatchAlarm" => {
            let minutes = setting(look, "WaitTime")?.parse().ok()?;
            started.checked_add(SignedDuration::from_mins(minutes)).ok()
        }
        _ => None,
    }
}

/// Why a look stands as it does: what the service says, and where it says nothing, what the rule waits for.
pub fn cause(look: &RuleExecution) -> Option<Cause> {
    let said = cause::of_message(look.error.as_ref(), look.summary.as_deref());
    said.or_else(|| Some(Cause::Told { code: None, message: awaited(look)? }))
}

fn awaited(look: &RuleExecution) -> Option<String> {
    if look.status != ActionStatus::InProgress {
        return None;
    }
    let until = until(look);
    match look.provider.as_str() {
        "DeploymentWindow" => Some(match until {
            Some(until) => format!("the window opens at {until}"),
            None => format!("the window `{}`", setting(look, "Cron")?),
        }),
        "CloudWatchAlarm" => {
            let until = until.map(|until| format!(" until {until}")).unwrap_or_default();
            Some(format!("alarm {} is watched{until}", setting(look, "AlarmName")?))
        }
        _ => None,
    }
}

fn setting<'a>(look: &'a RuleExecution, key: &str) -> Option<&'a str> {
    look.configuration.get(key).map(String::as_str).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(provider: &str, settings: &[(&str, &str)], summary: Option<&str>) -> Option<String> {
        let execution = "e".parse().unwrap();
        let mut look = RuleExecution::sample(&execution, "Production", "Rule", ActionStatus::InProgress);
        look.provider = provider.to_owned();
        look.configuration = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        look.started = Some("2026-08-21T15:30:00Z".parse().unwrap());
        look.summary = summary.map(str::to_owned);
        cause(&look)?.told().map(str::to_owned)
    }

    #[test]
    fn what_is_waited_for_is_told_though_the_service_says_nothing() {
        let office = [("Cron", "* * 9-16 ? * MON-FRI"), ("TimeZone", "Europe/Berlin")];
        let opens = told("DeploymentWindow", &office, Some(""));
        assert_eq!(opens.as_deref(), Some("the window opens at 2026-08-24T07:00:00Z"));
        assert_eq!(told("DeploymentWindow", &office, Some("wait")).as_deref(), Some("wait"));
        let alarm = [("AlarmName", "errors"), ("WaitTime", "10")];
        let watched = told("CloudWatchAlarm", &alarm, None);
        assert_eq!(watched.as_deref(), Some("alarm errors is watched until 2026-08-21T15:40:00Z"));
        assert_eq!(told("CloudWatchAlarm", &alarm[..1], None).as_deref(), Some("alarm errors is watched"));
        assert_eq!(told("VariableCheck", &[], None), None);
    }
}
