//! Newtypes for every identifier that crosses a module.
//!
//! Each is built only by `parse` (through [`std::str::FromStr`]), so a value of the type is always well formed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not {kind}: {rule}")]
pub struct IdentifierError {
    /// The offending text, shortened to 80 characters.
    pub value: String,
    /// What was wanted, with its article ("an account id").
    pub kind: &'static str,
    /// The rule that such an identifier keeps.
    pub rule: &'static str,
}

impl IdentifierError {
    /// Says that a text is not of a kind.
    pub fn new(text: &str, kind: &'static str, rule: &'static str) -> Self {
        Self { value: text.chars().take(80).collect(), kind, rule }
    }
}

/// Makes a type of identifiers, given what they are and the rule that they keep, in words and as a function.
macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident, $kind:literal, $rule:literal, $is_valid:expr) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::IdentifierError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let is_valid: fn(&str) -> bool = $is_valid;
                if is_valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err($crate::id::IdentifierError::new(text, $kind, $rule))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = $crate::id::IdentifierError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}
pub(crate) use identifier;

/// Whether `text` starts with a letter, has only letters, digits and hyphens, and is at most `longest` bytes long.
fn is_hyphenated_name(text: &str, longest: usize) -> bool {
    text.len() <= longest
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
}

/// Whether `text` has only characters of a repository's owner or name on GitHub.
fn is_repository_part(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text != "."
        && text != ".."
        && text.chars().all(|character| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.'))
}

identifier!(
    /// An AWS account id.
    AccountId,
    "an account id",
    "twelve digits",
    |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
);
impl AccountId {
    /// The account in a role's ARN: `arn:PARTITION:iam::ACCOUNT:role/NAME`.
    pub fn of_role(arn: &str) -> Option<Self> {
        arn.split(':').nth(4)?.parse().ok()
    }
}

identifier!(
    /// An AWS region, such as `eu-west-1`.
    Region,
    "a region",
    "lower-case words and a number joined by hyphens, such as eu-west-1",
    |text| {
        let mut parts = text.split('-').rev();
        let numbered = parts
            .next()
            .is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        let words: Vec<&str> = parts.collect();
        numbered
            && words.len() >= 2
            && text.len() <= 32
            && words.iter().all(|word| {
                !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
            })
    }
);
identifier!(
    /// The name of a pipeline; also the prefix of its stacks' names.
    PipelineName,
    "a pipeline name",
    "a letter, then letters, digits and hyphens, at most 64 characters",
    |text| is_hyphenated_name(text, 64)
);
identifier!(
    /// The name of a stage, a wave, a stack within a stage, a step or an asset in the definition.
    Name,
    "a name",
    "a letter, then letters, digits and hyphens, at most 50 characters",
    |text| is_hyphenated_name(text, 50)
);
identifier!(
    /// The physical name of a CloudFormation stack.
    StackName,
    "a stack name",
    "a letter, then letters, digits and hyphens, at most 128 characters",
    |text| is_hyphenated_name(text, 128)
);
identifier!(
    /// The id of one execution of a pipeline.
    ExecutionId,
    "an execution id",
    "letters, digits and hyphens, at most 64 characters",
    |text| (1..=64).contains(&text.len())
        && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '-')
);
identifier!(
    /// The qualifier of a toolkit stack (`hnb659fds` unless chosen otherwise).
    Qualifier,
    "a qualifier",
    "letters, digits, hyphens and underscores, at most 10 characters",
    |text| {
        (1..=10).contains(&text.len())
            && text.chars().all(|character| {
                character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
            })
    }
);
identifier!(
    /// An environment of Amplify, which is part of names of buckets, tables and roles. Amplify itself takes letters alone.
    AmplifyEnvironment,
    "an environment of Amplify",
    "2 to 10 lower-case letters and digits, a letter first",
    |text| (2..=10).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
);
identifier!(
    /// A repository on GitHub, as `OWNER/NAME`.
    Repository,
    "a repository",
    "OWNER/NAME",
    |text| text
        .split_once('/')
        .is_some_and(|(owner, name)| is_repository_part(owner) && is_repository_part(name))
);

impl Default for Qualifier {
    /// The qualifier that the CDK uses when none is chosen.
    fn default() -> Self {
        Self("hnb659fds".to_owned())
    }
}

impl PipelineName {
    /// Makes a name of a text, of at most `longest` characters: what a name cannot hold becomes a hyphen. A text without a
    /// letter makes none.
    pub fn made_of(text: &str, longest: usize) -> Option<Self> {
        let made: String = text
            .chars()
            .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
            .skip_while(|character| !character.is_ascii_alphabetic())
            .take(longest)
            .collect();
        made.trim_end_matches('-').parse().ok()
    }
}

impl Repository {
    /// Returns the owner: the part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split_once('/').map_or("", |(owner, _)| owner)
    }

    /// Returns the name: the part after the slash.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

/// Whether a text is an ARN of one of some services.
pub fn is_arn(text: &str, services: &[&str]) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let is_arn = matches!(parts.as_slice(), ["arn", partition, service, _, _, resource]
        if partition.starts_with("aws") && services.contains(service) && !resource.is_empty());
    is_arn && !text.contains(char::is_whitespace)
}

/// One account and one region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Environment {
    /// The account.
    pub account: AccountId,
    /// The region.
    pub region: Region,
}

impl Environment {
    /// Takes `aws://ACCOUNT/REGION` apart, whatever stands for account and region.
    pub fn split(text: &str) -> Result<(&str, &str), IdentifierError> {
        let parts = text.strip_prefix("aws://").and_then(|rest| rest.split_once('/'));
        parts.ok_or_else(|| IdentifierError::new(text, "an environment", "aws://ACCOUNT/REGION"))
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "aws://{}/{}", self.account, self.region)
    }
}

impl FromStr for Environment {
    type Err = IdentifierError;

    /// Parses `aws://ACCOUNT/REGION`, the form that the CDK CLI takes.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (account, region) = Self::split(text)?;
        Ok(Self { account: account.parse()?, region: region.parse()? })
    }
}

/// A secret value, which can be neither printed nor serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Gives the value away, for the one call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_keep_their_rules() {
        assert!("111111111111".parse::<AccountId>().is_ok());
        assert!("11111111111".parse::<AccountId>().is_err());
        let account = AccountId::of_role("arn:aws-cn:iam::111111111111:role/deploy");
        assert_eq!(account, "111111111111".parse().ok());
        assert_eq!(AccountId::of_role("deploy"), None);
        assert!("us-gov-west-1".parse::<Region>().is_ok());
        assert!("useast1".parse::<Region>().is_err());
        assert!("us-east-".parse::<Region>().is_err());
        assert!("my.app".parse::<Name>().is_err());
        assert!("1app".parse::<PipelineName>().is_err());
        assert!("dev2".parse::<AmplifyEnvironment>().is_ok());
        assert!("Prod".parse::<AmplifyEnvironment>().is_err());
        assert!("x".parse::<AmplifyEnvironment>().is_err());
        assert!("owner/na.me".parse::<Repository>().is_ok());
        assert!("owner/a/b".parse::<Repository>().is_err());
        assert_eq!(
            "aws://111111111111/eu-west-1".parse::<Environment>().map(|environment| environment.to_string()),
            Ok("aws://111111111111/eu-west-1".to_owned())
        );
    }

    #[test]
    fn a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }
}
