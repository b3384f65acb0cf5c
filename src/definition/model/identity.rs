//! What Amplify knows Gen 2 backends by.

use sha2::{Digest, Sha512};

/// The longest name of a stack.
const STACK_NAME: usize = 128;
/// How much of a backend's name its stack's has.
const NAME: usize = 50;
/// How many digits of the digest a stack's name has.
const DIGEST: usize = 10;
/// What a stack's name begins with.
const PREFIX: &str = "amplify";
/// The hyphens between the five parts of a stack's name.
const HYPHENS: usize = 4;

/// What Amplify knows a Gen 2 backend by. All names of its stacks and constructs are made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackendIdentity {
    /// What kind of deployment it is.
    pub kind: BackendKind,
    /// The project; of a branch, the id of the Amplify app.
    pub namespace: String,
    /// The deployment; of a branch, its name.
    pub name: String,
}

/// What kind of deployment a Gen 2 backend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendKind {
    /// One by itself.
    Standalone,
    /// That of a branch of an Amplify app, which it links itself to.
    Branch,
}

impl BackendKind {
    /// Amplify's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standalone => "standalone",
            Self::Branch => "branch",
        }
    }
}

impl BackendIdentity {
    /// The name of the backend's stack (`BackendIdentifierConversions.toStackName` of `@aws-amplify/platform-core`).
    pub fn stack_name(&self) -> String {
        let digest = hex::encode(Sha512::digest(format!("{}{}", self.namespace, self.name)));
        let kind = self.kind.as_str();
        let name = letters(&self.name, NAME);
        // One character less than there is room for, as Amplify has it.
        let room = STACK_NAME - PREFIX.len() - kind.len() - name.len() - HYPHENS - DIGEST - 1;
        let namespace = letters(&self.namespace, room);
        format!("{PREFIX}-{namespace}-{name}-{kind}-{}", &digest[..DIGEST])
    }
}

/// The first letters and digits of a text.
fn letters(text: &str, longest: usize) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).take(longest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(kind: BackendKind, namespace: &str, name: &str) -> String {
        BackendIdentity { kind, namespace: namespace.to_owned(), name: name.to_owned() }.stack_name()
    }

    #[test]
    fn stacks_have_the_names_that_amplify_gives_them() {
        let (standalone, branch) = (BackendKind::Standalone, BackendKind::Branch);
        // The first two are of the reference assemblies, the others were computed by Amplify's own function.
        assert_eq!(stack(standalone, "fixture", "beta"), "amplify-fixture-beta-standalone-a46f62af93");
        assert_eq!(stack(branch, "d1yd7xpdewj1i5", "main"), "amplify-d1yd7xpdewj1i5-main-branch-97e90da554");
        assert_eq!(
            stack(branch, "d1yd7xpdewj1i5", "feat/log-in_2"),
            "amplify-d1yd7xpdewj1i5-featlogin2-branch-6bf5abbed8"
        );
        assert_eq!(stack(standalone, "my-todo.app", "\u{dc}bung 1"), "amplify-mytodoapp-bung1-standalone-b073bb213d");
        let (namespace, name) = ("Name-space".repeat(12), "feature/".repeat(12));
        assert_eq!(
            stack(standalone, &namespace, &name),
            "amplify-NamespaceNamespaceNamespaceNamespaceNamespaceN-featurefeaturefeaturefeaturefeaturefeaturefeaturef-standalone-d363cd3404"
        );
        assert_eq!(
            stack(standalone, &namespace, "b"),
            "amplify-NamespaceNamespaceNamespaceNamespaceNamespaceNamespaceNamespaceNamespaceNamespaceNamespaceNames-b-standalone-7b4527a088"
        );
        assert!(stack(branch, &namespace, &name).len() <= STACK_NAME);
    }
}
