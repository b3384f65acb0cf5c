//! Packing: when there are more stages than CodePipeline allows, neighbours share one, one after the other by run order.

use super::limits;
use super::model::{Action, PipelineStage};

/// Packs neighbours into at most `room` stages, as evenly as the number of actions allows. Leaves everything as it is
/// when there is room.
///
/// What packed stages lose: they cannot be retried, disabled or approved by stage, only by action.
pub(super) fn pack(units: Vec<PipelineStage>, room: usize) -> Vec<PipelineStage> {
    if units.len() <= room {
        return units;
    }
    let per_stage = units.len().div_ceil(room);
    let mut packed: Vec<Vec<PipelineStage>> = Vec::new();
    for unit in units {
        match packed.last_mut() {
            Some(group) if group.len() < per_stage && fits(group, &unit) => group.push(unit),
            _ => packed.push(vec![unit]),
        }
    }
    packed.into_iter().map(join).collect()
}

fn fits(group: &[PipelineStage], unit: &PipelineStage) -> bool {
    let actions: usize = group.iter().map(|member| member.actions.len()).sum();
    actions + unit.actions.len() <= limits::ACTIONS_OF_A_STAGE
}

/// Puts a group's members one after the other.
fn join(mut group: Vec<PipelineStage>) -> PipelineStage {
    if group.len() == 1 {
        return group.remove(0);
    }
    let name = match (group.first(), group.last()) {
        (Some(first), Some(last)) => format!("{}..{}", first.name, last.name),
        _ => String::new(),
    };
    let mut actions: Vec<Action> = Vec::new();
    for member in group {
        let before = actions.last().map_or(0, |action| action.run_order);
        let waits_for: Vec<String> =
            actions.iter().filter(|action| action.run_order == before).map(|action| action.name.clone()).collect();
        for mut action in prefixed(&member.name, member.actions) {
            action.run_order += before;
            if action.needs.is_empty() {
                action.needs.clone_from(&waits_for);
            }
            actions.push(action);
        }
    }
    PipelineStage { name, actions }
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
