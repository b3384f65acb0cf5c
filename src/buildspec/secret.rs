//! References to secrets, as the `secrets-manager` section writes them.

use std::str::FromStr;

use serde::Serialize;

/// Which version of a secret is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Version {
    /// The one with the stage `AWSCURRENT`.
    Current,
    /// The one with a stage.
    Stage(String),
    /// The one with an id.
    Id(String),
}

/// A secret, or a key of a secret that is a JSON object: `id:json-key:version-stage:version-id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretReference {
    /// The secret's name or ARN.
    pub id: String,
    /// The key whose value is meant; without one the whole secret is.
    pub json_key: Option<String>,
    /// The version.
    pub version: Version,
}

/// Why a text is no reference to a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretReferenceError {
    /// There is no name or ARN.
    #[error("there is no secret's name")]
    NoId,
    /// There is something behind the version's id.
    #[error("there are more than four parts")]
    TooManyParts,
    /// Both kinds of version are given.
    #[error("a version stage and a version id exclude each other")]
    TwoVersions,
}

impl FromStr for SecretReference {
    type Err = SecretReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // An ARN has seven parts of its own: arn:aws:secretsmanager:region:account:secret:name.
        let own_parts = if text.starts_with("arn:") { 7 } else { 1 };
        let parts: Vec<&str> = text.split(':').collect();
        let (own, rest) = parts.split_at(own_parts.min(parts.len()));
        if own.iter().all(|part| part.is_empty()) {
            return Err(SecretReferenceError::NoId);
        }
        if rest.len() > 3 {
            return Err(SecretReferenceError::TooManyParts);
        }
        let part = |position: usize| rest.get(position).filter(|part| !part.is_empty()).map(|part| (*part).to_owned());
        let version = match (part(1), part(2)) {
            (Some(_), Some(_)) => return Err(SecretReferenceError::TwoVersions),
            (Some(stage), None) => Version::Stage(stage),
            (None, Some(id)) => Version::Id(id),
            (None, None) => Version::Current,
        };
        Ok(Self { id: own.join(":"), json_key: part(0), version })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_taken_apart() {
        let arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:app/login-AbCdEf";
        let plain: SecretReference = "app/token".parse().unwrap();
        assert_eq!(plain, SecretReference { id: "app/token".into(), json_key: None, version: Version::Current });
        let key: SecretReference = format!("{arn}:password:AWSPREVIOUS").parse().unwrap();
        let version = Version::Stage("AWSPREVIOUS".into());
        assert_eq!(key, SecretReference { id: arn.into(), json_key: Some("password".into()), version });
        let id: SecretReference = "app:::v1".parse().unwrap();
        assert_eq!(id.version, Version::Id("v1".into()));
        assert_eq!("a:b:c:d".parse::<SecretReference>(), Err(SecretReferenceError::TwoVersions));
        assert_eq!("a:b:c:d:e".parse::<SecretReference>(), Err(SecretReferenceError::TooManyParts));
        assert_eq!("".parse::<SecretReference>(), Err(SecretReferenceError::NoId));
    }
}
