//! Run orders.
//!
//! All actions of one run order end before the next begins, in the whole stage of CodePipeline. An approval would hold up
//! every branch of a wave, so it stands after all that can go on without one:
//!
//! ```text
//!            1        2        3        4        5
//! Europe     Prepare                    Approve  Deploy
//! Partner    Guard    Prepare  Deploy
//! ```

use std::collections::{BTreeMap, BTreeSet};

use super::model::Action;

/// Sets the run orders of the actions of one stage of CodePipeline, and sorts by them. What an action needs stands before
/// it. A run order is the longest chain of needs, from 1; approvals share the one after all that waits for none.
pub(super) fn ordered(actions: Vec<Action>) -> Vec<Action> {
    let mut held_up = BTreeSet::new();
    let (mut later, mut ordered): (Vec<Action>, Vec<Action>) = actions.into_iter().partition(|action| {
        let waits = action.kind.is_approval() || action.needs.iter().any(|need| held_up.contains(need));
        if waits {
            held_up.insert(action.name.clone());
        }
        waits
    });
    let mut run_orders = BTreeMap::new();
    set(&mut ordered, 1, &mut run_orders);
    let highest = run_orders.values().max().copied().unwrap_or(0);
    set(&mut later, highest + 1, &mut run_orders);
    ordered.append(&mut later);
    ordered.sort_by_key(|action| action.run_order);
    ordered
}

/// Sets run orders, none of them below the lowest.
fn set(actions: &mut [Action], lowest: usize, run_orders: &mut BTreeMap<String, usize>) {
    for action in actions {
        let needed = action.needs.iter().filter_map(|need| run_orders.get(need)).max();
        action.run_order = needed.map_or(lowest, |needed| lowest.max(needed + 1));
        run_orders.insert(action.name.clone(), action.run_order);
    }
}
