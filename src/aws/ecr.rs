//! Repositories of container images (ECR).
//!
//! [`Aws::registry`] gives a [`Registry`]: the one of the connection's account in its region.

use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::ImageIdentifier;
use base64::Engine;

use super::{Aws, Error, Result};
use crate::id::Secret;

/// How often a call is made before it counts as failed.
const ATTEMPTS: u32 = 5;

/// The images of an account in a region.
#[derive(Debug, Clone)]
pub struct Registry {
    client: Client,
}

/// What a registry wants from whoever pushes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryLogin {
    /// The user.
    pub user: String,
    /// The password, good for some hours.
    pub password: Secret,
}

impl Aws {
    /// The registry of the connection's account in its region.
    pub fn registry(&self) -> Registry {
        let config = aws_sdk_ecr::config::Builder::from(self.config()).retry_config(self.retries(ATTEMPTS)).build();
        Registry { client: Client::from_conf(config) }
    }
}

impl Registry {
    /// Asks how engines call a repository: `HOST/NAME`. `None` if there is none.
    pub async fn repository_address(&self, repository: &str) -> Result<Option<String>> {
        const OPERATION: &str = "ecr:DescribeRepositories";
        let answer = self.client.describe_repositories().repository_names(repository).send().await;
        let answer = match answer.map_err(Error::of(OPERATION)) {
            Err(error) if error.code() == Some("RepositoryNotFoundException") => return Ok(None),
            answer => answer?,
        };
        let address = answer.repositories().first().and_then(|repository| repository.repository_uri());
        address
            .map(|address| Some(address.to_owned()))
            .ok_or(Error::Incomplete { operation: OPERATION, what: "repository's address" })
    }

    /// Asks for the digest of the image of a tag; `None` if there is none.
    pub async fn digest(&self, repository: &str, tag: &str) -> Result<Option<String>> {
        let image = ImageIdentifier::builder().image_tag(tag).build();
        let answer = self.client.describe_images().repository_name(repository).image_ids(image).send().await;
        let answer = match answer.map_err(Error::of("ecr:DescribeImages")) {
            Err(error) if error.code() == Some("ImageNotFoundException") => return Ok(None),
            answer => answer?,
        };
        Ok(answer.image_details().first().and_then(|image| image.image_digest()).map(str::to_owned))
    }

    /// Asks for a login.
    pub async fn login(&self) -> Result<RegistryLogin> {
        const OPERATION: &str = "ecr:GetAuthorizationToken";
        let answer = self.client.get_authorization_token().send().await.map_err(Error::of(OPERATION))?;
        let token = answer.authorization_data().first().and_then(|data| data.authorization_token());
        token.and_then(read).ok_or(Error::Incomplete { operation: OPERATION, what: "usable token" })
    }
}

/// Reads a token: user and password, joined by a colon, in base 64.
fn read(token: &str) -> Option<RegistryLogin> {
    let bytes = base64::engine::general_purpose::STANDARD.decode(token).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    (!user.is_empty() && !password.is_empty())
        .then(|| RegistryLogin { user: user.to_owned(), password: Secret::new(password) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_user_and_password() {
        let login = read("QVdTOmE6Yg==").expect("a token");
        assert_eq!((login.user.as_str(), login.password.expose()), ("AWS", "a:b"));
        assert!(!format!("{login:?}").contains("a:b"));
        assert_eq!(read("QVdT"), None);
        assert_eq!(read("QVdTOg=="), None);
        assert_eq!(read("*"), None);
    }
}
