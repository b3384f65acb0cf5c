//! What the engine keeps of a pipeline: its machine, and beside it what must not be shown.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::machine::Machine;
use super::structure::{Provider, Structure};
use crate::id::{Environment, Secret};

/// What stands in a structure in place of a secret. A structure that comes back with it keeps the secret as it was.
pub const MASK: &str = "****";

/// Which pipeline: names are unique in an account and a region.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PipelineKey {
    /// The account and the region.
    pub environment: Environment,
    /// The pipeline's name.
    pub name: String,
}

impl PipelineKey {
    /// The pipeline's ARN.
    pub fn arn(&self) -> String {
        let Environment { account, region } = &self.environment;
        format!("arn:aws:codepipeline:{region}:{account}:{}", self.name)
    }
}

impl fmt::Display for PipelineKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.arn())
    }
}

/// The secrets of a structure, by `stage/action`.
pub type Secrets = BTreeMap<String, Secret>;

/// The tags of a resource.
pub type Tags = BTreeMap<String, String>;

/// One pipeline with what belongs to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// The pipeline.
    pub machine: Machine,
    /// Its tags.
    pub tags: Tags,
    /// Its secrets, which are written to a file of their own.
    #[serde(skip)]
    pub secrets: Secrets,
}

/// Under which name a secret of an action is kept.
pub fn secret_name(stage: &str, action: &str) -> String {
    format!("{stage}/{action}")
}

/// Takes the secrets out of a structure and masks them; where the mask stands already, the known secret is kept.
pub fn take_secrets(structure: &mut Structure, known: &Secrets) -> Secrets {
    let mut secrets = Secrets::new();
    for stage in &mut structure.stages {
        for action in &mut stage.actions {
            let Some(key) = action.provider().and_then(Provider::secret_key) else { continue };
            let Some(value) = action.configuration.get_mut(key) else { continue };
            let name = secret_name(&stage.name, &action.name);
            let secret = if value == MASK {
                known.get(&name).cloned()
            } else {
                Some(Secret::new(std::mem::replace(value, MASK.to_owned())))
            };
            secrets.extend(secret.map(|secret| (name, secret)));
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn structure(token: &str) -> Structure {
        serde_json::from_value(json!({
            "name": "app", "roleArn": "r",
            "stages": [{"name": "Source", "actions": [{
                "name": "Hub",
                "actionTypeId": {"category": "Source", "owner": "ThirdParty", "provider": "GitHub", "version": "1"},
                "configuration": {"OAuthToken": token, "Owner": "o"}
            }]}]
        }))
        .unwrap()
    }

    #[test]
    fn secrets_are_masked_and_kept_when_the_mask_comes_back() {
        let mut first = structure("hunter2");
        let secrets = take_secrets(&mut first, &Secrets::new());
        assert_eq!(secrets["Source/Hub"], Secret::new("hunter2"));
        assert!(!format!("{first:?}").contains("hunter2"));
        let mut again = structure(MASK);
        assert_eq!(take_secrets(&mut again, &secrets), secrets);
        assert_eq!(first, again);
    }
}
