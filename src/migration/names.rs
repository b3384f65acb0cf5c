//! Names by the rules of a definition, made of those of the old pipeline.

use std::collections::BTreeSet;

use crate::definition::{RESERVED_STAGES, RESERVED_STEPS};
use crate::discovery::name_of_path;
use crate::id::Name;

/// Gives names to stages and steps, each once.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Stages and waves, in lower case.
    stages: BTreeSet<String>,
    /// Steps as `STAGE-STEP`, in lower case, as their builds are called.
    builds: BTreeSet<String>,
}

impl Names {
    /// A name for a stage or a wave.
    pub(super) fn stage(&mut self, wanted: &str) -> Name {
        let is_free = |name: &Name, taken: &BTreeSet<String>| {
            let is_reserved = RESERVED_STAGES.iter().any(|reserved| reserved.eq_ignore_ascii_case(name.as_str()));
            !is_reserved && !taken.contains(&name.as_str().to_lowercase())
        };
        let name = first_free(wanted, "Stage", |name| is_free(name, &self.stages));
        self.stages.insert(name.as_str().to_lowercase());
        name
    }

    /// A name for a step of a stage.
    pub(super) fn step(&mut self, stage: &Name, wanted: &str) -> Name {
        let build = |name: &Name| format!("{stage}-{name}").to_lowercase();
        let name = first_free(wanted, "Step", |name| {
            let is_reserved = RESERVED_STEPS.iter().any(|reserved| reserved.eq_ignore_ascii_case(name.as_str()));
            !is_reserved && !self.builds.contains(&build(name))
        });
        self.builds.insert(build(&name));
        name
    }
}

/// The wanted name, or the first that is free of those with a number behind it.
fn first_free(wanted: &str, fallback: &str, is_free: impl Fn(&Name) -> bool) -> Name {
    let candidates = (2_u32..).map(|number| format!("{wanted}-{number}"));
    let candidates = std::iter::once(wanted.to_owned()).chain(candidates);
    let made = candidates
        .filter_map(|candidate| name_of_path(&candidate).or_else(|| name_of_path(&format!("{fallback}-{candidate}"))));
    // A name that is too long ends with a digest of the whole, so each candidate makes another one.
    made.into_iter().find(is_free).expect("there are more numbers than names")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_the_rules_and_are_given_once() {
        let mut names = Names::default();
        assert_eq!(names.stage("Alpha_1").as_str(), "Alpha-1");
        assert_eq!(names.stage("alpha-1").as_str(), "alpha-1-2");
        assert_eq!(names.stage("Source").as_str(), "Source-2");
        let stage = names.stage("Prod");
        assert_eq!(names.step(&stage, "Check.Check").as_str(), "Check-Check");
        assert_eq!(names.step(&stage, "guard").as_str(), "guard-2");
        assert_eq!(names.step(&stage, "guard").as_str(), "guard-3");
    }
}
