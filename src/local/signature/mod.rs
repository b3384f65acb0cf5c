//! AWS Signature Version 4: reading signatures from requests and checking them.
//!
//! Source: the "Signature Version 4 signing process" of the AWS General Reference and "Authenticating Requests" of the
//! Amazon S3 API Reference. The front is the only caller; nothing here reads a clock or a body.

mod canonical;
mod claim;

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub use claim::{Claim, Place, Signature, claim};

use crate::id::Secret;

/// How far a request's time may be from ours.
const SKEW: Duration = Duration::from_secs(15 * 60);

/// What S3 clients write instead of a hash of the body.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

/// The header that carries the hash of the body.
pub const PAYLOAD_HEADER: &str = "x-amz-content-sha256";

/// Why a request's signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is something like a signature, but not a complete one of version 4.
    #[error("the request signature does not conform to AWS standards")]
    Malformed,
    /// The access key is unknown, inactive or expired.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// The session token does not belong to the access key.
    #[error("The provided token is malformed or otherwise invalid.")]
    InvalidToken,
    /// The request was signed too long ago, or in the future.
    #[error("The difference between the request time and the current time is too large.")]
    Expired,
    /// The signature is another one than the secret and the request give.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
         Key and signing method."
    )]
    Mismatch,
}

/// The hash that a signature covers for a body.
pub fn payload_hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Checks a signature with the secret and the token of its access key.
///
/// `payload` is the hash of the body, or what the request declares instead of it.
pub fn verify(
    signature: &Signature,
    parts: &Parts,
    payload: &str,
    secret: &Secret,
    token: Option<&Secret>,
    now: Timestamp,
) -> Result<(), Rejection> {
    check_time(signature, now)?;
    if signature.token.as_deref() != token.map(Secret::expose) {
        return Err(Rejection::InvalidToken);
    }
    let given = hex::decode(&signature.value).map_err(|_| Rejection::Malformed)?;
    let key = signing_key(signature, secret);
    canonical::requests(signature, parts, payload)
        .iter()
        .any(|request| {
            let text = format!(
                "AWS4-HMAC-SHA256\n{}\n{}\n{}",
                signature.timestamp,
                signature.scope(),
                payload_hash(request.as_bytes())
            );
            authenticator(&key, text.as_bytes()).verify_slice(&given).is_ok()
        })
        .then_some(())
        .ok_or(Rejection::Mismatch)
}

/// Checks that a signature is fresh, or for a presigned address that it is still good.
fn check_time(signature: &Signature, now: Timestamp) -> Result<(), Rejection> {
    let signed = signature.time().ok_or(Rejection::Malformed)?;
    if !signature.timestamp.starts_with(&signature.date) {
        return Err(Rejection::Malformed);
    }
    let age = now.duration_since(signed);
    let too_early = age < -jiff::SignedDuration::try_from(SKEW).map_err(|_| Rejection::Malformed)?;
    let lifetime = match signature.place {
        Place::Header => SKEW,
        Place::Query { lifetime } => lifetime,
    };
    let too_late = age > jiff::SignedDuration::try_from(lifetime).map_err(|_| Rejection::Malformed)?;
    if too_early || too_late { Err(Rejection::Expired) } else { Ok(()) }
}

/// The key of one day, region and service.
fn signing_key(signature: &Signature, secret: &Secret) -> Vec<u8> {
    [&signature.date, &signature.region, &signature.service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{}", secret.expose()).into_bytes(), |key, part| {
            authenticator(&key, part.as_bytes()).finalize().into_bytes().to_vec()
        })
}

/// HMAC-SHA-256 over a text.
fn authenticator(key: &[u8], text: &[u8]) -> Hmac<Sha256> {
    let mut padded = [0; 64];
    match key.len() {
        0..=64 => padded[..key.len()].copy_from_slice(key),
        _ => padded[..32].copy_from_slice(&Sha256::digest(key)),
    }
    let mut mac = Hmac::<Sha256>::new(&padded.into());
    mac.update(text);
    mac
}

#[cfg(test)]
mod tests;
