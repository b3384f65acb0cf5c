//! The tokens of an instance, and how requests present them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header::{AUTHORIZATION, HeaderMap};
use sha2::{Digest, Sha256};

use crate::id::Secret;

/// A token with its scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    secret: Secret,
    scopes: Vec<String>,
}

impl Token {
    /// Makes a token with the scopes that a pipeline needs.
    pub fn new(secret: Secret) -> Self {
        Self::with_scopes(secret, ["repo", "admin:repo_hook"])
    }

    /// Makes a token with other scopes.
    pub fn with_scopes<T: Into<String>>(secret: Secret, scopes: impl IntoIterator<Item = T>) -> Self {
        Self { secret, scopes: scopes.into_iter().map(Into::into).collect() }
    }

    /// Makes a random value in the form of GitHub's classic tokens.
    pub fn random_value() -> std::io::Result<Secret> {
        Ok(Secret::new(format!("ghp_{}", hex::encode(random::<20>()?))))
    }

    /// The token's value.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The token's scopes as the header `X-OAuth-Scopes` lists them.
    pub(super) fn scope_list(&self) -> String {
        self.scopes.join(", ")
    }

    /// Tells whether the token has one of the scopes.
    pub(super) fn has_any(&self, scopes: &[&str]) -> bool {
        self.scopes.iter().any(|scope| scopes.contains(&scope.as_str()))
    }
}

/// Bytes that nobody can guess.
pub(super) fn random<const COUNT: usize>() -> std::io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes)
}

/// Finds a token by its value.
pub(super) fn find<'a>(tokens: &'a [Token], presented: &str) -> Option<&'a Token> {
    // Digests are compared, so that the time taken tells nothing about a token.
    let wanted = Sha256::digest(presented);
    tokens.iter().find(|token| Sha256::digest(token.secret.expose()) == wanted)
}

/// Reads the token that a request presents: `Bearer`, GitHub's `token`, or the password of `Basic`.
pub(super) fn presented(headers: &HeaderMap) -> Option<String> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" | "token" => Some(value.trim().to_owned()),
        "basic" => {
            let decoded = String::from_utf8(BASE64_STANDARD.decode(value.trim()).ok()?).ok()?;
            decoded.split_once(':').map(|(_, password)| password.to_owned())
        }
        _ => None,
    }
}
