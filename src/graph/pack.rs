//! Packing: when there are more stages than CodePipeline allows, neighbours share one, one after the other by run order.

use super::conditions::Conditions;
use super::limits;
use super::model::{Action, Loss, Packed, PipelineStage};

/// A stage of the definition, or a wave: what has a stage of CodePipeline to itself where there is room.
pub(super) struct Unit {
    /// The stage of CodePipeline.
    pub stage: PipelineStage,
    /// What the names of its actions begin with where it shares one. Those of a wave do already.
    pub prefix: Option<String>,
}

/// Packs neighbours into at most `room` stages, as evenly as the number of actions allows. Leaves everything as it is
/// when there is room.
pub(super) fn pack(units: Vec<Unit>, room: usize) -> Vec<PipelineStage> {
    if units.len() <= room {
        return units.into_iter().map(|unit| unit.stage).collect();
    }
    // One with conditions fills a group, since these are the whole group's.
    let actions = |unit: &Unit| match unit.stage.conditions.is_empty() {
        true => unit.stage.actions.len(),
        false => limits::ACTIONS_OF_A_STAGE,
    };
    let actions: Vec<usize> = units.iter().map(actions).collect();
    let sizes = (units.len().div_ceil(room)..=units.len())
        .map(|largest| group_sizes(&actions, largest))
        .find(|sizes| sizes.len() <= room)
        .unwrap_or_else(|| group_sizes(&actions, units.len()));
    let mut units = units.into_iter();
    sizes.into_iter().map(|size| join(units.by_ref().take(size).collect())).collect()
}

/// How many neighbours go into each group, of at most `largest`, where they have so many actions.
fn group_sizes(actions: &[usize], largest: usize) -> Vec<usize> {
    let mut sizes: Vec<usize> = Vec::new();
    let mut taken = 0;
    for actions in actions {
        match sizes.last_mut() {
            Some(size) if *size < largest && taken + actions <= limits::ACTIONS_OF_A_STAGE => *size += 1,
            _ => {
                sizes.push(1);
                taken = 0;
            }
        }
        taken += actions;
    }
    sizes
}

/// Puts a group's members one after the other.
fn join(mut group: Vec<Unit>) -> PipelineStage {
    if group.len() == 1 {
        return group.remove(0).stage;
    }
    let name = match (group.first(), group.last()) {
        (Some(first), Some(last)) => format!("{}..{}", first.stage.name, last.stage.name),
        _ => String::new(),
    };
    let members = group.iter().map(|member| member.stage.name.clone()).collect();
    let mut actions: Vec<Action> = Vec::new();
    for Unit { stage, prefix } in group {
        let before = actions.last().map_or(0, |action| action.run_order);
        let waits_for: Vec<String> =
            actions.iter().filter(|action| action.run_order == before).map(|action| action.name.clone()).collect();
        let own = match prefix {
            Some(prefix) => prefixed(&prefix, stage.actions),
            None => stage.actions,
        };
        for mut action in own {
            action.run_order += before;
            if action.needs.is_empty() {
                action.needs.clone_from(&waits_for);
            }
            actions.push(action);
        }
    }
    let packed = Packed { members, losses: Loss::ALL.to_vec() };
    PipelineStage { name, actions, packed: Some(packed), skip: None, conditions: Conditions::default() }
}

/// Puts a prefix before the names of actions, and before what they need.
pub(super) fn prefixed(prefix: &str, actions: Vec<Action>) -> Vec<Action> {
    let with_prefix = |name: &String| format!("{prefix}.{name}");
    actions
        .into_iter()
        .map(|action| Action {
            name: with_prefix(&action.name),
            needs: action.needs.iter().map(with_prefix).collect(),
            ..action
        })
        .collect()
}
