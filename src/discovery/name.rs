//! Names of assemblies' stacks in their stage.

use sha2::{Digest, Sha256};

use crate::id::Name;

/// The longest name ([`Name`]).
const LONGEST: usize = 50;

/// Makes a name of a stack's path in the app: `Data/Base` becomes `Data-Base`. What a name cannot hold becomes a hyphen,
/// and a name that is too long ends with a digest of the path.
pub fn of_path(path: &str) -> Option<Name> {
    let mut text = String::new();
    for character in path.chars() {
        if character.is_ascii_alphanumeric() {
            text.push(character);
        } else if !text.ends_with('-') {
            text.push('-');
        }
    }
    let mut text = text.trim_matches('-').to_owned();
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        text.insert_str(0, "S-");
    }
    if text.len() > LONGEST {
        let digest = hex::encode(Sha256::digest(path));
        text.truncate(LONGEST - 9);
        text = format!("{}-{}", text.trim_end_matches('-'), &digest[..8]);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_names() {
        let name = |path: &str| of_path(path).map(|name| name.to_string()).unwrap_or_default();
        assert_eq!(name("Base"), "Base");
        assert_eq!(name("Data/Base"), "Data-Base");
        assert_eq!(name("my_stack.v2"), "my-stack-v2");
        assert_eq!(name("2nd"), "S-2nd");
        let long = "VeryLong".repeat(10);
        assert_eq!(name(&long).len(), LONGEST);
        assert_ne!(name(&long), name(&format!("{long}2")));
    }
}
