//! The conditions of a stage of the old pipeline: windows, alarms, and what follows a failure.

use serde_json::Value;

use super::old::{OldPipeline, OldStage, list};
use super::remark::Remarks;
use crate::assembly::partition;
use crate::cron::{self, Schedule};
use crate::definition::{Alarm, AlarmResult, Alarms, CommentPlace, OnFailure, Stage, Window};
use crate::text;

/// The conditions of a stage, as a definition says them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Carried {
    on_failure: OnFailure,
    window: Option<Window>,
    alarms: Option<Alarms>,
}

impl Carried {
    /// Gives a stage these conditions.
    pub(super) fn on(&self, stage: Stage) -> Stage {
        Stage { on_failure: self.on_failure, window: self.window.clone(), alarms: self.alarms.clone(), ..stage }
    }
}

/// Reads the conditions of a stage. What a definition cannot say is told at a place.
pub(super) fn carry(
    old: &OldPipeline<'_>,
    stage: &OldStage<'_>,
    place: &CommentPlace,
    remarks: &mut Remarks,
) -> Carried {
    let mut reader = Reader { old, place, remarks, window: None, alarms: empty() };
    for condition in list(&stage.declared["BeforeEntry"]["Conditions"]) {
        reader.before(condition);
    }
    for condition in list(&stage.declared["OnSuccess"]["Conditions"]) {
        reader.after(condition);
    }
    let on_failure = reader.on_failure(&stage.declared["OnFailure"]);
    let Reader { window, alarms, .. } = reader;
    let is_empty = alarms.before.is_empty() && alarms.after.is_empty();
    Carried { on_failure, window, alarms: (!is_empty).then_some(alarms) }
}

/// Tells of the conditions of a stage that deploys nothing of the app.
pub(super) fn tell_lost(stage: &OldStage<'_>, remarks: &mut Remarks) {
    let has = |key: &&str| !stage.declared[*key].is_null();
    if ["BeforeEntry", "OnSuccess", "OnFailure"].iter().any(has) {
        let message = format!("the conditions of the stage `{}`", stage.name);
        remarks.lost(&CommentPlace::File, message, "only stages of the definition have conditions");
    }
}

struct Reader<'r, 'a> {
    old: &'r OldPipeline<'a>,
    place: &'r CommentPlace,
    remarks: &'r mut Remarks,
    window: Option<Window>,
    alarms: Alarms,
}

impl Reader<'_, '_> {
    fn before(&mut self, condition: &Value) {
        for rule in list(&condition["Rules"]) {
            let is_kept = match (condition["Result"].as_str(), provider(rule)) {
                (Some("FAIL"), "DeploymentWindow") => self.window(rule),
                (Some("FAIL"), "CloudWatchAlarm") => self.alarm(rule).map(|alarm| {
                    if rule["Configuration"]["WaitTime"].is_null() {
                        return add(&mut self.alarms.before, alarm);
                    }
                    let message = format!(
                        "the alarm `{}` was given some time to calm down; now it is looked at once",
                        alarm.name()
                    );
                    self.remarks.changed(self.place, message);
                    add(&mut self.alarms.before, alarm);
                }),
                _ => None,
            };
            if is_kept.is_none() {
                self.lost(rule, "before the stage");
            }
        }
    }

    fn after(&mut self, condition: &Value) {
        for rule in list(&condition["Rules"]) {
            let alarm = if provider(rule) == "CloudWatchAlarm" { self.alarm(rule) } else { None };
            let Some(alarm) = alarm else {
                self.lost(rule, "after the stage");
                continue;
            };
            let minutes = number(&rule["Configuration"]["WaitTime"]).unwrap_or(1).clamp(1, Alarms::MOST_MINUTES);
            // All are watched as long as the one that is watched longest.
            let others = if self.alarms.after.is_empty() { minutes } else { self.alarms.minutes };
            self.alarms.minutes = minutes.max(others);
            add(&mut self.alarms.after, alarm);
            self.alarms.then = match condition["Result"].as_str() {
                Some("FAIL") => AlarmResult::Fail,
                _ => AlarmResult::Rollback,
            };
        }
    }

    fn on_failure(&mut self, failure: &Value) -> OnFailure {
        for rule in list(&failure["Conditions"]).iter().flat_map(|condition| list(&condition["Rules"])) {
            self.lost(rule, "after a failure of the stage");
        }
        match failure["Result"].as_str() {
            Some("ROLLBACK") => OnFailure::Rollback,
            Some("RETRY") => OnFailure::Retry,
            _ => OnFailure::Fail,
        }
    }

    fn window(&mut self, rule: &Value) -> Option<()> {
        let setting = |key: &str| rule["Configuration"][key].as_str().map(str::to_owned);
        let window = Window { cron: setting("Cron")?, time_zone: setting("TimeZone") };
        let is_understood = Schedule::parse(&window.cron).is_ok()
            && window.time_zone.as_deref().is_none_or(|zone| cron::zone(zone).is_ok());
        (is_understood && self.window.is_none()).then(|| self.window = Some(window))
    }

    /// The alarm of a rule. Those of a stage are looked at with one role.
    fn alarm(&mut self, rule: &Value) -> Option<Alarm> {
        let resolver = &self.old.resolver;
        let states = rule["Configuration"]["AlarmStates"].as_str();
        let name = resolver.member(&rule["Configuration"], "AlarmName").known()?;
        let role = match &rule["RoleArn"] {
            Value::Null => None,
            role => Some(resolver.text(role).known()?),
        };
        let is_first = self.alarms.before.is_empty() && self.alarms.after.is_empty();
        if states.is_some_and(|states| states != "ALARM") || name.is_empty() || (!is_first && role != self.alarms.role)
        {
            return None;
        }
        let environment = self.old.view.environment();
        let text = match rule["Region"].as_str() {
            Some(region) if environment.region.as_ref().is_none_or(|own| own.as_str() != region) => {
                let (region, account) = (region.parse().ok()?, environment.account?);
                format!("arn:{}:cloudwatch:{region}:{account}:alarm:{name}", partition(&region))
            }
            _ => name,
        };
        let alarm = text.parse().ok()?;
        self.alarms.role = role;
        Some(alarm)
    }

    fn lost(&mut self, rule: &Value, when: &str) {
        let name = rule["Name"].as_str().unwrap_or_default();
        let told = text::shortened(&rule["Configuration"].to_string(), 300);
        let message = format!("the rule `{name}` {when} ({} `{told}`)", provider(rule));
        self.remarks.lost(self.place, message, "let a step look, and fail");
    }
}

fn empty() -> Alarms {
    Alarms { before: Vec::new(), after: Vec::new(), minutes: Alarms::MINUTES, then: AlarmResult::default(), role: None }
}

fn add(alarms: &mut Vec<Alarm>, alarm: Alarm) {
    if !alarms.contains(&alarm) {
        alarms.push(alarm);
    }
}

fn provider(rule: &Value) -> &str {
    rule["RuleTypeId"]["Provider"].as_str().unwrap_or_default()
}

/// A number, or a text that is one.
fn number(value: &Value) -> Option<u16> {
    match value {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|number| u16::try_from(number).ok()),
    }
}
