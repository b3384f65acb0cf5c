//! What is looked at before and after a stage of CodePipeline, and what follows.

use serde::Serialize;

use crate::definition::{Alarm, AlarmResult, Alarms, OnFailure, Stage, Window};
use crate::id::Region;

/// What is looked at before and after a stage, and what follows when it fails.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Conditions {
    /// What must hold for the stage to begin; otherwise it fails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Rule>,
    /// What must hold after the stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
    /// What follows when the stage fails.
    pub on_failure: OnFailure,
}

/// What must hold after a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct After {
    /// What must hold.
    pub rules: Vec<Rule>,
    /// What follows otherwise.
    pub then: AlarmResult,
}

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Rule {
    /// The time is one of a schedule's; it is waited for.
    Window(Window),
    /// An alarm does not go off.
    Alarm(AlarmRule),
}

/// An alarm that must not go off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AlarmRule {
    /// The alarm's name.
    pub alarm: String,
    /// Its region, if not the pipeline's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// For how many minutes it is watched; it is looked at once if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// The role with which it is looked at, if not the pipeline's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

impl Conditions {
    /// Those of a stage, or of the stages of a wave, which agree on what follows. A stage with nothing in it has none.
    pub(super) fn of(members: &[Stage]) -> Self {
        let is_there =
            |stage: &&Stage| !stage.stacks.is_empty() || stage.steps().next().is_some() || stage.approval.is_some();
        let members: Vec<&Stage> = members.iter().filter(is_there).collect();
        let windows = members.iter().filter_map(|stage| stage.window.clone().map(Rule::Window));
        let alarms = || members.iter().filter_map(|stage| stage.alarms.as_ref());
        let before = alarms().flat_map(|alarms| alarms.before.iter().map(|alarm| rule(alarms, alarm, None)));
        let after =
            alarms().flat_map(|alarms| alarms.after.iter().map(|alarm| rule(alarms, alarm, Some(alarms.minutes))));
        let after = distinct(after);
        let then = alarms().find(|alarms| !alarms.after.is_empty()).map(|alarms| alarms.then).unwrap_or_default();
        Self {
            before: distinct(windows.chain(before)),
            after: (!after.is_empty()).then_some(After { rules: after, then }),
            on_failure: members.first().map(|stage| stage.on_failure).unwrap_or_default(),
        }
    }

    /// Whether nothing is looked at, and failures are left to people.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// All that is looked at.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.before.iter().chain(self.after.iter().flat_map(|after| &after.rules))
    }
}

fn rule(alarms: &Alarms, alarm: &Alarm, minutes: Option<u16>) -> Rule {
    Rule::Alarm(AlarmRule {
        alarm: alarm.name().to_owned(),
        region: alarm.region().cloned(),
        minutes,
        role: alarms.role.clone(),
    })
}

/// Each rule once. An alarm that several stages watch is watched for the longest of their times.
fn distinct(rules: impl Iterator<Item = Rule>) -> Vec<Rule> {
    let mut distinct: Vec<Rule> = Vec::new();
    for rule in rules {
        match distinct.iter_mut().find(|known| known.is_about_the_same_as(&rule)) {
            Some(known) => known.extend(&rule),
            None => distinct.push(rule),
        }
    }
    distinct
}

impl Rule {
    fn is_about_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Alarm(one), Self::Alarm(other)) => {
                (&one.alarm, &one.region, &one.role) == (&other.alarm, &other.region, &other.role)
            }
            (one, other) => one == other,
        }
    }

    fn extend(&mut self, other: &Self) {
        if let (Self::Alarm(one), Self::Alarm(other)) = (self, other) {
            one.minutes = one.minutes.max(other.minutes);
        }
    }
}
