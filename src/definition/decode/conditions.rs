//! `on-failure`, `window` and `alarms` of `[[stage]]`.

use super::{limits, value};
use crate::cron::{self, Schedule};
use crate::definition::check::{AlarmsOutline, ConditionsOutline};
use crate::definition::grammar;
use crate::definition::model::{Alarm, AlarmResult, Alarms, OnFailure, Window};
use crate::definition::read::{Node, Placed, Table};
use crate::diagnostic::Diagnostic;
use crate::id::AccountId;

/// What stands for anything in IAM.
const WILDCARDS: [char; 2] = ['*', '?'];

/// What a stage says of its conditions.
pub(super) struct Conditions {
    pub on_failure: OnFailure,
    pub window: Option<Window>,
    pub alarms: Option<Alarms>,
}

pub(super) fn decode(table: &Table<'_>) -> (Conditions, ConditionsOutline) {
    let on_failure = table
        .get("on-failure")
        .and_then(|node| Some(Placed { value: node.choice(&OnFailure::WORDS)?, span: node.span }));
    let window = table.get("window").and_then(|node| {
        let window = node.table(&grammar::WINDOW).and_then(|table| self::window(&table))?;
        Some(Placed { value: window, span: node.span })
    });
    let alarms = table.get("alarms").and_then(|node| node.table(&grammar::ALARMS)).map(|table| alarms(&table));
    let (alarms, alarms_outline) = alarms.unzip();
    let conditions = Conditions {
        on_failure: on_failure.as_ref().map(|given| given.value).unwrap_or_default(),
        window: window.as_ref().map(|given| given.value.clone()),
        alarms,
    };
    let outline = ConditionsOutline { on_failure, window, alarms: alarms_outline.unwrap_or_default() };
    (conditions, outline)
}

fn window(table: &Table<'_>) -> Option<Window> {
    let cron = table.require("cron").and_then(|node| {
        let text = node.text()?;
        match Schedule::parse(&text) {
            Ok(_) => Some(text),
            Err(error) => node.invalid(format!("`{text}` is no schedule: {error}"), "not understood"),
        }
    });
    let time_zone = table.get("time-zone").map(|node| time_zone(&node));
    Some(Window {
        cron: cron?,
        time_zone: match time_zone {
            Some(zone) => Some(zone?),
            None => None,
        },
    })
}

fn time_zone(node: &Node<'_>) -> Option<String> {
    let text = node.text()?;
    let Err(error) = cron::zone(&text) else { return Some(text) };
    let label = "a name such as `Europe/Berlin`, or `UTC`, is wanted";
    let finding = node.context.error("invalid-value", error.to_string(), node.span.clone(), label);
    node.context.report(match error.similar {
        Some(similar) => finding.help(format!("a similar time zone exists: `{similar}`")),
        None => finding,
    });
    None
}

fn alarms(table: &Table<'_>) -> (Alarms, AlarmsOutline) {
    let before = list(table, "before");
    let after = list(table, "after");
    if table.get("before").is_none() && table.get("after").is_none() {
        let error = table.context.error("missing-key", "`alarms` names no alarm", table.span.clone(), "nothing here");
        table.context.report(error.help("name alarms in `before` or in `after`"));
    }
    let minutes = table.get("minutes").and_then(|node| node.integer(limits::ALARM_MINUTES));
    let then = table.get("then").and_then(|node| node.choice(&AlarmResult::WORDS));
    if after.is_empty() {
        for key in ["minutes", "then"].into_iter().filter(|key| table.get(key).is_some()) {
            let warning =
                Diagnostic::warning("no-effect", format!("`{key}` has no effect: there is no alarm in `after`"));
            table.context.report(warning.at(table.context.file(), table.key_span(key), "without effect"));
        }
    }
    let role = table.get("role").and_then(|node| Some(Placed { value: role(&node)?, span: node.span }));
    let alarms = Alarms {
        before: before.iter().map(|alarm| alarm.value.clone()).collect(),
        after: after.iter().map(|alarm| alarm.value.clone()).collect(),
        minutes: minutes.and_then(|minutes| u16::try_from(minutes).ok()).unwrap_or(Alarms::MINUTES),
        then: then.unwrap_or_default(),
        role: role.as_ref().map(|role| role.value.clone()),
    };
    let outline = AlarmsOutline {
        then: (!after.is_empty()).then(|| Placed { value: alarms.then, span: table.key_span("then") }),
        role,
        has_role: table.get("role").is_some(),
        before,
        after,
    };
    (alarms, outline)
}

/// The ARN of one role.
fn role(node: &Node<'_>) -> Option<String> {
    let arn = value::arn(node, &["iam"])?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_role = matches!(parts.as_slice(), [_, _, _, "", account, resource]
        if account.parse::<AccountId>().is_ok()
            && resource.strip_prefix("role/").is_some_and(|name| !name.is_empty() && !name.ends_with('/')));
    match is_role && !arn.contains(WILDCARDS) {
        true => Some(arn),
        false => {
            let message = format!("`{arn}` is not an ARN of the form `arn:aws:iam::ACCOUNT:role/NAME`");
            node.invalid(message, "one role's ARN is wanted")
        }
    }
}

fn list(table: &Table<'_>, key: &'static str) -> Vec<Placed<Alarm>> {
    let Some(node) = table.get(key) else { return Vec::new() };
    let mut alarms: Vec<Placed<Alarm>> = Vec::new();
    for element in node.elements("an array of strings") {
        if element.text_up_to(limits::ALARM_NAME).is_none() {
            continue;
        }
        let Some(alarm) = element.placed::<Alarm>() else { continue };
        if alarm.value.name().contains(WILDCARDS) {
            let message = format!("the alarm's name `{}` has a wildcard", alarm.value.name());
            let error = table.context.error("invalid-value", message, alarm.span.clone(), "`*` or `?`");
            table.context.report(error.help(
                "name each alarm by itself, or rename it: the pipeline's rights name alarms, and `*` and `?` would stand \
                 for others in them",
            ));
        } else if alarms.iter().any(|known| known.value == alarm.value) {
            element.refuse::<()>("duplicate-name", "an alarm is named twice".to_owned(), "again");
        } else {
            alarms.push(alarm);
        }
    }
    limits::at_least_one(&node, "alarm");
    limits::at_most(&node, alarms.len(), limits::RULES, "alarm");
    alarms
}
