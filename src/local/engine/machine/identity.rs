//! Identifiers of executions and of action executions: UUIDs in lower case.

use sha2::{Digest, Sha256};

use crate::id::identifier;

macro_rules! uuid {
    ($(#[$documentation:meta])* $name:ident, $kind:literal) => {
        identifier!(
            $(#[$documentation])*
            $name,
            $kind,
            "five groups of 8, 4, 4, 4 and 12 lower-case hexadecimal digits",
            is_uuid
        );

        impl $name {
            /// Makes an identifier of sixteen bytes, which are chance or a digest.
            pub fn of_bytes(bytes: [u8; 16]) -> Self {
                let hex = hex::encode(bytes);
                Self([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
            }
        }
    };
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte) || byte == b'-';
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(is_hex)
}

uuid!(
    /// The id of a pipeline execution.
    ExecutionId,
    "the id of a pipeline execution"
);
uuid!(
    /// The id of an action execution: one attempt of one action.
    ActionId,
    "the id of an action execution"
);

impl ActionId {
    /// The id of an attempt of an action in an execution; the same for the same parts.
    pub(super) fn derive(execution: &ExecutionId, beginning: u64) -> Self {
        Self::of_bytes(digest("action", execution, beginning))
    }
}

/// The id of the execution that takes a stage back after another one failed in it.
pub(super) fn rollback_id(failed: &ExecutionId, beginning: u64) -> ExecutionId {
    ExecutionId::of_bytes(digest("rollback", failed, beginning))
}

/// The token that answers an approval.
pub(super) fn approval_token(execution: &ExecutionId, beginning: u64) -> String {
    ActionId::of_bytes(digest("approval", execution, beginning)).0
}

/// The last part of an artifact's key: seven letters and digits.
pub(super) fn artifact_suffix(execution: &ExecutionId, beginning: u64, artifact: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    digest(artifact, execution, beginning)
        .iter()
        .take(7)
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect()
}

fn digest(purpose: &str, execution: &ExecutionId, beginning: u64) -> [u8; 16] {
    let whole = Sha256::digest(format!("{purpose}\0{execution}\0{beginning}"));
    let mut half = [0; 16];
    half.copy_from_slice(&whole[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids() {
        let id = ExecutionId::of_bytes([0xab; 16]);
        assert_eq!(id.as_str(), "abababab-abab-abab-abab-abababababab");
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!("ABABABAB-abab-abab-abab-abababababab".parse::<ExecutionId>().is_err());
        assert!("../../../etc".parse::<ExecutionId>().is_err());
        assert_ne!(ActionId::derive(&id, 1), ActionId::derive(&id, 2));
        assert_eq!(artifact_suffix(&id, 1, "Source").len(), 7);
    }
}
