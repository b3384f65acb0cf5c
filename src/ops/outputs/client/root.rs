//! Which of some stacks is the root of an Amplify Gen 2 backend.

use super::ConfigurationError;
use crate::ops::outputs::{Found, Presence};

/// The output that the root of every backend has.
const MARK: &str = "deploymentType";

/// The one stack that is the root of a backend. A stack that stands alone is taken to be one.
pub(super) fn choose(stacks: &[Found]) -> Result<&Found, ConfigurationError> {
    let chosen = match stacks {
        [only] => only,
        several => {
            let roots: Vec<&Found> = several.iter().filter(|found| found.outputs.outputs.contains_key(MARK)).collect();
            match roots.as_slice() {
                [] => return Err(ConfigurationError::NoRoot { known: names(several) }),
                [root] => *root,
                roots => return Err(ConfigurationError::SeveralRoots { roots: names(roots.iter().copied()) }),
            }
        }
    };
    if chosen.outputs.presence == Presence::Missing {
        return Err(ConfigurationError::NotDeployed { stack: chosen.name().to_owned() });
    }
    if let Some(deployed) = chosen.deployed.as_ref().filter(|deployed| !deployed.stack.status.is_settled()) {
        return Err(ConfigurationError::Busy { stack: chosen.name().to_owned(), status: deployed.stack.status });
    }
    Ok(chosen)
}

fn names<'a>(stacks: impl IntoIterator<Item = &'a Found>) -> Vec<String> {
    stacks.into_iter().map(|found| found.name().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::outputs::StackOutputs;

    fn stack(name: &str, output: &str, presence: Presence) -> Found {
        let outputs = [(output.to_owned(), "x".to_owned())].into();
        let outputs = StackOutputs { stack: name.to_owned(), stage: None, region: None, presence, outputs };
        Found { outputs, deployed: None }
    }

    #[test]
    fn exactly_one_root_is_chosen() {
        let chosen = |stacks: &[Found]| match choose(stacks) {
            Ok(root) => root.name().to_owned(),
            Err(error) => error.to_string(),
        };
        let plain = || stack("plain", "Url", Presence::Deployed);
        let root = |name| stack(name, MARK, Presence::Deployed);
        assert_eq!(chosen(&[plain(), root("one")]), "one");
        assert_eq!(chosen(&[plain()]), "plain", "what is named is not doubted");
        assert_eq!(chosen(&[plain(), plain()]), "no stack here is the root of an Amplify Gen 2 backend");
        assert_eq!(
            chosen(&[root("one"), root("two")]),
            "several stacks are roots of Amplify backends: `one` and `two`"
        );
        assert_eq!(chosen(&[stack("late", MARK, Presence::Missing)]), "stack `late` is not deployed yet");
    }
}
