//! Who may use the registry: passwords that ECR hands out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::BoxFuture;
use http::header::{AUTHORIZATION, HeaderMap};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use crate::local::account_key::random_text;
use crate::local::contract::{Call, Caller, Fault, Handling, Permission, Service};

/// The operation that hands out passwords.
const OPERATION: &str = "GetAuthorizationToken";

/// The one user that registries of AWS know.
const USER: &str = "AWS";

/// How long a password is good, as on AWS.
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// A password that was handed out.
#[derive(Debug)]
struct Login {
    caller: Caller,
    until: Instant,
}

/// All passwords that are good.
#[derive(Debug)]
pub(super) struct Logins {
    endpoint: String,
    /// By the hash of the password, so that the time taken to find one tells nothing about it.
    known: Mutex<HashMap<[u8; 32], Login>>,
}

impl Logins {
    pub fn new(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned(), known: Mutex::default() }
    }

    /// Hands out a password.
    fn issue(&self, caller: Caller) -> std::io::Result<String> {
        let password = random_text()?;
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, login| login.until > now);
        known.insert(Sha256::digest(&password).into(), Login { caller, until: now + LIFETIME });
        Ok(password)
    }

    /// Finds whose password a request presents.
    pub fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        let decoded = String::from_utf8(BASE64_STANDARD.decode(value.trim()).ok()?).ok()?;
        let password = decoded.strip_prefix(USER)?.strip_prefix(':')?;
        let digest: [u8; 32] = Sha256::digest(password).into();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let login = known.get(&digest).filter(|login| login.until > Instant::now());
        login.filter(|_| scheme.eq_ignore_ascii_case("basic")).map(|login| login.caller.clone())
    }
}

impl Service for Logins {
    fn handling(&self, operation: &str) -> Handling {
        if operation == OPERATION { Handling::Answer } else { Handling::PassOn }
    }

    fn permissions(&self, _call: &Call) -> Result<Vec<Permission>, Fault> {
        Ok(vec![Permission::new(format!("ecr:{OPERATION}"), "*")])
    }

    fn call(&self, call: Call) -> BoxFuture<'_, Result<Value, Fault>> {
        Box::pin(async move {
            let password = self.issue(call.caller).map_err(|error| Fault::internal(error.to_string()))?;
            let until = Timestamp::now() + SignedDuration::try_from(LIFETIME).unwrap_or_default();
            Ok(json!({ "authorizationData": [{
                "authorizationToken": BASE64_STANDARD.encode(format!("{USER}:{password}")),
                "expiresAt": until.as_second(),
                "proxyEndpoint": self.endpoint,
            }] }))
        })
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_password_is_its_callers() {
        let logins = Logins::new("http://127.0.0.1:1");
        let caller = Caller {
            account: "111111111111".parse().unwrap(),
            arn: "arn:aws:iam::111111111111:user/u".to_owned(),
            access_key: "AKIA".to_owned(),
        };
        let password = logins.issue(caller.clone()).unwrap();
        let presented = |scheme: &str, user: &str, password: &str| {
            let value = format!("{scheme} {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
            let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_str(&value).unwrap())]);
            logins.caller(&headers)
        };
        assert_eq!(presented("Basic", "AWS", &password), Some(caller));
        assert_eq!(presented("Bearer", "AWS", &password), None);
        assert_eq!(presented("Basic", "root", &password), None);
        assert_eq!(presented("Basic", "AWS", ""), None);
        assert_eq!(presented("Basic", "AWS", "ministack-auth-token"), None);
        assert_eq!(logins.caller(&HeaderMap::new()), None);
    }
}
