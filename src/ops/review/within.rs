//! What a change set does, with what happens in nested stacks: CloudFormation tells of those only that they are changed, and
//! does so of each of them whatever changes. Pure.

use std::collections::BTreeSet;

use super::{Change, Effect};
use crate::aws::cloudformation::{ChangeAction, ChangeSet, ExecutionStatus, Replacement, ResourceChange};
use crate::cfn::{NESTED_STACK, ResourceEffect, StackTree, effects_within};

/// Lists what a change set does that was not executed yet. `others` are the stack's parameters that may have other values.
pub(super) fn changes<'a>(
    change_set: &'a ChangeSet,
    before: Option<&StackTree>,
    after: &StackTree,
    mut others: BTreeSet<&'a str>,
) -> Vec<Change> {
    if change_set.execution == ExecutionStatus::Complete {
        return Vec::new();
    }
    let told: Vec<Change> = change_set.changes.iter().map(change).collect();
    let is_replaced = |told: &Change| told.effect >= Effect::PerhapsReplaced && told.resource_type != NESTED_STACK;
    let replaced = change_set.changes.iter().zip(&told).filter(|(_, told)| is_replaced(told));
    others.extend(replaced.map(|(change, _)| change.logical_id.as_str()));
    let mut found = Vec::new();
    for mut change in told {
        // No property of a nested stack makes another stack of it, whatever a change set thinks possible.
        let is_opaque =
            change.resource_type == NESTED_STACK && matches!(change.effect, Effect::Changed | Effect::PerhapsReplaced);
        let inner = match before.filter(|_| is_opaque) {
            Some(before) => effects_within(before, after, &change.logical_id, &others),
            None => None,
        };
        if is_opaque {
            change.effect = if inner.is_some() { Effect::Changed } else { Effect::PerhapsReplaced };
        }
        found.push(change);
        found.extend(inner.into_iter().flatten().map(Change::from));
    }
    found
}

fn change(change: &ResourceChange) -> Change {
    let effect = match (change.action, change.replacement) {
        (ChangeAction::Add | ChangeAction::Import, _) => Effect::Added,
        (ChangeAction::Remove, _) => Effect::Removed,
        (_, Replacement::Certain) => Effect::Replaced,
        (ChangeAction::Dynamic, _) | (_, Replacement::Possible) => Effect::PerhapsReplaced,
        (_, Replacement::Never) => Effect::Changed,
    };
    Change { effect, logical_id: change.logical_id.clone(), resource_type: change.resource_type.clone() }
}

impl From<ResourceEffect> for Change {
    fn from(effect: ResourceEffect) -> Self {
        let ResourceEffect { logical_id, resource_type, effect } = effect;
        Self { effect, logical_id, resource_type }
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use serde_json::{Value, json};

    use super::*;
    use crate::aws::cloudformation::ChangeSetStatus;
    use crate::cfn::Template;

    fn tree(template: &Value) -> StackTree {
        StackTree { template: Template::from_value(template.as_object().unwrap().clone()), nested: IndexMap::new() }
    }

    fn root(timeout: u8) -> StackTree {
        let function = json!({ "Type": "AWS::Lambda::Function", "Properties": { "Timeout": timeout } });
        let root = json!({ "Resources": { "api": { "Type": NESTED_STACK, "Properties": {} } } });
        let inner = tree(&json!({ "Resources": { "Function": function } }));
        StackTree { nested: [("api".to_owned(), inner)].into(), ..tree(&root) }
    }

    #[test]
    fn a_nested_stack_counts_as_what_is_in_it() {
        let change_set = |replacement| ChangeSet {
            id: String::new(),
            name: String::new(),
            stack_id: String::new(),
            status: ChangeSetStatus::Created,
            execution: ExecutionStatus::Available,
            reason: None,
            created: None,
            parameters: IndexMap::new(),
            changes: vec![ResourceChange {
                action: ChangeAction::Modify,
                logical_id: "api".to_owned(),
                physical_id: None,
                resource_type: NESTED_STACK.to_owned(),
                replacement,
            }],
        };
        for replacement in [Replacement::Never, Replacement::Possible] {
            let change_set = change_set(replacement);
            let told = |before: &StackTree| -> Vec<(Effect, String)> {
                let changes = changes(&change_set, Some(before), &root(2), BTreeSet::new());
                changes.into_iter().map(|change| (change.effect, change.logical_id)).collect()
            };
            let changed = |name: &str| (Effect::Changed, name.to_owned());
            assert_eq!(told(&root(1)), [changed("api"), changed("api/Function")]);
            let unknown = StackTree { nested: IndexMap::new(), ..root(1) };
            assert_eq!(told(&unknown), [(Effect::PerhapsReplaced, "api".to_owned())]);
        }
    }
}
