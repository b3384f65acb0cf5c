//! Which of some stacks is the root of an Amplify backend.

use super::{Found, Presence};
use crate::aws::cloudformation::StackStatus;
use crate::diagnostic::{Explain, FailureKind};
use crate::text;

/// The generations of Amplify backends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// Made by the Amplify CLI.
    One,
    /// Made by a CDK app.
    Two,
}

impl Generation {
    /// An output that the root of every backend has.
    fn mark(self) -> &'static str {
        match self {
            Self::One => "UnauthRoleName",
            Self::Two => "deploymentType",
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// Why there is no root.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// No stack is one.
    #[error("no stack here is the root of an Amplify Gen {} backend", .generation.number())]
    None {
        /// The generation.
        generation: Generation,
        /// The stacks that there are.
        known: Vec<String>,
    },
    /// Several stacks are.
    #[error("several stacks are roots of Amplify backends: {}", text::list(.roots))]
    Several {
        /// They.
        roots: Vec<String>,
    },
    /// It is not there.
    #[error("stack `{stack}` is not deployed yet")]
    NotDeployed {
        /// The root.
        stack: String,
    },
    /// It is being changed.
    #[error("stack `{stack}` is being changed ({status}), so its outputs are not settled")]
    Busy {
        /// The root.
        stack: String,
        /// Its status.
        status: StackStatus,
    },
}

impl Explain for RootError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::None { .. } | Self::Several { .. } => FailureKind::Usage,
            Self::NotDeployed { .. } | Self::Busy { .. } => FailureKind::NotReady,
        }
    }

    fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::None { known, .. } if known.is_empty() => "`--stack NAME` names it".to_owned(),
            Self::None { known, .. } => {
                format!("`--stage STAGE` or `--stack NAME` chooses it; there are {}", text::list(known))
            }
            Self::Several { .. } => "`--stack NAME` or `--stage STAGE` chooses one".to_owned(),
            Self::NotDeployed { .. } => "`pipectl status --watch` follows the run that deploys it".to_owned(),
            Self::Busy { .. } => "run the same command again when the deployment is over".to_owned(),
        }]
    }
}

/// The one stack that is the root of a backend. A stack that stands alone is taken to be one.
pub(super) fn choose(stacks: &[Found], generation: Generation) -> Result<&Found, RootError> {
    let chosen = match stacks {
        [only] => only,
        several => {
            let is_root = |found: &&Found| found.outputs.outputs.contains_key(generation.mark());
            let roots: Vec<&Found> = several.iter().filter(is_root).collect();
            match roots.as_slice() {
                [] => return Err(RootError::None { generation, known: names(several) }),
                [root] => *root,
                roots => return Err(RootError::Several { roots: names(roots.iter().copied()) }),
            }
        }
    };
    if chosen.outputs.presence == Presence::Missing {
        return Err(RootError::NotDeployed { stack: chosen.name().to_owned() });
    }
    if let Some(deployed) = chosen.deployed.as_ref().filter(|deployed| !deployed.stack.status.is_settled()) {
        return Err(RootError::Busy { stack: chosen.name().to_owned(), status: deployed.stack.status });
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
        let outputs = StackOutputs::new(name, presence, outputs);
        Found { outputs, deployed: None }
    }

    #[test]
    fn exactly_one_root_is_chosen() {
        let chosen = |stacks: &[Found]| match choose(stacks, Generation::Two) {
            Ok(root) => root.name().to_owned(),
            Err(error) => error.to_string(),
        };
        let plain = || stack("plain", "Url", Presence::Deployed);
        let root = |name| stack(name, Generation::Two.mark(), Presence::Deployed);
        assert_eq!(chosen(&[plain(), root("one")]), "one");
        assert_eq!(chosen(&[plain()]), "plain", "what is named is not doubted");
        assert_eq!(chosen(&[plain(), plain()]), "no stack here is the root of an Amplify Gen 2 backend");
        assert_eq!(
            chosen(&[root("one"), root("two")]),
            "several stacks are roots of Amplify backends: `one` and `two`"
        );
        let late = stack("late", Generation::Two.mark(), Presence::Missing);
        assert_eq!(chosen(&[late]), "stack `late` is not deployed yet");
    }
}
