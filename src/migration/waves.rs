//! Waves of the old pipeline that are too large for one stage.
//!
//! CDK Pipelines cuts a stage of more actions than CodePipeline allows wherever that falls. A definition has several waves
//! instead, of whole stages.

use super::layout::{Layout, Member};
use super::names::Names;
use super::old::{OldPipeline, Work};
use super::remark::Remarks;
use crate::definition::CommentPlace;
use crate::graph::ACTIONS_OF_A_STAGE;
use crate::id::Name;

/// The actions that an approval makes at most: `Review`, `Approve` and `AutoApprove`.
const ACTIONS_OF_AN_APPROVAL: usize = 3;

/// The wave of each member of a stage: none where it is alone.
pub(super) fn waves(
    old: &OldPipeline<'_>,
    called: &str,
    layout: &Layout<'_, '_>,
    names: &mut Names,
) -> Vec<Option<Name>> {
    if layout.members.len() < 2 {
        return vec![None; layout.members.len()];
    }
    let mut waves: Vec<Option<Name>> = Vec::new();
    let mut current = names.stage(called);
    let mut filled = 0;
    for (position, member) in layout.members.iter().enumerate() {
        let size = size(old, layout, position, member);
        if filled > 0 && filled + size > ACTIONS_OF_A_STAGE {
            current = names.stage(called);
            filled = 0;
        }
        filled += size;
        waves.push(Some(current.clone()));
    }
    waves
}

/// Tells where a wave is cut.
pub(super) fn tell(called: &str, waves: &[Option<Name>], members: &[Name], remarks: &mut Remarks) {
    for (pair, member) in waves.windows(2).zip(members.iter().skip(1)) {
        if pair[0] != pair[1] {
            let message = format!(
                "the wave `{called}` has more than {ACTIONS_OF_A_STAGE} actions, which are all that one stage may have; from \
                 here on it waits for its first part"
            );
            remarks.changed(&CommentPlace::Stage(member.clone()), message);
        }
    }
}

/// How many actions a member makes at most.
fn size(old: &OldPipeline<'_>, layout: &Layout<'_, '_>, position: usize, member: &Member<'_>) -> usize {
    let items = || layout.items.iter().filter(|item| item.member == Some(position));
    let has_gate = items().any(|item| matches!(item.action.work, Work::Approval | Work::SecurityCheck));
    let updates = old.actions().any(|action| action.work == Work::SelfMutate);
    let own = old.view.environment().account;
    let is_guarded = !updates || member.stacks.iter().any(|stack| stack.view.environment().account != own);
    let is_protected = member.stacks.iter().any(|stack| {
        stack.view.stack.termination_protection == Some(true) || !stack.view.stack.notification_arns.is_empty()
    });
    2 * member.stacks.len()
        + items().filter(|item| item.action.work == Work::Build).count()
        + usize::from(has_gate) * ACTIONS_OF_AN_APPROVAL
        + usize::from(is_guarded)
        + usize::from(is_protected)
}
