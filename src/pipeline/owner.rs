//! Whose a stack is: what its tag [`PIPELINE_TAG`] says.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::definition::Definition;
use crate::id::{Environment, PipelineName};

/// The tag of every stack that a pipeline owns.
pub const PIPELINE_TAG: &str = "pipectl:pipeline";

/// A pipeline, as the tag of its stacks names it: `NAME@ACCOUNT/REGION`, or only `NAME` where its definition leaves open
/// where it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    name: String,
    home: Option<String>,
}

impl Owner {
    /// The owner of what a definition describes.
    pub fn of(definition: &Definition) -> Self {
        let target = &definition.target;
        let home = target.account.as_ref().zip(target.region.as_ref());
        Self { name: definition.name.to_string(), home: home.map(|(account, region)| format!("{account}/{region}")) }
    }

    /// The pipeline of a name that lives in an environment.
    pub fn living_in(name: &PipelineName, environment: &Environment) -> Self {
        Self { name: name.to_string(), home: Some(format!("{}/{}", environment.account, environment.region)) }
    }

    /// Whether both may be the same pipeline. One that does not say where it lives may live anywhere: what a definition
    /// tells of its home may be added to it later.
    pub fn may_be(&self, other: &Self) -> bool {
        self.name == other.name && (self.home.is_none() || other.home.is_none() || self.home == other.home)
    }
}

impl From<&PipelineName> for Owner {
    fn from(name: &PipelineName) -> Self {
        Self { name: name.to_string(), home: None }
    }
}

impl FromStr for Owner {
    type Err = Infallible;

    fn from_str(tag: &str) -> Result<Self, Infallible> {
        Ok(match tag.split_once('@') {
            Some((name, home)) => Self { name: name.to_owned(), home: Some(home.to_owned()) },
            None => Self { name: tag.to_owned(), home: None },
        })
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.home {
            Some(home) => write!(formatter, "{}@{home}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(tag: &str) -> Owner {
        tag.parse().unwrap()
    }

    #[test]
    fn owners_differ_by_name_and_by_home() {
        let here = owner("shop@111111111111/us-east-1");
        assert_eq!(here.to_string(), "shop@111111111111/us-east-1");
        assert!(here.may_be(&here));
        assert!(here.may_be(&owner("shop")) && owner("shop").may_be(&here));
        assert!(!here.may_be(&owner("shop@222222222222/us-east-1")));
        assert!(!here.may_be(&owner("shop@111111111111/eu-west-1")));
        assert!(!here.may_be(&owner("store@111111111111/us-east-1")) && !here.may_be(&owner("store")));
    }
}
