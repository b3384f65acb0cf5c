//! Conditions of a stage: what is looked at before it and after it, and what follows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Artifact;

/// The conditions at one place of a stage (`BeforeEntryConditions`, `SuccessConditions`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// The conditions; the service allows exactly one.
    pub conditions: Vec<Condition>,
}

/// Rules, and what follows when one of them fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What follows when a rule fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ConditionResult>,
    /// The rules, which are looked at together.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// What follows when a stage fails (`FailureConditions`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailureConditions {
    /// What follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ConditionResult>,
    /// What is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_configuration: Option<RetryConfiguration>,
    /// Conditions on which it follows; the local endpoint refuses them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

/// What is tried again when a stage fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetryConfiguration {
    /// Which actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_mode: Option<StageRetryMode>,
}

/// Which actions of a stage are tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StageRetryMode {
    /// Those that failed, and what follows them.
    FailedActions,
    /// All.
    AllActions,
}

/// What follows when a condition fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConditionResult {
    /// The stage is rolled back to the last execution that succeeded in it.
    Rollback,
    /// The stage fails.
    Fail,
    /// The stage is tried again.
    Retry,
    /// The execution passes the stage by.
    Skip,
}

/// One thing that is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The rule's name.
    pub name: String,
    /// What kind of rule it is.
    pub rule_type_id: RuleType,
    /// The settings, as the provider wants them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub configuration: BTreeMap<String, String>,
    /// The artifacts that it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub input_artifacts: Vec<Artifact>,
    /// The commands, for the provider `Commands`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// The role that it works with, unless it is the pipeline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The region that it works in, unless it is the pipeline's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// How long it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_in_minutes: Option<u32>,
}

/// What kind of rule it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleType {
    /// Always `Rule`.
    pub category: RuleCategory,
    /// Whose provider it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<RuleOwner>,
    /// The provider's name, such as `VariableCheck`.
    pub provider: String,
    /// The provider's version, such as `1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// The category of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "there is but one")]
pub enum RuleCategory {
    Rule,
}

/// Whose providers rules have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "there is but one")]
pub enum RuleOwner {
    #[serde(rename = "AWS")]
    Aws,
}

/// Who looks, as far as the local endpoint can ("CodePipeline rule reference").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleProvider {
    /// Compares a variable.
    VariableCheck,
    /// Waits for a time.
    DeploymentWindow,
    /// Watches an alarm.
    CloudWatchAlarm,
}

impl Rule {
    /// Who looks, if the local endpoint can.
    pub fn provider(&self) -> Option<RuleProvider> {
        if self.rule_type_id.version.as_deref().is_some_and(|version| version != "1") {
            return None;
        }
        match self.rule_type_id.provider.as_str() {
            "VariableCheck" => Some(RuleProvider::VariableCheck),
            "DeploymentWindow" => Some(RuleProvider::DeploymentWindow),
            "CloudWatchAlarm" => Some(RuleProvider::CloudWatchAlarm),
            _ => None,
        }
    }
}

impl RuleProvider {
    /// The keys of the configuration that must be there, and those that may.
    pub fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::VariableCheck => (&["Variable", "Value", "Operator"], &[]),
            Self::DeploymentWindow => (&["Cron"], &["TimeZone"]),
            Self::CloudWatchAlarm => (&["AlarmName"], &["AlarmStates", "WaitTime"]),
        }
    }

    /// Tells whether a failed rule may let the execution pass the stage by.
    pub fn may_skip(self) -> bool {
        match self {
            Self::VariableCheck => true,
            Self::DeploymentWindow | Self::CloudWatchAlarm => false,
        }
    }
}

/// How `VariableCheck` compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The variable is the value.
    Equal,
    /// It is not.
    NotEqual,
    /// It contains the value.
    Contains,
    /// It is a match of the value, a regular expression.
    Matches,
}

impl Operator {
    /// The operator of a word.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "EQ" => Some(Self::Equal),
            "NE" => Some(Self::NotEqual),
            "CONTAINS" => Some(Self::Contains),
            "MATCHES" => Some(Self::Matches),
            _ => None,
        }
    }
}
