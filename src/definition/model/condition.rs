//! What is looked at before and after a stage, and what follows when it fails.

use std::fmt;
use std::str::FromStr;

use crate::id::{AccountId, IdentifierError, Region};

/// What follows when a stage fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnFailure {
    /// The execution has failed.
    #[default]
    Fail,
    /// The stage is tried once more.
    Retry,
    /// The stage is taken back to what the last execution that succeeded in it deployed.
    Rollback,
}

impl OnFailure {
    /// Every value with its word in the definition.
    pub const WORDS: [(&'static str, Self); 3] =
        [("fail", Self::Fail), ("retry", Self::Retry), ("rollback", Self::Rollback)];

    /// The word in the definition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Retry => "retry",
            Self::Rollback => "rollback",
        }
    }
}

/// The times at which a stage may begin.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Window {
    /// The times, as [`crate::cron`] reads them.
    pub cron: String,
    /// Their time zone, such as `Europe/Berlin`; UTC if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// The alarms that a stage heeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarms {
    /// Those during which the stage does not begin.
    pub before: Vec<Alarm>,
    /// Those that are watched after the stage.
    pub after: Vec<Alarm>,
    /// For how many minutes they are watched.
    pub minutes: u16,
    /// What follows when one of them goes off.
    pub then: AlarmResult,
    /// ARN of the role with which they are looked at, where they are of another account.
    pub role: Option<String>,
}

impl Alarms {
    /// How long alarms are watched unless the definition says otherwise, in minutes.
    pub const MINUTES: u16 = 10;

    /// For how many minutes they can be watched at most.
    pub const MOST_MINUTES: u16 = 1440;
}

/// What follows when an alarm goes off after a stage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmResult {
    /// The stage is taken back to what the last execution that succeeded in it deployed.
    #[default]
    Rollback,
    /// The stage has failed.
    Fail,
}

impl AlarmResult {
    /// Every value with its word in the definition.
    pub const WORDS: [(&'static str, Self); 2] = [("rollback", Self::Rollback), ("fail", Self::Fail)];

    /// The word in the definition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::Fail => "fail",
        }
    }
}

/// An alarm of CloudWatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alarm {
    /// One of the pipeline's account and region.
    Here {
        /// Its name.
        name: String,
    },
    /// One that an ARN names.
    There {
        /// The ARN.
        arn: String,
        /// Its account.
        account: AccountId,
        /// Its region.
        region: Region,
        /// Its name.
        name: String,
    },
}

impl Alarm {
    /// Its name.
    pub fn name(&self) -> &str {
        match self {
            Self::Here { name } | Self::There { name, .. } => name,
        }
    }

    /// Its account, where it is named.
    pub fn account(&self) -> Option<&AccountId> {
        match self {
            Self::Here { .. } => None,
            Self::There { account, .. } => Some(account),
        }
    }

    /// Its region, where it is named.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Here { .. } => None,
            Self::There { region, .. } => Some(region),
        }
    }
}

impl FromStr for Alarm {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(7, ':').collect();
        match parts.as_slice() {
            ["arn", partition, "cloudwatch", region, account, "alarm", name] if partition.starts_with("aws") => {
                Ok(Self::There {
                    arn: text.to_owned(),
                    account: account.parse()?,
                    region: region.parse()?,
                    name: (*name).to_owned(),
                })
            }
            ["arn", partition, ..] if partition.starts_with("aws") => Err(IdentifierError::new(
                text,
                "an alarm",
                "its name, or an ARN such as arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME",
            )),
            _ => Ok(Self::Here { name: text.to_owned() }),
        }
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Here { name } => name,
            Self::There { arn, .. } => arn,
        })
    }
}
