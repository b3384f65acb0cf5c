//! Checks of artifacts: made once, made before they are taken, and with a place to be put.

use std::collections::{BTreeMap, BTreeSet};

use super::Defect;
use crate::local::engine::structure::Structure;

/// Checks who makes and who takes which artifact.
pub(super) fn check(structure: &Structure) -> Result<(), Defect> {
    let mut made_at = BTreeMap::new();
    for (position, stage) in structure.stages.iter().enumerate() {
        for action in &stage.actions {
            for output in &action.output_artifacts {
                check_name(&output.name)?;
                if made_at.insert(output.name.as_str(), (position, action.run_order)).is_some() {
                    return Err(Defect::action(format!(
                        "Output Artifact Bundle name must be unique within the pipeline. {} has been used more than once.",
                        output.name
                    )));
                }
            }
        }
    }
    for (position, stage) in structure.stages.iter().enumerate() {
        for action in &stage.actions {
            let mut taken = BTreeSet::new();
            for input in &action.input_artifacts {
                let is_made_before =
                    made_at.get(input.name.as_str()).is_some_and(|made| *made < (position, action.run_order));
                if !is_made_before {
                    return Err(Defect::action(format!(
                        "Input Artifact Bundle {} in action {} is declared before it is an output of an earlier action",
                        input.name, action.name
                    )));
                }
                if !taken.insert(&input.name) {
                    return Err(Defect::action(format!(
                        "Input Artifact Bundle {} is used more than once in action {}",
                        input.name, action.name
                    )));
                }
            }
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Defect> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if (1..=100).contains(&name.len()) && name.chars().all(is_allowed) {
        Ok(())
    } else {
        Err(Defect::validation(format!(
            "the artifact name `{name}` does not have 1 to 100 characters of A-Z, a-z, 0-9, `-` and `_`"
        )))
    }
}

/// Checks that there is a place for artifacts in each region that the actions work in.
pub(super) fn check_stores(structure: &Structure, region: &str) -> Result<(), Defect> {
    let own = structure.artifact_store.is_some();
    if own != structure.artifact_stores.is_empty() {
        return Err(Defect::structure(
            "You must include either artifactStore or artifactStores in your pipeline, but you cannot use both",
        ));
    }
    let regions: BTreeSet<&str> =
        structure.actions().filter_map(|(_, action)| action.region.as_deref()).chain([region]).collect();
    if own && regions.len() > 1 {
        return Err(Defect::structure(
            "A pipeline with cross-region actions needs artifactStores, one for each region of its actions",
        ));
    }
    match regions.into_iter().find(|region| !own && !structure.artifact_stores.contains_key(*region)) {
        Some(region) => Err(Defect::structure(format!("artifactStores has no store for region {region}"))),
        None => Ok(()),
    }
}
