//! What a rule says ("CodePipeline rule reference"), as far as it can be told without looking elsewhere.

use std::collections::BTreeMap;

use jiff::Timestamp;
use regex::RegexBuilder;

use super::condition::RuleVerdict;
use crate::cron::{self, Schedule};
use crate::local::engine::structure::condition::Operator;
use crate::local::engine::structure::{Rule, RuleProvider};

/// How large a regular expression of a rule may become.
const LARGEST_EXPRESSION: usize = 1 << 20;

/// What can be told of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The end.
    Now(RuleVerdict),
    /// It holds from a moment on.
    At(Timestamp, String),
    /// Somebody has to look.
    Later,
}

/// Tells what a rule says at a moment.
pub(super) fn judge(rule: &Rule, configuration: &BTreeMap<String, String>, at: Timestamp) -> Judgement {
    let text = |key: &str| configuration.get(key).map(String::as_str).unwrap_or_default();
    match rule.provider() {
        Some(RuleProvider::VariableCheck) => Judgement::Now(compare(text("Variable"), text("Operator"), text("Value"))),
        Some(RuleProvider::DeploymentWindow) => window(text("Cron"), text("TimeZone"), at),
        Some(RuleProvider::CloudWatchAlarm) => Judgement::Later,
        None => Judgement::Now(RuleVerdict::Error("the local endpoint does not execute this rule".to_owned())),
    }
}

/// Compares a variable with a value (rule reference, "VariableCheck").
fn compare(variable: &str, operator: &str, value: &str) -> RuleVerdict {
    let holds = match Operator::of(operator) {
        Some(Operator::Equal) => variable == value,
        Some(Operator::NotEqual) => variable != value,
        Some(Operator::Contains) => variable.contains(value),
        // As Java matches: the whole text.
        Some(Operator::Matches) => {
            match RegexBuilder::new(&format!("^(?:{value})$")).size_limit(LARGEST_EXPRESSION).build() {
                Ok(expression) => expression.is_match(variable),
                Err(error) => return RuleVerdict::Error(format!("`{value}` cannot be matched here: {error}")),
            }
        }
        None => return RuleVerdict::Error(format!("`{operator}` is no operator")),
    };
    match holds {
        true => RuleVerdict::Holds(format!("`{variable}` {operator} `{value}` holds")),
        false => RuleVerdict::Fails(format!("`{variable}` {operator} `{value}` does not hold")),
    }
}

/// Waits for a window (rule reference, "DeploymentWindow").
fn window(expression: &str, zone: &str, at: Timestamp) -> Judgement {
    let now = |verdict| Judgement::Now(verdict);
    let schedule = match Schedule::parse(expression) {
        Ok(schedule) => schedule,
        Err(error) => return now(RuleVerdict::Error(format!("`{expression}` is no schedule: {error}"))),
    };
    let zone = match cron::zone(if zone.is_empty() { "UTC" } else { zone }) {
        Ok(zone) => zone,
        Err(error) => return now(RuleVerdict::Error(format!("{error} that is known here"))),
    };
    match schedule.next(at, &zone) {
        Some(next) if next <= at => now(RuleVerdict::Holds("the window is open".to_owned())),
        Some(next) => Judgement::At(next, format!("the window opens at {next}")),
        None => now(RuleVerdict::Fails(format!("`{expression}` never comes"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_compared() {
        let holds = |variable: &str, operator: &str, value: &str| match compare(variable, operator, value) {
            RuleVerdict::Holds(_) => Some(true),
            RuleVerdict::Fails(_) => Some(false),
            RuleVerdict::Error(_) => None,
        };
        assert_eq!(holds("a", "EQ", "a"), Some(true));
        assert_eq!(holds("a", "EQ", "A"), Some(false));
        assert_eq!(holds("a", "NE", "b"), Some(true));
        assert_eq!(holds("/Staging/Prod/", "CONTAINS", "/Prod/"), Some(true));
        assert_eq!(holds("/Staging/Prod2/", "CONTAINS", "/Prod/"), Some(false));
        assert_eq!(holds("release-7", "MATCHES", "release-[0-9]+"), Some(true));
        assert_eq!(holds("a release-7", "MATCHES", "release-[0-9]+"), Some(false));
        assert_eq!(holds("a", "MATCHES", "(?!b)a"), None);
        assert_eq!(holds("a", "LIKE", "a"), None);
    }

    #[test]
    fn a_window_is_open_or_opens_later() {
        let friday: Timestamp = "2026-08-21T15:30:00Z".parse().unwrap();
        let office = "* * 9-16 ? * MON-FRI";
        assert!(matches!(window(office, "", friday), Judgement::Now(RuleVerdict::Holds(_))));
        let Judgement::At(opens, _) = window(office, "Europe/Berlin", friday) else { panic!("closed in Berlin") };
        assert_eq!(opens, "2026-08-24T07:00:00Z".parse().unwrap());
        assert!(matches!(window("9-17", "", friday), Judgement::Now(RuleVerdict::Error(_))));
        assert!(matches!(window(office, "Europe/Nowhere", friday), Judgement::Now(RuleVerdict::Error(_))));
        assert!(matches!(window("* * * ? * * 1999", "", friday), Judgement::Now(RuleVerdict::Fails(_))));
    }
}
