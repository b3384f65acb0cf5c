//! Access keys of account roots, made from one seed.
//!
//! An instance serves every account: a key id holds its account and a proof that the seed's owner made it, so no list
//! of accounts is kept, and keys stay the same as long as the seed does.
//!
//! ```text
//! AKIA | account in base 32 (8) | proof (8)
//! ```

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::aws::Credentials;
use crate::id::{AccountId, Secret};

/// What key ids of long-lived keys start with.
const PREFIX: &str = "AKIA";

/// The letters of key ids (RFC 4648, base 32).
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// How many letters hold the account; 40 bits hold any twelve digits.
const ACCOUNT_LETTERS: usize = 8;

/// What all keys of an instance are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed(Secret);

impl Seed {
    /// Takes a seed that was made before.
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// Makes a new seed.
    pub fn random() -> std::io::Result<Self> {
        random_text().map(|text| Self(Secret::new(text)))
    }

    /// The seed's text, to be kept in a file that only its owner reads.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// The credentials of an account's root.
    pub fn credentials(&self, account: &AccountId) -> Credentials {
        let name = format!("{PREFIX}{}", letters_of(account));
        let proof: String = self.derive("key", account)[..ACCOUNT_LETTERS]
            .iter()
            .map(|byte| char::from(LETTERS[usize::from(byte & 31)]))
            .collect();
        let secret = STANDARD.encode(&self.derive("secret", account)[..30]);
        Credentials { access_key: name + &proof, secret_key: Secret::new(secret), session_token: None }
    }

    /// The token that the endpoint's GitHub accepts.
    pub fn github_token(&self) -> Secret {
        Secret::new(format!("ghp_{}", hex::encode(&self.mac("github:token")[..20])))
    }

    /// The account whose root a key id belongs to, if this seed made it.
    pub fn account_of(&self, access_key: &str) -> Option<AccountId> {
        let letters = access_key.strip_prefix(PREFIX)?.get(..ACCOUNT_LETTERS)?;
        let number = letters.bytes().try_fold(0_u64, |number, letter| {
            let digit = LETTERS.iter().position(|known| *known == letter)?;
            Some(number * 32 + u64::try_from(digit).ok()?)
        })?;
        let account: AccountId = format!("{number:012}").parse().ok()?;
        (self.credentials(&account).access_key == access_key).then_some(account)
    }

    fn derive(&self, purpose: &str, account: &AccountId) -> [u8; 32] {
        self.mac(&format!("{purpose}:{account}"))
    }

    fn mac(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 64];
        for (place, byte) in key.iter_mut().zip(self.0.expose().bytes()) {
            *place = byte;
        }
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(format!("pipectl:{purpose}").as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// A random text of 256 bits.
pub fn random_text() -> std::io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(hex::encode(bytes))
}

/// An account's number in base 32.
fn letters_of(account: &AccountId) -> String {
    let number = account.as_str().bytes().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
    (0..ACCOUNT_LETTERS)
        .rev()
        .map(|place| char::from(LETTERS[usize::try_from(number >> (5 * place) & 31).unwrap_or_default()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_its_account_to_its_seed_only() {
        let seed = Seed::random().unwrap();
        for account in ["000000000000", "123456789012", "999999999999"] {
            let account: AccountId = account.parse().unwrap();
            let credentials = seed.credentials(&account);
            assert_eq!(credentials.access_key.len(), 20);
            assert_eq!(seed.account_of(&credentials.access_key), Some(account.clone()));
            assert_eq!(Seed::random().unwrap().account_of(&credentials.access_key), None);
            assert_eq!(seed.credentials(&account), credentials);
        }
    }

    #[test]
    fn other_keys_belong_to_no_account() {
        let seed = Seed::random().unwrap();
        for key in ["", "test", "111111111111", "AKIAé2345678", "AKIAAAAAAAAAAAAAAAAA", "ASIAAAAAAAAAAAAAAAAA"] {
            assert_eq!(seed.account_of(key), None, "{key}");
        }
    }
}
