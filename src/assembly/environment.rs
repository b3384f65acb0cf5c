//! Where an artifact belongs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::id::{AccountId, Environment, IdentifierError, Region};

const UNKNOWN_ACCOUNT: &str = "unknown-account";
const UNKNOWN_REGION: &str = "unknown-region";

/// The account and the region of an artifact, each of them perhaps left to the credentials.
///
/// Written as `aws://ACCOUNT/REGION`, with `unknown-account` and `unknown-region` for what is left open.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArtifactEnvironment {
    /// The account, if known.
    pub account: Option<AccountId>,
    /// The region, if known.
    pub region: Option<Region>,
}

impl ArtifactEnvironment {
    /// Fills what is left open.
    #[must_use]
    pub fn or(&self, fallback: &Environment) -> Environment {
        Environment {
            account: self.account.clone().unwrap_or_else(|| fallback.account.clone()),
            region: self.region.clone().unwrap_or_else(|| fallback.region.clone()),
        }
    }
}

impl fmt::Display for ArtifactEnvironment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account.as_ref().map_or(UNKNOWN_ACCOUNT, AccountId::as_str);
        let region = self.region.as_ref().map_or(UNKNOWN_REGION, Region::as_str);
        write!(formatter, "aws://{account}/{region}")
    }
}

impl FromStr for ArtifactEnvironment {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (account, region) = Environment::split(text)?;
        Ok(Self {
            account: (account != UNKNOWN_ACCOUNT).then(|| account.parse()).transpose()?,
            region: (region != UNKNOWN_REGION).then(|| region.parse()).transpose()?,
        })
    }
}

impl TryFrom<String> for ArtifactEnvironment {
    type Error = IdentifierError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ArtifactEnvironment> for String {
    fn from(environment: ArtifactEnvironment) -> Self {
        environment.to_string()
    }
}

impl From<Environment> for ArtifactEnvironment {
    fn from(environment: Environment) -> Self {
        Self { account: Some(environment.account), region: Some(environment.region) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_may_be_left_open() {
        for text in ["aws://unknown-account/unknown-region", "aws://unknown-account/eu-west-1"] {
            let environment: ArtifactEnvironment = text.parse().expect("an environment");
            assert_eq!(environment.to_string(), text);
            assert_eq!(environment.account, None);
        }
        assert!("aws://1/eu-west-1".parse::<ArtifactEnvironment>().is_err());
        assert!("eu-west-1".parse::<ArtifactEnvironment>().is_err());
    }
}
