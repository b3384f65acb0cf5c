//! Which stages an execution passes by when they are unchanged.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Counts, PipelineStage, Skip};
use super::variable::used_stages;
use crate::definition::{Definition, ExecutionMode, SkipUnchanged, Stage, StepPosition};
use crate::id::Name;

/// Marks the stages that may be passed by.
///
/// A stage of CodePipeline is passed by as a whole, hence all its members must be unchanged. Stages that use each
/// other's outputs are passed by together: the user of an output needs one that this execution made, and what is made
/// anew may be another.
pub(super) fn mark(definition: &Definition, stages: &mut [PipelineStage]) {
    if definition.execution_mode == ExecutionMode::Parallel {
        // Another execution may deploy something else meanwhile.
        return;
    }
    let counts: Vec<Option<Counts>> = stages.iter().map(|stage| of_members(definition, stage)).collect();
    let groups = groups(definition, stages);
    let skips: Vec<Option<Skip>> = (0..stages.len())
        .map(|position| {
            let group: Vec<usize> = (0..stages.len()).filter(|other| groups[*other] == groups[position]).collect();
            if group.iter().any(|member| counts[*member].is_none()) {
                return None;
            }
            let others = group.iter().filter(|member| **member != position);
            Some(Skip {
                counts: counts[position]?,
                together_with: others.map(|member| stages[*member].name.clone()).collect(),
            })
        })
        .collect();
    for (stage, skip) in stages.iter_mut().zip(skips) {
        stage.skip = skip;
    }
}

/// What has to be unchanged in a stage of CodePipeline; `None` if it is never passed by.
fn of_members(definition: &Definition, stage: &PipelineStage) -> Option<Counts> {
    if !stage.conditions.before.is_empty() {
        // CodePipeline allows one condition before a stage, with one result.
        return None;
    }
    let members = stage.members();
    let members = definition.stages.iter().filter(|stage| members.contains(&stage.name));
    let counts: Option<Vec<Counts>> = members.map(|member| of(definition, member)).collect();
    // Source, Build and the like have no members.
    counts?.into_iter().max()
}

/// What has to be unchanged in a stage of the definition.
fn of(definition: &Definition, stage: &Stage) -> Option<Counts> {
    if stage.reading.is_some() {
        // What it imports may be another without any push.
        return None;
    }
    let has_steps = stage.steps().next().is_some();
    match stage.skip_unchanged.unwrap_or(definition.skip_unchanged) {
        SkipUnchanged::Never => None,
        SkipUnchanged::Safe if has_steps && (!stage.stacks.is_empty() || stage.approval.is_none()) => {
            Some(Counts::Source)
        }
        // What `ampx` deploys is made of the source.
        SkipUnchanged::Stacks if !stage.steps_at(StepPosition::Deploy).is_empty() => Some(Counts::Source),
        // An approval alone stands for what comes after it, and steps alone leave nothing to compare.
        SkipUnchanged::Safe | SkipUnchanged::Stacks if stage.stacks.is_empty() => None,
        SkipUnchanged::Safe | SkipUnchanged::Stacks => Some(Counts::Stacks),
    }
}

/// For each stage the position of the first that it is connected with by outputs.
fn groups(definition: &Definition, stages: &[PipelineStage]) -> Vec<usize> {
    let places: BTreeMap<Name, usize> = stages
        .iter()
        .enumerate()
        .flat_map(|(position, stage)| stage.members().into_iter().map(move |member| (member.clone(), position)))
        .collect();
    let mut groups: Vec<usize> = (0..stages.len()).collect();
    for stage in &definition.stages {
        let Some(user) = places.get(&stage.name) else { continue };
        let used: BTreeSet<usize> =
            used_stages(stage).into_iter().filter_map(|used| places.get(used).copied()).collect();
        for used in used {
            let (kept, dropped) = (groups[used].min(groups[*user]), groups[used].max(groups[*user]));
            groups.iter_mut().filter(|group| **group == dropped).for_each(|group| *group = kept);
        }
    }
    groups
}
