//! Which stacks are compared. Pure.

use super::{DiffError, StackChange, StackDiff};
use crate::assembly::{ArtifactKind, Assembly, StackView};
use crate::id::{Environment, StackName};
use crate::text;

/// A stack that is wanted.
pub(super) struct Subject<'a> {
    /// Its stage; none for the pipeline's own stacks.
    pub stage: Option<&'a str>,
    /// Its name.
    pub name: StackName,
    /// What the assembly says of it.
    pub view: StackView<'a>,
    /// Where it is.
    pub environment: Environment,
}

impl Subject<'_> {
    /// What is told of it where nothing changes.
    pub fn unchanged(&self) -> StackDiff {
        StackDiff {
            stage: self.stage.map(str::to_owned),
            stack: self.name.to_string(),
            environment: self.environment.to_string(),
            change: StackChange::Unchanged,
            tags: Vec::new(),
            settings: Vec::new(),
            difference: None,
            unread: None,
        }
    }

    /// Whether it is compared: all are where nothing is chosen.
    pub fn is_chosen(&self, chosen: &[String]) -> bool {
        chosen.is_empty() || chosen.iter().any(|wanted| self.answers_to(wanted))
    }

    /// A stack answers to its stage, its name, and its place in the definition, such as `Staging/app`.
    fn answers_to(&self, wanted: &str) -> bool {
        let place = self.stage.map(|stage| format!("{stage}/{}", self.view.id));
        is_meant(wanted, &[self.stage, Some(self.name.as_str()), place.as_deref()])
    }
}

/// All stacks of an assembly: those of the pipeline itself, then those of its stages.
pub(super) fn subjects<'a>(assembly: &'a Assembly, own: &Environment) -> Result<Vec<Subject<'a>>, DiffError> {
    let mut subjects = Vec::new();
    let stages = assembly.manifest.artifacts.iter().filter_map(|(id, artifact)| match &artifact.kind {
        ArtifactKind::NestedAssembly(nested) => {
            Some((nested.display_name.as_deref().or(Some(id.as_str())), assembly.nested.get(id)?))
        }
        ArtifactKind::Stack(_) | ArtifactKind::AssetManifest(_) | ArtifactKind::Other { .. } => None,
    });
    for (stage, assembly) in [(None, assembly)].into_iter().chain(stages) {
        // A stage's assembly may hold others; the top's are the stages.
        let views: Vec<StackView<'a>> =
            if stage.is_none() { assembly.own_stacks().collect() } else { assembly.stacks().collect() };
        for view in views {
            let name = view.name().parse().map_err(crate::ops::contents::ContentError::from)?;
            subjects.push(Subject { stage, name, view, environment: view.environment().or(own) });
        }
    }
    Ok(subjects)
}

/// Whether a stack that is deployed no more is told.
pub(super) fn is_removal_chosen(stack: &StackDiff, chosen: &[String]) -> bool {
    let names = [stack.stage.as_deref(), Some(stack.stack.as_str())];
    chosen.is_empty() || chosen.iter().any(|wanted| is_meant(wanted, &names))
}

/// Whether one of some names is meant, be it by a pattern.
fn is_meant(wanted: &str, names: &[Option<&str>]) -> bool {
    let pattern = text::glob(wanted);
    let is_it = |name: &str| name == wanted || pattern.as_ref().is_some_and(|pattern| pattern.is_match(name));
    names.iter().flatten().any(|name| is_it(name))
}

/// Refuses names that no stage and no stack has.
pub(super) fn check(chosen: &[String], subjects: &[Subject<'_>], removed: &[StackDiff]) -> Result<(), DiffError> {
    for wanted in chosen {
        let only = std::slice::from_ref(wanted);
        if subjects.iter().any(|subject| subject.is_chosen(only))
            || removed.iter().any(|stack| is_removal_chosen(stack, only))
        {
            continue;
        }
        let mut known: Vec<String> = subjects
            .iter()
            .map(|subject| subject.stage.map_or_else(|| subject.name.to_string(), str::to_owned))
            .collect();
        known.dedup();
        return Err(DiffError::NoSuchStage { wanted: wanted.clone(), known });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_are_meant_by_names_and_patterns() {
        let names = [Some("Staging"), Some("shop-Staging-app"), Some("Staging/app")];
        for wanted in ["Staging", "shop-Staging-app", "Staging/app", "Sta*", "shop-*", "*/app", "Staging/*", "**", "*"]
        {
            assert!(is_meant(wanted, &names), "{wanted}");
        }
        for other in ["staging", "Production*", "shop", "*/*/app", "[", "Stag"] {
            assert!(!is_meant(other, &names), "{other}");
        }
    }
}
